// What a worker says about the jobs it had: each report is repeated until it is answered.
#include <fmt/format.h>

#include <iterator>
#include <memory>
#include <utility>

#include "sim/cast/worker.h"

namespace muster::sim {
namespace {

constexpr size_t kReportsAtOnce = 12;

std::string lease_of(const Given& given) {
  return fmt::format("\"job_id\":\"{}\",\"lease\":{}", given.job_id, given.token.value());
}

}  // namespace

void Worker::finish(LeaseToken token) {
  const auto found = held_.find(token);
  if (found == held_.end()) return;
  if (random_.chance(20)) extend(found->second);
  const Job job = std::move(found->second);
  held_.erase(found);
  ++reports_;
  unheard_.emplace(token, job.given.job_id);
  if (job.cancelled || random_.chance(habits_.fails)) {
    fail(job);
  } else if (random_.chance(habits_.releases)) {
    release(job);
  } else if (habits_.batches_reports && !random_.chance(habits_.follow_ups)) {
    done_.push_back(job);
    if (done_.size() >= kReportsAtOnce || done_.size() == 1) {
      later(done_.size() == 1 ? 20 * kMillisecond : 0, [this] { complete_batch(); });
    }
  } else {
    complete(job);
  }
  start_some();
  want();
}

uint64_t Worker::add_follow_ups(const Job&, std::string* members) {
  if (stage_.calm || !random_.chance(habits_.follow_ups)) return 0;
  const uint64_t group = ++stage_.groups;
  *members += ",\"submit\":[";
  const int64_t count = random_.between(1, 3);
  for (int64_t i = 0; i < count; ++i) {
    const auto draft =
        Draft::invent(fmt::format("{}-f{}", name_, ++follow_ups_made_), false, stage_, random_);
    stage_.checkers.submits(draft->spec(), group, true, stage_.moment());
    stage_.remember(draft->id());
    fmt::format_to(std::back_inserter(*members), "{}{{{}}}", i == 0 ? "" : ",", draft->members());
  }
  *members += "]";
  return group;
}

void Worker::complete(const Job& job) {
  std::string members = "\"type\":\"job_complete\"," + lease_of(job.given);
  if (random_.chance(300)) members += ",\"result\":{\"ok\":true}";
  const uint64_t group = add_follow_ups(job, &members);
  const bool next = !habits_.consumes && !wanting_ && ready_ && random_.chance(200);
  if (!next) return report(Report::kComplete, job.given, members, group, {});
  members += ",\"next\":{}";
  report(Report::kComplete, job.given, members, group, {});
}

void Worker::complete_batch() {
  if (done_.empty()) return;
  auto batch = std::make_shared<std::vector<Job>>(std::exchange(done_, {}));
  std::string members = "\"type\":\"jobs_complete\",\"jobs\":[";
  for (const Job& job : *batch) {
    stage_.checkers.reports(Report::kComplete, job.given.job_id, job.given.token, 0,
                            stage_.moment());
    if (&job != &batch->front()) members += ',';
    members += '{' + lease_of(job.given) + '}';
  }
  members += "]";
  hands_.ask(members, true, [this, batch](const protocol::Answer& answer) {
    size_t i = 0;
    for (const protocol::JsonView& result : answer["results"].items()) {
      if (i == batch->size()) break;
      const Given& given = (*batch)[i++].given;
      heard(Report::kComplete, given.job_id, given.token, result);
    }
    if (i != batch->size()) {
      stage_.checkers.wrong("answers", "jobs_complete has too few results");
    }
  });
}

void Worker::fail(const Job& job) {
  std::string members = "\"type\":\"job_failed\"," + lease_of(job.given) +
                        ",\"error\":{\"class\":\"Sim\",\"message\":\"as it had to be\"}";
  Details details;
  if (random_.chance(50)) {
    details.retryable = false;
    members += ",\"retryable\":false";
  } else if (random_.chance(100)) {
    details.after = Duration::milliseconds(random_.between(0, 5'000));
    fmt::format_to(std::back_inserter(members), ",\"retry_after_ms\":{}", details.after->ms());
  }
  if (random_.chance(50)) {
    details.timed_out = true;
    members += ",\"timed_out\":true";
  }
  report(Report::kFail, job.given, members, 0, details);
}

void Worker::release(const Job& job) {
  std::string members = "\"type\":\"job_release\"," + lease_of(job.given);
  Details details;
  if (random_.chance(500)) {
    details.after = Duration::milliseconds(random_.between(1, 3'000));
    fmt::format_to(std::back_inserter(members), ",\"delay_ms\":{}", details.after->ms());
  }
  report(Report::kRelease, job.given, members, 0, details);
}

void Worker::extend(const Job& job) {
  Details details;
  details.after = Duration::seconds(5);
  stage_.checkers.reports(Report::kExtend, job.given.job_id, job.given.token, 0, stage_.moment(),
                          &details);
  hands_.ask(
      "\"type\":\"job_extend\"," + lease_of(job.given) + ",\"lease_ms\":5000", false,
      [this, id = job.given.job_id, token = job.given.token](const protocol::Answer& answer) {
        Verdict verdict;
        verdict.ok = !answer.refused();
        if (!verdict.ok) verdict.code = answer.error().code;
        stage_.checkers.reported(Report::kExtend, id, token, verdict, stage_.moment());
      });
}

void Worker::report(Report report, const Given& given, std::string_view members,
                    uint64_t follow_ups, const Details& details) {
  stage_.checkers.reports(report, given.job_id, given.token, follow_ups, stage_.moment(), &details);
  hands_.ask(
      members, true,
      [this, report, id = given.job_id, token = given.token](const protocol::Answer& answer) {
        heard(report, id, token, answer.object());
        const protocol::JsonView next = answer["next"];
        if (next.exists() && !next.is_null()) take(next);
      });
}

void Worker::heard(Report report, std::string_view job_id, LeaseToken token,
                   const protocol::JsonView& answer) {
  --reports_;
  unheard_.erase(token);
  const bool ok = answer["status"].string_or({}) == "ok";
  const std::string state = answer["state"].string_or({});
  stage_.checkers.reported(report, job_id, token,
                           {.ok = ok,
                            .duplicate = answer["duplicate"].boolean_or(false),
                            .code = ok ? ErrorCode::kInternal : protocol::read_error(answer).code,
                            .state = state},
                           stage_.moment());
}

}  // namespace muster::sim
