#include "client/read_views.h"

#include <limits>

namespace muster::client {

namespace {

using protocol::JsonKind;
using protocol::JsonView;

uint32_t small_number(const JsonView& value) {
  const uint64_t number = value.unsigned_integer().value_or(0);
  constexpr uint64_t kMost = std::numeric_limits<uint32_t>::max();
  return static_cast<uint32_t>(number < kMost ? number : kMost);
}

std::optional<Milliseconds> length_of(const JsonView& value) {
  const std::optional<int64_t> ms = value.integer();
  if (!ms) return std::nullopt;
  return Milliseconds(*ms);
}

std::vector<std::string> texts(const JsonView& list) {
  std::vector<std::string> out;
  for (const JsonView& item : list.items()) out.push_back(item.string_or(""));
  return out;
}

JobCounts read_counts(const JsonView& counts) {
  const auto of = [&](const char* state) { return counts[state].unsigned_integer().value_or(0); };
  return {.scheduled = of("scheduled"),
          .ready = of("ready"),
          .running = of("running"),
          .completed = of("completed"),
          .dead = of("dead"),
          .cancelled = of("cancelled")};
}

AttemptInfo read_attempt(const JsonView& attempt) {
  const JsonView error = attempt["error"];
  AttemptInfo info{.number = small_number(attempt["attempt"]),
                   .worker = attempt["worker_id"].string_or(""),
                   .outcome = attempt["outcome"].string_or(""),
                   .error = error["message"].string_or(""),
                   .started_at = attempt["started_at_ms"].integer(),
                   .ended_at = attempt["ended_at_ms"].integer()};
  if (const auto code = error["exit_code"].integer()) info.exit_code = static_cast<int>(*code);
  if (const auto signal = error["signal"].integer()) info.signal = static_cast<int>(*signal);
  return info;
}

}  // namespace

JobInfo read_job(const JsonView& record) {
  JobInfo job{.id = record["job_id"].string_or(""),
              .queue = record["queue"].string_or(""),
              .job_type = record["job_type"].string_or(""),
              .state = record["state"].string_or(""),
              .worker = record["worker_id"].string_or(""),
              .priority = small_number(record["priority"]),
              .attempts = small_number(record["attempt"]),
              .cancel_requested = record["cancel_requested"].boolean_or(false),
              .submitted_at = record["submitted_at_ms"].integer(),
              .due_at = record["due_at_ms"].integer(),
              .started_at = record["started_at_ms"].integer(),
              .ended_at = record["ended_at_ms"].integer(),
              .result = std::string(record["result"].raw()),
              .json = std::string(record.raw())};
  job.reason = record["death_reason"].string_or(record["schedule_reason"].string_or(""));
  for (const JsonView& attempt : record["attempts"].items()) {
    job.history.push_back(read_attempt(attempt));
  }
  return job;
}

JobPage read_page(const protocol::Answer& answer) {
  JobPage page;
  for (const JsonView& job : answer["jobs"].items()) page.jobs.push_back(read_job(job));
  page.next = answer["next"].unsigned_integer().value_or(0);
  return page;
}

QueueInfo read_queue(const JsonView& record) {
  return {.name = record["queue"].string_or(""),
          .paused = record["paused"].boolean_or(false),
          .jobs = read_counts(record["jobs"]),
          .oldest_ready = length_of(record["oldest_ready_ms"]),
          .json = std::string(record.raw())};
}

WorkerInfo read_worker(const JsonView& record) {
  return {.id = record["worker_id"].string_or(""),
          .state = record["state"].string_or(""),
          .host = record["host"].string_or(""),
          .pid = record["pid"].unsigned_integer().value_or(0),
          .version = record["version"].string_or(""),
          .queues = texts(record["queues"]),
          .job_types = texts(record["job_types"]),
          .concurrency = small_number(record["concurrency"]),
          .running = small_number(record["running"]),
          .since_heartbeat = length_of(record["heartbeat_age_ms"]),
          .json = std::string(record.raw())};
}

Stats read_stats(const JsonView& record) {
  return {.jobs = read_counts(record["jobs"]), .json = std::string(record.raw())};
}

}  // namespace muster::client
