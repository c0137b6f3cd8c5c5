#include "fuzz/request_rules.h"

#include <algorithm>

namespace muster::fuzz {
namespace {

using Kind = FieldRule::Kind;

constexpr int64_t kMaxNumber = 9'007'199'254'740'991;
constexpr int64_t kLongest = 316'224'000'000;
constexpr int64_t kResult = 256 * 1024;
constexpr int64_t kUnbounded = INT64_MAX;

FieldRule id(std::string_view name) { return {name, Kind::kId}; }
FieldRule name_field(std::string_view name) { return {name, Kind::kName}; }
FieldRule names(std::string_view name) { return {name, Kind::kNames, 0, 1000}; }
FieldRule integer(std::string_view name, int64_t least, int64_t most) {
  return {name, Kind::kInteger, least, most};
}
FieldRule boolean(std::string_view name) { return {name, Kind::kBoolean}; }
FieldRule text(std::string_view name, int64_t most) { return {name, Kind::kText, 0, most}; }
FieldRule any(std::string_view name, int64_t most = kUnbounded) {
  return {name, Kind::kAny, 0, most};
}

const ObjectRule& retry_rule() {
  static const ObjectRule kRule = {{integer("max_attempts", 1, 1'000'000),
                                    integer("backoff_ms", 0, kLongest),
                                    {"factor", Kind::kDecimal, 1000, 100'000},
                                    integer("cap_ms", 0, kLongest),
                                    {"jitter", Kind::kDecimal, 0, 1000}},
                                   {},
                                   Together::kNothing,
                                   false};
  return kRule;
}

const ObjectRule& error_rule() {
  static const ObjectRule kRule = {{{"class", Kind::kFreeText},
                                    {"message", Kind::kFreeText},
                                    {"trace", Kind::kFreeText},
                                    integer("exit_code", INT32_MIN, INT32_MAX),
                                    integer("signal", 1, 255)},
                                   {},
                                   Together::kNothing,
                                   false};
  return kRule;
}

const ObjectRule& next_rule() {
  static const ObjectRule kRule = {{integer("wait_ms", 0, 60'000)}, {}, Together::kNothing, false};
  return kRule;
}

const ObjectRule& completion_rule() {
  static const ObjectRule kRule = {{id("job_id"), id("id"), integer("lease", 1, kMaxNumber),
                                    id("worker_id"), any("result", kResult)},
                                   {},
                                   Together::kAttempt};
  return kRule;
}

const ObjectRule& held_rule() {
  static const ObjectRule kRule = {
      {id("job_id"), id("id"), integer("lease", 1, kMaxNumber)}, {}, Together::kHeldJob};
  return kRule;
}

const ObjectRule& progress_rule() {
  static const ObjectRule kRule = {{id("job_id"), id("id"), integer("lease", 1, kMaxNumber),
                                    integer("percent", 0, 100), text("note", 1024)},
                                   {},
                                   Together::kHeldJob};
  return kRule;
}

FieldRule select() { return {"select", Kind::kOneOf, 0, 0, nullptr, {"first", "best"}}; }

ObjectRule act_rule() {
  return {{id("job_id"), id("id"), {"ids", Kind::kIds, 1, 1000}}, {}, Together::kOneJobOrIds};
}

ObjectRule attempt_rule(std::vector<FieldRule> more, std::vector<std::string_view> required = {}) {
  ObjectRule rule = {{id("job_id"), id("id"), integer("lease", 1, kMaxNumber), id("worker_id")},
                     std::move(required),
                     Together::kAttempt};
  rule.fields.insert(rule.fields.end(), more.begin(), more.end());
  return rule;
}

std::vector<VerbRule> client_verbs() {
  return {
      {"hello",
       {{integer("proto", 1, kMaxNumber), text("client", 200), name_field("namespace"),
         text("token", 4096)}}},
      {"submit_job", job_rule()},
      {"submit_jobs", {{{"jobs", Kind::kJobs, 1, 1000, &job_rule()}, boolean("atomic")}, {"jobs"}}},
      {"job_status", {{id("job_id"), id("id")}, {}, Together::kOneJob}},
      {"wait_job",
       {{id("job_id"), id("id"), integer("timeout_ms", 0, 60'000)}, {}, Together::kOneJob}},
      {"cancel_job", act_rule()},
      {"retry_job", act_rule()},
      {"delete_job", act_rule()},
  };
}

std::vector<VerbRule> worker_verbs() {
  return {
      {"register_worker",
       {{id("worker_id"),
         id("instance"),
         names("queues"),
         names("job_types"),
         integer("concurrency", 1, 100'000),
         integer("ttl_ms", 1000, 3'600'000),
         {"labels", Kind::kObject, 0, 4096},
         text("host", 200),
         integer("pid", 0, kMaxNumber),
         text("version", 200),
         boolean("notify"),
         {"held", Kind::kObjects, 0, 100'000, &held_rule()}},
        {"worker_id", "instance"}}},
      {"heartbeat",
       {{id("worker_id"),
         id("instance"),
         {"started", Kind::kObjects, 0, 1000, &held_rule()},
         {"progress", Kind::kObjects, 0, 1000, &progress_rule()}},
        {"worker_id", "instance"}}},
      {"request_job",
       {{id("worker_id"), names("queues"), names("job_types"), select(), integer("max", 1, 1000),
         integer("wait_ms", 0, 60'000), integer("lease_ms", 1000, kLongest)},
        {"worker_id"}}},
      {"consume", {{names("queues"), names("job_types"), select(), integer("credit", 1, 10'000)}}},
      {"job_complete", attempt_rule({any("result", kResult),
                                     {"submit", Kind::kObjects, 0, 1000, &job_rule()},
                                     {"next", Kind::kFields, 0, 0, &next_rule()}})},
      {"jobs_complete", {{{"jobs", Kind::kObjects, 1, 1000, &completion_rule()}}, {"jobs"}}},
      {"job_failed", attempt_rule({{"error", Kind::kFields, 0, 0, &error_rule()},
                                   any("result", kResult),
                                   boolean("retryable"),
                                   boolean("timed_out"),
                                   integer("retry_after_ms", 0, kLongest)})},
      {"job_release", attempt_rule({integer("delay_ms", 0, kLongest)})},
      {"job_extend", attempt_rule({integer("lease_ms", 1000, kLongest)}, {"lease_ms"})},
  };
}

std::vector<VerbRule> tool_verbs() {
  return {
      {"list_jobs",
       {{name_field("queue"),
         {"state",
          Kind::kOneOf,
          0,
          0,
          nullptr,
          {"scheduled", "ready", "running", "completed", "dead", "cancelled"}},
         integer("after", 0, kMaxNumber),
         integer("limit", 1, 1000)}}},
      {"queue_pause", {{name_field("queue")}, {"queue"}}},
      {"queue_resume", {{name_field("queue")}, {"queue"}}},
      {"stats", {{}}},
      {"list_queues", {{}}},
      {"list_workers", {{}}},
  };
}

}  // namespace

const ObjectRule& job_rule() {
  static const ObjectRule kRule = {{id("job_id"),
                                    id("id"),
                                    name_field("queue"),
                                    name_field("job_type"),
                                    any("payload"),
                                    {"duration", Kind::kDecimal, 0, kLongest},
                                    {"command", Kind::kWords, 1, 4096},
                                    integer("priority", 0, UINT32_MAX),
                                    integer("delay_ms", 0, kLongest),
                                    {"run_at", Kind::kTime},
                                    integer("timeout_ms", 1, kLongest),
                                    {"deadline", Kind::kTime},
                                    {"retry", Kind::kFields, 0, 0, &retry_rule()},
                                    integer("max_lost", 1, 1'000'000),
                                    {"tags", Kind::kWords, 0, 32, nullptr, {}, true},
                                    integer("result_ttl_ms", 0, kLongest),
                                    any("trace")},
                                   {},
                                   Together::kJob};
  return kRule;
}

const std::vector<VerbRule>& verb_rules() {
  static const std::vector<VerbRule> kRules = [] {
    std::vector<VerbRule> all = client_verbs();
    for (const auto& more : {worker_verbs(), tool_verbs()}) {
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }();
  return kRules;
}

const VerbRule* find_verb_rule(std::string_view name) {
  const auto& rules = verb_rules();
  const auto found = std::find_if(rules.begin(), rules.end(),
                                  [name](const VerbRule& rule) { return rule.name == name; });
  return found == rules.end() ? nullptr : &*found;
}

}  // namespace muster::fuzz
