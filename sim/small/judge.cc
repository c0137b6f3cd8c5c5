// Events: what may happen when, to which job, and what it costs.
#include "sim/small/judge.h"

#include <algorithm>
#include <tuple>
#include <variant>

#include "model/limits.h"

namespace muster::sim::small {
namespace {

constexpr std::array<std::string_view, kMaxJobs> kJobs = {"A", "B", "C", "D"};
constexpr std::array<std::string_view, kMaxJobs> kBodies = {
    R"("payload":"A")", R"("payload":[1,"B"])", R"("payload":{"c":3})", R"("payload":4)"};
constexpr std::array<std::string_view, kAllWorkers> kWorkers = {"w1", "w2", "w9"};

template <size_t kSize>
int index_in(const std::array<std::string_view, kSize>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  return found == names.end() ? -1 : static_cast<int>(found - names.begin());
}

}  // namespace

std::string_view job_name(int job) { return kJobs[static_cast<size_t>(job)]; }
std::string_view job_body(int job) { return kBodies[static_cast<size_t>(job)]; }
std::string_view worker_name(int worker) { return kWorkers[static_cast<size_t>(worker)]; }
int job_named(std::string_view id) { return index_in(kJobs, id); }
int worker_named(std::string_view id) { return index_in(kWorkers, id); }

void Judge::check(bool holds, std::string_view promise, std::string_view what) {
  if (!holds && broken_.empty()) broken_ = std::string(promise) + ": " + std::string(what);
}

bool Judge::holds_running(int worker) const {
  const SessionModel& session = sessions_[static_cast<size_t>(worker)];
  return std::any_of(jobs_.begin(), jobs_.end(), [&](const JobModel& job) {
    return job.submitted && job.state == JobState::kRunning && job.worker == worker &&
           job.process == session.process;
  });
}

bool Judge::session_valid(int worker, uint32_t process) const {
  const SessionModel& session = sessions_[static_cast<size_t>(worker)];
  return session.exists && session.registered && session.process == process;
}

bool Judge::all_ended() const {
  return std::all_of(jobs_.begin(), jobs_.end(), [](const JobModel& job) {
    return !job.submitted || job.removed || is_terminal(job.state);
  });
}

bool Judge::all_ended_here() const {
  for (int index = 0; index < kMaxJobs; ++index) {
    const JobModel& job = jobs_[static_cast<size_t>(index)];
    if (!job.submitted || job.removed || is_terminal(job.state)) continue;
    if (job.state != JobState::kReady || takeable(job, index, 0)) return false;
  }
  return true;
}

// Silent for its ttl while it holds jobs; 30 s longer while it holds none; 2 s without a
// connection.
bool Judge::overdue(int worker) const {
  const SessionModel& session = sessions_[static_cast<size_t>(worker)];
  const Duration silence = config_->units(config_->lease) +
                           (holds_running(worker) ? Duration() : limits::kHeartbeatIdle);
  if (now_.steady - session.heard >= silence) return true;
  return session.registered && !session.connected &&
         now_.steady - session.abandoned >= kConnectionGrace;
}

void Judge::begin(const Asked& asked, Now now) {
  asked_ = asked;
  now_ = now;
  before_ = jobs_;
  sessions_before_ = sessions_;
  events_ = false;
  leased_to_asker_ = 0;
  lost_ = {};
  answer_.reset();
  soonest_before_ = asked.worker < 0 ? -1 : soonest_for(asked.worker);
  for (int worker = 0; worker < kAllWorkers; ++worker) {
    const SessionModel& session = sessions_[static_cast<size_t>(worker)];
    overdue_[static_cast<size_t>(worker)] = asked.tick && session.exists && overdue(worker);
  }
  note_heard();
}

// A sign of life counts before anything else happens.
void Judge::note_heard() {
  if (asked_.closes) forget_waiters(asked_.connection);
  if (asked_.worker < 0) return;
  SessionModel& session = sessions_[static_cast<size_t>(asked_.worker)];
  if (asked_.verb == Verb::kRegister) {
    session = {true, true, asked_.process, now_.steady, true, {}};
  } else if (asked_.closes) {
    session.connected = false;
    session.abandoned = now_.steady;
  } else if (session_valid(asked_.worker, asked_.process) &&
             (asked_.verb == Verb::kHeartbeat || asked_.verb == Verb::kRequest)) {
    session.heard = now_.steady;
    session.connected = true;
  }
}

void Judge::on(const Event& event) {
  events_ = events_ || !std::holds_alternative<TokensReserved>(event);
  std::visit([this](const auto& kind) { on_kind(kind); }, event);
}

JobModel* Judge::known(JobSeq job) {
  const int index = job.value() <= kMaxJobs ? by_seq_[job.value()] : -1;
  check(index >= 0, "nothing exists that nobody asked for", "an event names a job of nobody");
  return index < 0 ? nullptr : &jobs_[static_cast<size_t>(index)];
}

bool Judge::reported_newest(int index) const {
  const JobModel& job = before_[static_cast<size_t>(index)];
  if (asked_.job != index || !job.newest) return false;
  if (asked_.token) return asked_.token == job.newest;
  return job.tokenless && job.worker == asked_.worker;
}

void Judge::on_kind(const JobSubmitted& event) {
  const int index = job_named(event.spec.id);
  const bool asked = index >= 0 && ((asked_.verb == Verb::kSubmit && asked_.job == index) ||
                                    (asked_.verb == Verb::kComplete && asked_.follow_up == index));
  check(asked, "nothing exists that nobody asked for", "a job was submitted by nobody");
  check(event.job.value() >= 1 && event.job.value() <= kMaxJobs, "one number a job", "too high");
  if (!broken_.empty()) return;
  JobModel& job = jobs_[static_cast<size_t>(index)];
  check(!job.submitted, "a repeated submission is recognised", "a job exists twice");
  const JobPlan& plan = config_->plans[static_cast<size_t>(index)];
  check(event.order.value() == 0 || plan.delay == 0, "nothing early", "a delayed job is ready");
  job.submitted = true;
  by_seq_[event.job.value()] = index;
  job.state = plan.delay > 0 ? JobState::kScheduled : JobState::kReady;
  if (plan.delay > 0) {
    const Duration delay = config_->units(plan.delay) - Duration::milliseconds(1);
    job.due = now_.steady + delay;
    job.due_wall = now_.wall + delay;
  } else {
    job.rank = next_rank_++;
  }
  ++totals_.submitted;
}

void Judge::on_kind(const JobReady& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  check(job->state == JobState::kScheduled, "states", "a job becomes ready that was not scheduled");
  check(now_.steady >= job->due, "nothing early", "a job becomes ready before its time");
  job->state = JobState::kReady;
  if (!job->keeps_rank) job->rank = next_rank_++;
}

bool Judge::takeable(const JobModel& job, int index, int worker) const {
  if (!job.submitted || job.removed || job.state != JobState::kReady) return false;
  const bool registered = worker == kFinisher || config_->registered;
  return registered || config_->plans[static_cast<size_t>(index)].timed;
}

int Judge::soonest_for(int worker) const {
  int best = -1;
  for (int index = 0; index < kMaxJobs; ++index) {
    const JobModel& job = jobs_[static_cast<size_t>(index)];
    if (!takeable(job, index, worker)) continue;
    const auto place = [&](int of) {
      return std::pair(config_->plans[static_cast<size_t>(of)].priority,
                       jobs_[static_cast<size_t>(of)].rank);
    };
    if (best < 0 || place(index) < place(best)) best = index;
  }
  return best;
}

// Whose turn it is: the one who asked, unless others have waited longer.
void Judge::check_taker(int worker) {
  if (!waiters_.empty() && worker == waiters_.front().worker) return;
  const bool asks = worker == asked_.worker && (asked_.verb == Verb::kRequest || asked_.next);
  check(asks, "turns", "a job was given to somebody who did not ask, or not first");
  ++leased_to_asker_;
}

void Judge::on_kind(const JobLeased& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  const int worker = worker_named(event.worker_id);
  check(job->state == JobState::kReady, "one lease", "a job was given away that was not ready");
  check(event.token > greatest_, "tokens grow", "a token is not above all before");
  check(event.token < reserved_, "tokens grow", "a token lies beyond the durable range");
  check(worker >= 0, "one lease", "a job was given to nobody");
  if (!broken_.empty()) return;
  const int index = static_cast<int>(job - jobs_.data());
  check(takeable(*job, index, worker), "selection", "a worker got a job that it cannot run");
  check(soonest_for(worker) == index, "order", "another job came first");
  check_taker(worker);
  greatest_ = event.token;
  const SessionModel& session = sessions_[static_cast<size_t>(worker)];
  const bool by_session = worker == kFinisher || config_->registered;
  check(by_session != event.instance.empty(), "sessions", "a lease of the wrong kind");
  if (by_session) {
    check(session.exists && session.registered, "sessions", "a job was given to a lost session");
    check(event.instance == std::to_string(session.process), "sessions", "another process");
    if (!holds_running(worker)) sessions_[static_cast<size_t>(worker)].heard = now_.steady;
  }
  job->state = JobState::kRunning;
  job->standing = Standing::kRunning;
  job->newest = event.token;
  job->tokenless = event.tokenless;
  job->worker = worker;
  job->process = by_session ? session.process : 0;
  job->leased = job->started = now_.steady;
  job->charged = job->lost_charge = job->evidence = false;
  ++totals_.leased;
}

void Judge::on_kind(const LeaseExtended& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  const int index = static_cast<int>(job - jobs_.data());
  check(asked_.verb == Verb::kExtend && reported_newest(index), "stale tokens change nothing",
        "a lease was extended by nobody who holds it");
  check(job->state == JobState::kRunning, "states", "a lease was extended that was over");
  job->leased = now_.steady;
}

void Judge::on_kind(const JobCompleted& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  const int index = static_cast<int>(job - jobs_.data());
  check(job->state != JobState::kCompleted, "one completion", "a job completed twice");
  check(asked_.verb == Verb::kComplete && reported_newest(index) && event.token == job->newest,
        "stale tokens change nothing", "a job completed that nobody reported under its lease");
  check(job->standing == Standing::kRunning || job->standing == Standing::kTakenBack,
        "outcome table", "a job completed whose attempt had been reported or cancelled");
  if (job->standing == Standing::kTakenBack && job->charged) {
    uint32_t& budget = job->lost_charge ? job->losses : job->failures;
    if (budget > 0) --budget;
  }
  job->state = JobState::kCompleted;
  job->standing = Standing::kCompleted;
  job->cancelling = false;
  ++totals_.completed;
}

// Of a lost worker's jobs the oldest `concurrency` had begun.
bool Judge::begun(int index) const {
  const JobModel& job = before_[static_cast<size_t>(index)];
  const auto older = std::count_if(before_.begin(), before_.end(), [&](const JobModel& other) {
    return other.state == JobState::kRunning && other.worker == job.worker &&
           other.process == job.process && other.newest < job.newest;
  });
  return static_cast<uint64_t>(older) < config_->concurrency;
}

// A job whose worker's heartbeats arrive is never given away.
void Judge::check_lost(const AttemptEnded& event, const JobModel& job) {
  const int index = static_cast<int>(&job - jobs_.data());
  if (event.outcome == Outcome::kLost) {
    const SessionModel& session = sessions_before_[static_cast<size_t>(job.worker)];
    const bool replaced = asked_.verb == Verb::kRegister && asked_.worker == job.worker &&
                          asked_.process != job.process;
    check(job.process != 0 && (replaced || overdue_[static_cast<size_t>(job.worker)]),
          "a living worker keeps its jobs", "a job was taken from a worker that is alive");
    lost_[static_cast<size_t>(job.worker)] = true;
    const bool charged = begun(index) && !job.cancelling;
    check(event.charged || !charged, "budgets", "a loss was not charged");
    // Which of its jobs had begun is not known after a restart, until it comes back.
    check(!event.charged || charged || !session.registered, "budgets",
          "a loss was charged that had not begun");
  } else if (event.outcome == Outcome::kLeaseExpired) {
    check(asked_.tick && job.process == 0 &&
              now_.steady >= job.leased + config_->units(config_->lease),
          "a living worker keeps its jobs", "a lease expired before its time");
    check(event.charged != job.cancelling, "budgets", "an expired lease was not charged");
  } else if (event.outcome == Outcome::kTimedOut) {
    const Duration limit = config_->units(config_->timeout);
    check(config_->timeout > 0 && asked_.tick && now_.steady >= job.started + limit,
          "nothing early", "an attempt timed out before its time");
    check(event.charged != job.cancelling, "budgets", "a timeout was not charged");
  } else {
    const bool unheld =
        asked_.verb == Verb::kRegister && asked_.worker == job.worker &&
        std::find(asked_.held.begin(), asked_.held.end(), job.newest) == asked_.held.end() &&
        config_->has(kHeld);
    check(unheld || (asked_.undelivered && asked_.token == job.newest),
          "a living worker keeps its jobs",
          "a job was returned as undelivered that its worker has");
    check(!event.charged, "budgets", "an undelivered job was charged");
  }
}

// What must become of a job whose attempt ended so.
After Judge::after_of(const AttemptEnded& event, const JobModel& job) const {
  if (job.cancelling) return After::kCancelled;
  switch (event.outcome) {
    case Outcome::kFailed:
    case Outcome::kTimedOut:
      return job.failures + 1 >= config_->max_attempts ? After::kDead : After::kScheduled;
    case Outcome::kLost:
    case Outcome::kLeaseExpired:
      return event.charged && job.losses + 1 >= config_->max_lost ? After::kDead : After::kReady;
    case Outcome::kReleased:
      return config_->has(kDelayedReleases) ? After::kScheduled : After::kReady;
    default:
      return After::kReady;
  }
}

void Judge::check_end(const AttemptEnded& event, const JobModel& job) {
  check(job.state == JobState::kRunning && event.token == job.newest, "states",
        "an attempt ended that did not run");
  if (event.after != after_of(event, job)) {
    check(false, "budgets",
          "after an end like this (" + std::string(name(event.outcome)) + ") the job must " +
              (after_of(event, job) == After::kDead ? "be dead" : "live, or be cancelled"));
  }
  const int index = static_cast<int>(&job - jobs_.data());
  switch (event.outcome) {
    case Outcome::kFailed:
      check(asked_.verb == Verb::kFail && reported_newest(index), "stale tokens change nothing",
            "an attempt failed that nobody reported under its lease");
      return check(event.charged, "budgets", "a failure was not charged");
    case Outcome::kReleased:
      check(asked_.verb == Verb::kRelease && reported_newest(index), "stale tokens change nothing",
            "a job was released by nobody who holds it");
      return check(!event.charged, "budgets", "a release was charged");
    case Outcome::kCancelled:
      check(job.cancelling && reported_newest(index), "cancel", "cancelled, and nobody asked");
      return check(!event.charged, "budgets", "a cancel was charged");
    case Outcome::kCompleted:
    case Outcome::kDeadline:
      return check(false, "states", "an attempt ended in a way that no job here can");
    default:
      return check_lost(event, job);
  }
}

void Judge::on_kind(const AttemptEnded& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  check_end(event, *job);
  const bool failed = event.outcome == Outcome::kFailed || event.outcome == Outcome::kTimedOut;
  const bool lost = event.outcome == Outcome::kLost || event.outcome == Outcome::kLeaseExpired;
  if (failed && event.charged) ++job->failures;
  if (lost && event.charged) ++job->losses;
  check(job->failures <= config_->max_attempts && job->losses <= config_->max_lost, "budgets",
        "more was charged than the job had");
  job->charged = event.charged;
  job->lost_charge = lost;
  job->standing = event.outcome == Outcome::kFailed      ? Standing::kFailed
                  : event.outcome == Outcome::kReleased  ? Standing::kReleased
                  : event.outcome == Outcome::kCancelled ? Standing::kCancelled
                                                         : Standing::kTakenBack;
  switch (event.after) {
    case After::kReady:
      job->state = JobState::kReady;
      break;
    case After::kScheduled: {
      job->state = JobState::kScheduled;
      job->keeps_rank = event.outcome == Outcome::kTimedOut;
      job->due_wall = now_.wall + config_->unit - Duration::milliseconds(1);
      job->due = now_.steady + config_->unit - Duration::milliseconds(1);
      break;
    }
    case After::kDead:
      job->state = JobState::kDead;
      ++totals_.died;
      break;
    case After::kCancelled:
      job->state = JobState::kCancelled;
      job->standing = Standing::kCancelled;
      ++totals_.cancelled;
      break;
  }
  totals_.failed += failed ? 1 : 0;
  totals_.lost += lost ? 1 : 0;
  totals_.released +=
      event.outcome == Outcome::kReleased || event.outcome == Outcome::kUndelivered ? 1 : 0;
}

void Judge::on_kind(const EvidenceAdded& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  const int index = static_cast<int>(job - jobs_.data());
  check(asked_.verb == Verb::kFail && reported_newest(index) &&
            job->standing == Standing::kTakenBack && !job->evidence,
        "outcome table", "evidence was added that nobody gave");
  job->evidence = true;
}

void Judge::on_kind(const CancelRequested& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  check(asked_.verb == Verb::kCancel && job->state == JobState::kRunning && !job->cancelling,
        "cancel", "a cancel was noted that nobody asked for");
  job->cancelling = true;
}

void Judge::on_kind(const JobCancelled& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  check(asked_.verb == Verb::kCancel &&
            (job->state == JobState::kReady || job->state == JobState::kScheduled),
        "cancel", "a job was cancelled that nobody cancelled");
  job->state = JobState::kCancelled;
  if (job->standing != Standing::kNever) job->standing = Standing::kCancelled;
  ++totals_.cancelled;
}

void Judge::on_kind(const JobRequeued& event) {
  JobModel* job = known(event.job);
  if (job == nullptr) return;
  check(asked_.verb == Verb::kRetry &&
            (job->state == JobState::kScheduled || job->state == JobState::kDead ||
             job->state == JobState::kCancelled),
        "states", "a job was requeued that nobody may requeue");
  if (job->state == JobState::kCancelled && job->standing == Standing::kCancelled) {
    job->standing = Standing::kOpen;
  }
  job->state = JobState::kReady;
  job->failures = job->losses = 0;
  job->cancelling = false;
  job->rank = next_rank_++;
}

void Judge::on_kind(const JobsRemoved& event) {
  for (JobSeq seq : event.jobs) {
    JobModel* job = known(seq);
    if (job == nullptr) return;
    const int index = static_cast<int>(job - jobs_.data());
    check(asked_.verb == Verb::kDelete && asked_.job == index, "no job is lost",
          "a job was removed that nobody deleted");
    check(!job->removed && job->state != JobState::kRunning, "no job is lost",
          "a running job was removed");
    job->removed = true;
    ++totals_.removed;
  }
}

void Judge::on_kind(const TokensReserved& event) {
  check(event.end > reserved_, "tokens grow", "a reserved range does not grow");
  reserved_ = event.end;
}

void Judge::on_kind(const JobDied&) { check(false, "states", "no job here has a deadline"); }
void Judge::on_kind(const QueuePaused&) { check(false, "states", "nobody pauses a queue here"); }

// Live leases have a full term from now; delays go on with what is left by the wall clock. Which
// sessions there are follows from the leases.
void Judge::restarted(Now now) {
  now_ = now;
  waiters_.clear();
  sessions_ = {};
  for (JobModel& job : jobs_) {
    if (!job.submitted || job.removed) continue;
    if (job.state == JobState::kScheduled) {
      job.due = now.steady + std::max(Duration(), job.due_wall - now.wall);
    }
    if (job.state != JobState::kRunning) continue;
    job.leased = job.started = now.steady;
    if (job.process == 0) continue;
    SessionModel& session = sessions_[static_cast<size_t>(job.worker)];
    session.exists = true;
    session.process = job.process;
    session.heard = now.steady;
  }
  // Tokens of a range that was lost with the server are never given again.
  greatest_ = std::max(greatest_, LeaseToken(reserved_.value() - (reserved_ ? 1 : 0)));
}

// Their connection broke.
void Judge::forget_waiters(ConnectionId connection) {
  std::erase_if(waiters_,
                [&](const WaiterModel& waiter) { return waiter.connection == connection; });
}

}  // namespace muster::sim::small
