// Answers: what must be said to whom, and that the engine's own account of a state is true.
#include <algorithm>
#include <variant>

#include "base/overload.h"
#include "model/limits.h"
#include "sim/small/judge.h"

namespace muster::sim::small {
namespace {

constexpr std::string_view kOk = "ok";
constexpr std::string_view kAgain = "ok duplicate";
constexpr std::string_view kLost = "lease_lost";

// The outcome table of docs/job_lifecycle.md: what a report of the newest attempt is answered.
// Columns: complete, fail, release, extend. An older token's is lease_lost throughout.
struct Row {
  Standing standing;
  std::array<std::string_view, 4> answers;
};
constexpr std::array<Row, 7> kOutcomes = {{
    {Standing::kNever, {kLost, kLost, kLost, kLost}},
    {Standing::kRunning, {kOk, kOk, kOk, "extended"}},
    {Standing::kTakenBack, {kOk, kOk, kAgain, kLost}},
    {Standing::kFailed, {kLost, kAgain, kLost, kLost}},
    {Standing::kReleased, {kLost, kLost, kAgain, kLost}},
    {Standing::kCompleted, {kAgain, kLost, kLost, kLost}},
    {Standing::kCancelled, {kLost, kAgain, kAgain, kLost}},
}};

size_t column_of(Verb verb) {
  switch (verb) {
    case Verb::kComplete:
      return 0;
    case Verb::kFail:
      return 1;
    case Verb::kRelease:
      return 2;
    default:
      return 3;
  }
}

std::string with(std::string_view word, bool duplicate) {
  return std::string(word) + (duplicate ? " duplicate" : "");
}

}  // namespace

std::string short_text(const Reply& reply) {
  return std::visit(
      Overload{
          [](const Accepted& accepted) { return with("accepted", accepted.duplicate); },
          [](const Assigned& assigned) {
            std::string text = "assign";
            for (const JobRecord* job : assigned.jobs) {
              text += " " + std::string(job->id()) + "#" + std::to_string(job->token.value());
            }
            return text;
          },
          [](const NoJob&) { return std::string("no_job"); },
          [](const Done& done) { return with("ok", done.item.duplicate); },
          [](const Extended&) { return std::string("extended"); },
          [](const Registered&) { return std::string("registered"); },
          [](const HeartbeatAnswer&) { return std::string("beat"); },
          [](const Refused& refused) { return std::string(info(refused.error.code).name); },
          [](const auto&) { return std::string("other"); },
      },
      reply);
}

void Judge::answered(RequestId request, const Reply& reply) {
  if (request == asked_.request && request) {
    check(!answer_, "one answer", "a request was answered twice");
    answer_ = short_text(reply);
    return;
  }
  const auto waiter = std::find_if(waiters_.begin(), waiters_.end(),
                                   [&](const WaiterModel& one) { return one.request == request; });
  check(waiter != waiters_.end(), "one answer", "an answer went to nobody who waits");
  if (waiter == waiters_.end()) return;
  if (std::holds_alternative<NoJob>(reply)) {
    check(asked_.tick && now_.steady >= waiter->until, "waits end", "a wait ended before its time");
  } else if (std::holds_alternative<Refused>(reply)) {
    const auto worker = static_cast<size_t>(waiter->worker);
    const bool replaced = asked_.verb == Verb::kRegister && asked_.worker == waiter->worker;
    check(overdue_[worker] || replaced, "waits end", "a wait was refused for no reason");
  } else {
    check(std::holds_alternative<Assigned>(reply), "waits end", "a wait got a strange answer");
  }
  waiters_.erase(waiter);
}

void Judge::end() {
  if (asked_.request) judge_answer();
  if (asked_.tick) check_after_tick();
  check_waiters();
  asked_ = {};
}

void Judge::judge_answer() {
  switch (asked_.verb) {
    case Verb::kSubmit: {
      const JobModel& job = before_[static_cast<size_t>(asked_.job)];
      check(answer_ == with("accepted", job.submitted), "acknowledged jobs", "a wrong answer");
      return check(events_ != job.submitted, "acknowledged jobs",
                   "accepted and not there, or accepted twice");
    }
    case Verb::kRequest:
      return judge_request();
    case Verb::kComplete:
    case Verb::kFail:
    case Verb::kRelease:
    case Verb::kExtend:
      return judge_report();
    case Verb::kRegister:
    case Verb::kHeartbeat:
      return judge_session();
    default:
      return judge_act();
  }
}

void Judge::judge_report() {
  const JobModel& job = before_[static_cast<size_t>(asked_.job)];
  if (!job.submitted || job.removed) {
    check(answer_ == "not_found", "outcome table", "a report about no job was taken");
    return check(!events_, "outcome table", "a report about no job changed something");
  }
  const bool newest = reported_newest(asked_.job);
  const Standing standing = newest ? job.standing : Standing::kNever;
  if (standing == Standing::kOpen) return;
  std::string_view expected = kLost;
  for (const Row& row : kOutcomes) {
    if (row.standing == standing) expected = row.answers[column_of(asked_.verb)];
  }
  if (standing == Standing::kTakenBack && asked_.verb == Verb::kFail && job.evidence) {
    expected = kAgain;
  }
  if (answer_ != expected) {
    check(false, newest ? "outcome table" : "stale tokens change nothing",
          "expected " + std::string(expected) + ", got " + answer_.value_or("nothing"));
  }
  const bool next_given = asked_.next && leased_to_asker_ > 0;
  check(expected == kOk || expected == "extended" || !events_ || next_given,
        newest ? "outcome table" : "stale tokens change nothing",
        "a report that must change nothing did");
  if (expected == "extended" && job.process != 0) {
    sessions_[static_cast<size_t>(job.worker)].heard = now_.steady;
  }
  if (asked_.verb != Verb::kComplete || (expected != kOk && expected != kAgain)) return;
  check(asked_.follow_up < 0 || expected == kAgain ||
            jobs_[static_cast<size_t>(asked_.follow_up)].submitted,
        "one record", "a completion was taken without its follow-up");
  if (!asked_.next) return;
  const bool may = !config_->registered || session_valid(asked_.worker, asked_.process);
  if (may && config_->registered) {
    sessions_[static_cast<size_t>(asked_.worker)].heard = now_.steady;
  }
  check(may || leased_to_asker_ == 0, "sessions", "a lost session got the next job");
  check(!may || leased_to_asker_ == 1 || soonest_for(asked_.worker) < 0, "no worker starves",
        "the next job was asked for, was there, and was not given");
}

void Judge::judge_request() {
  const bool registered = asked_.worker == kFinisher || config_->registered;
  if (registered && !session_valid(asked_.worker, asked_.process)) {
    check(answer_ == "session_unknown" || answer_ == "session_replaced", "sessions",
          "a lost session's request was not refused");
    return check(!events_, "sessions", "a refused request changed something");
  }
  if (soonest_before_ < 0 && asked_.wait > Duration()) {
    if (leased_to_asker_ > 0) return;
    check(!answer_, "waits end", "a request that should wait was answered");
    return waiters_.push_back(
        {asked_.worker, asked_.request, asked_.connection, now_.steady + asked_.wait});
  }
  uint32_t expected = 0;
  for (int index = 0; index < kMaxJobs; ++index) {
    expected += takeable(before_[static_cast<size_t>(index)], index, asked_.worker) ? 1 : 0;
  }
  expected = std::min(expected, config_->batch);
  check(leased_to_asker_ == expected, "no worker starves",
        "a request got fewer jobs than there were, or more than it asked for");
  check(expected > 0 ? answer_ && answer_->starts_with("assign") : answer_ == "no_job",
        "one answer", "the answer to a request is not what was done");
}

void Judge::judge_session() {
  const auto worker = static_cast<size_t>(asked_.worker);
  if (asked_.verb == Verb::kHeartbeat) {
    if (session_valid(asked_.worker, asked_.process)) {
      check(answer_ == "beat", "sessions", "a living worker's heartbeat was refused");
    } else {
      check(answer_ == "session_unknown" || answer_ == "session_replaced", "sessions",
            "a lost worker's heartbeat was not refused");
    }
    return check(!events_, "sessions", "a heartbeat changed something durable");
  }
  check(answer_ == "registered", "sessions", "a registration was refused");
  for (const JobModel& job : jobs_) {
    if (!job.submitted || job.state != JobState::kRunning || job.worker != asked_.worker) continue;
    check(job.process == sessions_[worker].process, "one lease",
          "a replaced process keeps its job");
    const bool held =
        std::find(asked_.held.begin(), asked_.held.end(), job.newest) != asked_.held.end();
    check(held || !config_->has(kHeld), "held", "a job stays with a worker that never got it");
  }
}

void Judge::judge_act() {
  const JobModel& job = before_[static_cast<size_t>(asked_.job)];
  std::string_view expected = kOk;
  if (!job.submitted || job.removed) {
    expected = "not_found";
  } else if (asked_.verb == Verb::kCancel) {
    if (job.state == JobState::kCompleted || job.state == JobState::kDead) expected = "conflict";
    if (job.state == JobState::kCancelled || job.cancelling) expected = kAgain;
  } else if (asked_.verb == Verb::kRetry) {
    if (job.state == JobState::kCompleted) expected = "conflict";
    if (job.state == JobState::kReady || job.state == JobState::kRunning) expected = kAgain;
  } else if (job.state == JobState::kRunning) {
    expected = "conflict";
  }
  check(answer_ == expected, "operating", "expected " + std::string(expected));
  check((expected == kOk) == events_, "operating", "answered and not done, or done and refused");
}

void Judge::check_waiters() {
  for (const WaiterModel& waiter : waiters_) {
    check(soonest_for(waiter.worker) < 0, "no worker starves",
          "a worker waits for a job that it could have");
  }
}

// Nothing late either: what was due has happened.
void Judge::check_after_tick() {
  for (int worker = 0; worker < kAllWorkers; ++worker) {
    if (!overdue_[static_cast<size_t>(worker)]) continue;
    // Its last job may have ended otherwise just before, and it is idle and may be silent longer.
    if (!lost_[static_cast<size_t>(worker)] && !holds_running(worker) && !overdue(worker)) continue;
    check(!holds_running(worker), "a dead worker's jobs come back", "a lost worker keeps its job");
    sessions_[static_cast<size_t>(worker)] = {};
  }
  for (const JobModel& job : jobs_) {
    if (!job.submitted || job.removed) continue;
    check(job.state != JobState::kScheduled || now_.steady <= job.due, "nothing late",
          "a job's time came, and it is not ready");
    if (job.state != JobState::kRunning) continue;
    check(job.process != 0 || now_.steady < job.leased + config_->units(config_->lease),
          "a dead worker's jobs come back", "a lease is over, and its job still runs");
    check(config_->timeout == 0 || now_.steady < job.started + config_->units(config_->timeout),
          "nothing late", "a timeout has passed, and its job still runs");
  }
  for (const WaiterModel& waiter : waiters_) {
    check(now_.steady < waiter.until, "waits end", "a wait goes on after its time");
  }
}

void Judge::compare(const JobPage& page) {
  std::array<bool, kMaxJobs> listed = {};
  for (const JobView& view : page.jobs) {
    const JobRecord& record = *view.job;
    const int index = job_named(record.id());
    check(index >= 0, "nothing exists that nobody asked for", "a job of nobody is listed");
    if (index < 0) return;
    const JobModel& job = jobs_[static_cast<size_t>(index)];
    check(!listed[static_cast<size_t>(index)], "nothing exists twice", "a job is listed twice");
    listed[static_cast<size_t>(index)] = true;
    check(job.submitted && !job.removed, "nothing exists that nobody asked for", "removed");
    check(record.body() == job_body(index), "payloads", "a job's payload has changed");
    check(record.state == job.state, "states", "a job is listed in another state");
    check(record.token == job.newest, "one lease", "a job's newest token is another");
    check(record.failures == job.failures && record.losses == job.losses, "budgets",
          "a job was charged what its events do not say");
    check(record.cancel_requested == job.cancelling || is_terminal(job.state), "cancel",
          "a cancel was forgotten, or invented");
    check(record.priority == config_->plans[static_cast<size_t>(index)].priority, "order",
          "a job's priority has changed");
  }
  for (int index = 0; index < kMaxJobs; ++index) {
    const JobModel& job = jobs_[static_cast<size_t>(index)];
    check(!job.submitted || job.removed || listed[static_cast<size_t>(index)], "no job is lost",
          "an acknowledged job is gone");
  }
}

void Judge::compare(const StatsView& stats) {
  std::array<uint64_t, kJobStates> counted = {};
  for (const JobModel& job : jobs_) {
    if (job.submitted && !job.removed) ++counted[static_cast<size_t>(job.state)];
  }
  check(stats.jobs == counted, "counters", "jobs by state differ from a recount");
  check(stats.totals == totals_, "counters", "totals differ from what happened");
  check(stats.waiters == waiters_.size(), "no garbage",
        "there are other waiters than those who wait");
}

void Judge::compare(const QueueList& queues) {
  std::array<uint64_t, kJobStates> counted = {};
  for (const JobModel& job : jobs_) {
    if (job.submitted && !job.removed) ++counted[static_cast<size_t>(job.state)];
  }
  for (const QueueView& view : queues.queues) {
    check(view.queue->jobs == counted, "counters", "a queue's jobs differ from a recount");
    check(view.queue->totals == totals_, "counters", "a queue's totals differ from what happened");
  }
}

void Judge::compare(const WorkerList& workers) {
  std::array<bool, kAllWorkers> listed = {};
  for (const WorkerView& view : workers.workers) {
    const int worker = worker_named(view.id);
    check(worker >= 0, "sessions", "a session of nobody");
    if (worker < 0) return;
    const SessionModel& session = sessions_[static_cast<size_t>(worker)];
    listed[static_cast<size_t>(worker)] = true;
    check(session.exists && view.instance == std::to_string(session.process), "sessions",
          "a session is listed that is over");
    check((view.state == "running") == session.registered, "sessions", "its state is another");
    uint32_t running = 0;
    for (const JobModel& job : jobs_) {
      running += job.submitted && job.state == JobState::kRunning && job.worker == worker &&
                         job.process == session.process
                     ? 1
                     : 0;
    }
    check(view.running == running, "no garbage", "a session holds other jobs than its leases");
  }
  for (int worker = 0; worker < kAllWorkers; ++worker) {
    check(!sessions_[static_cast<size_t>(worker)].exists || listed[static_cast<size_t>(worker)],
          "sessions", "a living session is gone");
  }
}

}  // namespace muster::sim::small
