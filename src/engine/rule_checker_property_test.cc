// What RuleChecker does; compiled into the engine's property tests.
#include <algorithm>

#include "engine/rule_checker.h"

namespace muster::engine {

void RuleChecker::check(bool holds, std::string_view rule, const std::string& what) {
  if (!holds) violations_.push_back(std::string(rule) + ": " + what);
}

RuleChecker::Job& RuleChecker::job_of(JobSeq job) {
  check(jobs_.contains(job), "conservation", "an event names a job that nobody submitted");
  return jobs_[job];
}

// Time in which the server did not listen counts for at most a quarter of a second.
void RuleChecker::begin(const Asked& asked, Now now) {
  asked_ = asked;
  asked_job_ = asked.job_id;
  refused_ = false;
  submitted_ = completed_ = 0;
  if (outside_) steady_ = steady_ + std::min(now.steady - *outside_, Duration::milliseconds(250));
  outside_ = now.steady;
  now_ = now;
}

void RuleChecker::on(const Event& event) {
  std::visit([this](const auto& kind) { on_kind(kind); }, event);
}

void RuleChecker::refused(bool in_part) {
  check(!in_part || !asked_.atomic, "all or none", "a batch was accepted in part");
  refused_ = refused_ || !in_part;
}

void RuleChecker::end() {
  check(submitted_ == 0 || !refused_, "all or none", "a refused command submitted jobs");
  check(submitted_ == 0 || !asked_.completes || completed_ > 0, "once",
        "follow-ups were submitted without a completion");
  check(submitted_ <= asked_.jobs, "conservation", "more jobs were submitted than asked for");
  asked_ = {};
}

void RuleChecker::restarted(Now now) {
  outside_ = now.steady;
  for (auto& [seq, job] : jobs_) {
    if (job.state != JobState::kScheduled || job.by_wall) continue;
    job.due_steady = steady_ + std::clamp(job.due_at - now.wall, Duration(), job.asked);
  }
}

std::map<std::string, JobState> RuleChecker::expected_jobs() const {
  std::map<std::string, JobState> expected;
  for (const auto& [seq, job] : jobs_) expected[job.id] = job.state;
  return expected;
}

void RuleChecker::on_kind(const JobSubmitted& event) {
  check(!jobs_.contains(event.job), "conservation", "two jobs with one number");
  Job job;
  job.id = event.spec.id;
  job.lane = {std::string(event.spec.queue), std::string(event.spec.job_type),
              event.spec.duration.has_value()};
  ++submitted_;
  job.priority = event.spec.priority;
  job.options = event.spec.options;
  const bool later =
      event.spec.delay > Duration() || (event.spec.run_at && *event.spec.run_at > now_.wall);
  job.state = later ? JobState::kScheduled : JobState::kReady;
  if (later) {
    job.by_wall = event.spec.run_at.has_value();
    job.due_at = job.by_wall ? *event.spec.run_at : now_.wall + event.spec.delay;
    job.asked = event.spec.delay;
    job.due_steady = steady_ + job.asked;
  } else {
    job.rank = next_rank_++;
  }
  jobs_[event.job] = std::move(job);
}

void RuleChecker::on_kind(const JobReady& event) {
  Job& job = job_of(event.job);
  check(job.state == JobState::kScheduled, "conservation", job.id + " became ready twice");
  const bool due = job.by_wall ? now_.wall >= job.due_at : steady_ >= job.due_steady;
  check(due, "nothing early", job.id + " became ready before its time");
  job.state = JobState::kReady;
  if (!job.keeps_rank) job.rank = next_rank_++;
}

void RuleChecker::on_kind(const JobLeased& event) {
  Job& job = job_of(event.job);
  check(job.state == JobState::kReady, "one lease", job.id + " leased while it was not ready");
  check(event.token > newest_token_, "tokens grow", job.id + " got a token not above all before");
  newest_token_ = std::max(newest_token_, event.token);
  check_order(job);
  job.state = JobState::kRunning;
  job.newest = event.token;
}

// Whether the request of this command takes such a job (from whatever queue).
bool RuleChecker::takes(const Job& job) const {
  if (asked_.types.empty()) return job.lane.timed || !asked_.timed_only;
  return std::find(asked_.types.begin(), asked_.types.end(), job.lane.job_type) !=
         asked_.types.end();
}

// The first named queue with work it may give, and there the soonest by (priority, rank). Of a
// lease that somebody had waited for only its lane is judged here.
void RuleChecker::check_order(const Job& leased) {
  check(!paused_.contains(leased.lane.queue), "order", leased.id + " taken from a paused queue");
  bool earlier = true;  // queues that were named before the one it came from
  for (std::string_view queue : asked_.queues) {
    if (queue == leased.lane.queue) earlier = false;
    if (!earlier && !asked_.best && queue != leased.lane.queue) continue;
    for (const auto& [seq, other] : jobs_) {
      if (other.lane.queue != queue || other.state != JobState::kReady) continue;
      if (paused_.contains(other.lane.queue) || !takes(other)) continue;
      check(!earlier || asked_.best, "order",
            leased.id + " taken although an earlier queue had " + other.id);
      check((earlier && !asked_.best) ||
                std::pair(leased.priority, leased.rank) <= std::pair(other.priority, other.rank),
            "order", leased.id + " taken before " + other.id);
    }
  }
  for (const auto& [seq, other] : jobs_) {
    if (other.state != JobState::kReady || other.lane != leased.lane) continue;
    check(std::pair(leased.priority, leased.rank) <= std::pair(other.priority, other.rank), "order",
          leased.id + " taken before " + other.id);
  }
}

void RuleChecker::on_kind(const LeaseExtended& event) {
  Job& job = job_of(event.job);
  check(job.state == JobState::kRunning, "one lease", job.id + " extended while not running");
}

void RuleChecker::on_kind(const JobCompleted& event) {
  Job& job = job_of(event.job);
  check(job.state != JobState::kCompleted, "one completion", job.id + " completed twice");
  check(job.state != JobState::kCancelled, "one completion", job.id + " completed when cancelled");
  ++completed_;
  if (asked_.token && asked_job_ == job.id) {
    check(*asked_.token == job.newest, "stale tokens", job.id + " completed by an older lease");
  }
  if (job.state != JobState::kRunning && job.last_charged) {
    uint32_t& budget = job.last_outcome == Outcome::kTimedOut ? job.failures : job.losses;
    if (budget > 0) --budget;
  }
  job.state = JobState::kCompleted;
}

void RuleChecker::on_kind(const AttemptEnded& event) {
  Job& job = job_of(event.job);
  check(job.state == JobState::kRunning, "one lease",
        job.id + ": an attempt ended that did not run");
  if (asked_.token && asked_job_ == job.id) {
    check(*asked_.token == job.newest, "stale tokens", job.id + " ended by an older lease");
  }
  check_budget(job, event);
  job.last_outcome = event.outcome;
  job.last_charged = event.charged;
  job.cancelling = false;
  switch (event.after) {
    case After::kReady:
      job.state = JobState::kReady;  // at its old rank
      break;
    case After::kScheduled:
      job.state = JobState::kScheduled;
      job.by_wall = false;
      job.due_at = event.due_at;
      job.asked = event.due_at - now_.wall;
      job.due_steady = steady_ + job.asked;
      job.keeps_rank = event.outcome == Outcome::kTimedOut;
      break;
    case After::kDead:
      job.state = JobState::kDead;
      break;
    case After::kCancelled:
      job.state = JobState::kCancelled;
      break;
  }
}

void RuleChecker::check_budget(const Job& before, const AttemptEnded& event) {
  Job& job = jobs_[event.job];
  if (job.cancelling) {
    check(event.after == After::kCancelled && !event.charged, "budgets",
          before.id + " had a cancel requested and did not end cancelled");
    return;
  }
  const bool failed = event.outcome == Outcome::kFailed || event.outcome == Outcome::kTimedOut;
  const bool lost = event.outcome == Outcome::kLost || event.outcome == Outcome::kLeaseExpired;
  check(!event.charged || failed || lost, "budgets", before.id + " charged for nothing");
  check(!failed || event.charged, "budgets", before.id + " failed without a charge");
  if (event.charged) ++(failed ? job.failures : job.losses);
  const bool used_up = (failed && job.failures >= job.options.retry.max_attempts) ||
                       (lost && event.charged && job.losses >= job.options.max_lost);
  const bool given_up = failed && !asked_.retryable;
  const bool too_late = job.options.deadline && *job.options.deadline <= now_.wall;
  check((event.after == After::kDead) == (used_up || given_up || too_late), "budgets",
        before.id +
            (event.after == After::kDead ? " died with budget left" : " outlived its budget"));
}

void RuleChecker::on_kind(const EvidenceAdded& event) {
  Job& job = job_of(event.job);
  if (asked_.token) {
    check(*asked_.token == job.newest, "stale tokens", job.id + ": evidence from an older lease");
  }
}

void RuleChecker::on_kind(const CancelRequested& event) { job_of(event.job).cancelling = true; }

void RuleChecker::on_kind(const JobCancelled& event) {
  Job& job = job_of(event.job);
  check(job.state == JobState::kReady || job.state == JobState::kScheduled, "conservation",
        job.id + " cancelled while neither ready nor scheduled");
  job.state = JobState::kCancelled;
}

void RuleChecker::on_kind(const JobDied& event) {
  Job& job = job_of(event.job);
  check(job.options.deadline && *job.options.deadline <= now_.wall, "nothing early",
        job.id + " died before its deadline");
  job.state = JobState::kDead;
}

void RuleChecker::on_kind(const JobRequeued& event) {
  Job& job = job_of(event.job);
  check(job.state != JobState::kCompleted, "one completion", job.id + " requeued when completed");
  job.state = JobState::kReady;
  job.rank = next_rank_++;
  job.failures = job.losses = 0;
}

void RuleChecker::on_kind(const JobsRemoved& event) {
  for (JobSeq seq : event.jobs) {
    Job& job = job_of(seq);
    const bool asked_for = asked_.deletes && asked_job_ == job.id;
    check(asked_for || is_terminal(job.state), "conservation", job.id + " was dropped");
    check(job.state != JobState::kRunning, "conservation", job.id + " was removed while running");
    jobs_.erase(seq);
  }
}

void RuleChecker::on_kind(const QueuePaused& event) {
  if (event.paused) {
    paused_.emplace(event.queue);
  } else {
    paused_.erase(std::string(event.queue));
  }
}

void RuleChecker::on_kind(const TokensReserved&) {}

}  // namespace muster::engine
