#include "sim/check/lifecycle.h"

#include <algorithm>

#include "model/limits.h"
#include "sim/check/attempt_rules.h"

namespace muster::sim {
namespace {

constexpr uint8_t bit(JobState state) { return uint8_t(1U << static_cast<int>(state)); }

Attempted attempted_after(const End& end) {
  if (end.after == After::kCancelled) return Attempted::kCancelled;
  if (end.outcome == Outcome::kFailed) return Attempted::kFailed;
  if (end.outcome == Outcome::kReleased) return Attempted::kReleased;
  return Attempted::kTakenBack;
}

}  // namespace

void Lifecycle::apply(Fact& fact, const When& when) {
  std::visit([&](auto& kind) { on(kind, when); }, fact);
}

Job* Lifecycle::find(JobSeq seq, std::string_view event, const When& when) {
  Job* job = ledger_.jobs.find(seq);
  if (job == nullptr) {
    ledger_.violations.add("transition", "event {}: {} of job {}, which does not exist",
                           when.sequence.value(), event, seq.value());
  }
  return job;
}

Job* Lifecycle::find_in(uint8_t states, JobSeq seq, std::string_view event, const When& when) {
  Job* job = find(seq, event, when);
  if (job != nullptr && !has(states, job->state)) {
    ledger_.violations.add("transition", "{}: {}", ledger_.describe(*job, when), event);
  }
  return job;
}

void Lifecycle::enter(Job& job, JobState state, const When& when) {
  if (job.visited != 0) --ledger_.counts[static_cast<size_t>(job.state)];
  ++ledger_.counts[static_cast<size_t>(state)];
  job.state = state;
  set(job.visited, state);
  ledger_.entry(job).visited |= bit(state);
  if (state == JobState::kReady) ledger_.lanes.add(job);
  if (!is_terminal(state)) return;
  job.ended = Mark::of(when.at);
  job.ended_wall = when.at.now.wall;
  job.end_number = ++ledger_.ends;
}

// A new place is behind all others.
void Lifecycle::new_order(const Job& job, OrderSeq order, const When& when) {
  if (order <= ledger_.newest_order) {
    ledger_.violations.add("order", "{}: gets place {}, and {} was given before",
                           ledger_.describe(job, when), order.value(),
                           ledger_.newest_order.value());
  }
  ledger_.newest_order = std::max(ledger_.newest_order, order);
}

void Lifecycle::on(NewJob& fact, const When& when) {
  const uint32_t entry = ledger_.submissions.created(fact, when);
  const uint64_t newest = ledger_.jobs.newest().value();
  if (fact.job.value() <= newest || fact.job.value() - newest > JobTable::kLongestJump) {
    ledger_.violations.add("sequence", "event {}: job {} gets number {} behind {}",
                           when.sequence.value(), fact.id, fact.job.value(), newest);
    return;
  }
  judge_arrival(fact, when);
  Job& job = ledger_.jobs.add(fact.job);
  job.entry = entry;
  job.lane = fact.lane;
  job.priority = fact.priority;
  job.order = fact.order;
  job.duration = fact.duration.value_or(Duration());
  job.options = std::move(fact.options);
  job.due_from = Mark::of(when.at);
  job.due_after = job.pause = fact.delay;
  job.due_wall = fact.due_at;
  if (fact.order) {
    new_order(job, fact.order, when);
    enter(job, JobState::kReady, when);
  } else {
    job.reason = fact.run_at ? ScheduleReason::kRunAt : ScheduleReason::kDelay;
    enter(job, JobState::kScheduled, when);
  }
}

void Lifecycle::judge_arrival(const NewJob& fact, const When& when) {
  if (fact.order) {
    if (fact.delay == Duration() && (!fact.run_at || *fact.run_at <= when.at.now.wall)) return;
    ledger_.violations.add("early", "event {}: job {} is ready at once, and has a delay or run_at",
                           when.sequence.value(), fact.id);
    return;
  }
  const WallTime due = fact.run_at.value_or(fact.at + fact.delay);
  if (fact.due_at == due && (fact.run_at || fact.delay > Duration())) return;
  ledger_.violations.add("pause", "event {}: job {} is due at {}, and asked for {}",
                         when.sequence.value(), fact.id, fact.due_at.ms(), due.ms());
}

void Lifecycle::judge_due(const Job& job, const When& when) {
  if (job.reason == ScheduleReason::kRunAt) {
    if (when.at.now.wall >= job.due_wall) return;
    ledger_.violations.add("early", "{}: ready by the wall clock at {}, run_at is {}",
                           ledger_.describe(job, when), when.at.now.wall.ms(), job.due_wall.ms());
    return;
  }
  if (may_be_over(job.due_from, job.due_after, when.at)) return;
  ledger_.violations.add("early", "{}: ready after at most {} of {} ms ({})",
                         ledger_.describe(job, when), most_elapsed(job.due_from, when.at).ms(),
                         job.due_after.ms(), name(job.reason));
}

void Lifecycle::on(const JobReady& fact, const When& when) {
  Job* job = find_in(bit(JobState::kScheduled), fact.job, "becomes ready", when);
  if (job == nullptr) return;
  judge_due(*job, when);
  if (job->keep_order && job->order) {
    if (fact.order != job->order) {
      ledger_.violations.add("order", "{}: returns to place {}, its place was {}",
                             ledger_.describe(*job, when), fact.order.value(), job->order.value());
    }
  } else {
    new_order(*job, fact.order, when);
  }
  job->order = fact.order;
  enter(*job, JobState::kReady, when);
}

void Lifecycle::on(const Lease& fact, const When& when) {
  ++ledger_.figures.leases;
  Job* job = find_in(bit(JobState::kReady), fact.job, "is leased", when);
  if (job == nullptr) return;
  judge_turn(*job, when);
  judge_lease(*job, fact, when);
  begin_attempt(*job, fact, when);
  enter(*job, JobState::kRunning, when);
}

// It is the first of its lane, and its queue gives anything at all.
void Lifecycle::judge_turn(const Job& job, const When& when) {
  const uint32_t queue = ledger_.names.lane(job.lane).queue;
  if (ledger_.queue(queue).paused) {
    ledger_.violations.add("paused", "{}: leased from queue {}, which is paused",
                           ledger_.describe(job, when), ledger_.names.queue(queue));
  }
  const Job* head = ledger_.lanes.head(job.lane, ledger_.jobs);
  if (head == &job || head == nullptr) return;
  if (head->priority == job.priority && head->order == job.order) return;
  ledger_.violations.add("order", "{}: leased at ({}, {}), before job {} at ({}, {}) of {}",
                         ledger_.describe(job, when), job.priority, job.order.value(),
                         ledger_.id(*head), head->priority, head->order.value(),
                         ledger_.names.describe_lane(job.lane));
}

void Lifecycle::judge_lease(const Job& job, const Lease& fact, const When& when) {
  Violations& violations = ledger_.violations;
  if (job.cancel_requested) {
    violations.add("cancel", "{}: leased again, and was to be cancelled",
                   ledger_.describe(job, when));
  }
  if (fact.registered) {
    if (!ledger_.sessions.is_registered(fact.holder, when)) {
      violations.add("session", "{}: leased to {}, which has not registered",
                     ledger_.describe(job, when), ledger_.names.describe_holder(fact.holder));
    } else if (!ledger_.sessions.gives(fact.holder, fact.length)) {
      violations.add("lease-length", "{}: leased for {} ms, which is not its session's ttl",
                     ledger_.describe(job, when), fact.length.ms());
    }
    return;
  }
  if (fact.tokenless && !ledger_.names.lane(job.lane).timed) {
    violations.add("lane", "{}: given to a plain worker, and has no duration",
                   ledger_.describe(job, when));
  }
  const Duration plain = std::max(limits::kUnregisteredLease, job.duration * 2);
  const bool as_documented =
      fact.tokenless ? fact.length == plain : fact.length >= limits::kShortestLease;
  if (as_documented) return;
  violations.add("lease-length", "{}: leased for {} ms to {}, whose lease is {} ms",
                 ledger_.describe(job, when), fact.length.ms(),
                 ledger_.names.describe_holder(fact.holder), plain.ms());
}

void Lifecycle::begin_attempt(Job& job, const Lease& fact, const When& when) {
  ledger_.reports.new_lease(job, fact.token);
  job.token = fact.token;
  job.holder = fact.holder;
  job.registered = fact.registered;
  job.tokenless = fact.tokenless;
  job.lease = fact.length;
  ++job.attempts;
  job.attempted = Attempted::kRunning;
  job.leased = job.renewed = Mark::of(when.at);
  job.leased_wall = when.at.now.wall;
  job.leased_stamp = when.stamp;
  job.settled_stamp = ledger_.stamp;
  job.read_stamp = 0;
  if (const std::optional<Duration>& timeout = options_of(job).timeout) {
    job.due_from = Mark::of(when.at);
    job.due_after = *timeout + limits::kTimeoutGrace;
  }
  if (fact.registered) ledger_.sessions.takes(fact.holder, fact.token);
  ledger_.tokens.leased({fact.token, job.seq, fact.holder, job.attempts, false});
}

void Lifecycle::on(const LeaseExtended& fact, const When& when) {
  ++ledger_.figures.leases;
  Job* job = find_in(bit(JobState::kRunning), fact.job, "its lease is extended", when);
  if (job == nullptr) return;
  const bool by_session = job->registered && ledger_.sessions.gives(job->holder, fact.lease);
  if (!has(job->announced, Report::kExtend) && !by_session) {
    ledger_.violations.add("asked", "{}: its lease is extended by {} ms, which nobody asked for",
                           ledger_.describe(*job, when), fact.lease.ms());
  }
  // By a session's ttl, or as it was asked; without Details anything between the limits.
  const bool as_asked =
      by_session || (fact.lease >= job->least_extension && fact.lease <= job->most_extension);
  if (has(job->announced, Report::kExtend) && !as_asked) {
    ledger_.violations.add("lease-length",
                           "{}: its lease is extended by {} ms, asked were {} to {}",
                           ledger_.describe(*job, when), fact.lease.ms(), job->least_extension.ms(),
                           job->most_extension.ms());
  }
  job->lease = fact.lease;
  job->renewed = Mark::of(when.at);
}

void Lifecycle::on(const Completion& fact, const When& when) {
  ++ledger_.figures.leases;
  Job* job = find(fact.job, "is completed", when);
  if (job == nullptr) return;
  Violations& violations = ledger_.violations;
  if (job->state == JobState::kCompleted) {
    violations.add("one-completion", "{}: completed again under token {}",
                   ledger_.describe(*job, when), fact.token.value());
    return;
  }
  // While nobody else had the job since, a late completion counts.
  const bool holds = job->token == fact.token && (job->attempted == Attempted::kRunning ||
                                                  job->attempted == Attempted::kTakenBack);
  if (!holds || job->state == JobState::kCancelled) {
    violations.add("stale-token", "{}: completed under token {}, which does not hold it",
                   ledger_.describe(*job, when), fact.token.value());
  }
  if (!has(job->announced, Report::kComplete)) {
    violations.add("asked", "{}: completed, which nobody reported", ledger_.describe(*job, when));
  }
  if (job->follow_ups != FlatIndex::kNone) {
    ledger_.submissions.completed(job->follow_ups, !job->bare_completion);
  }
  if (job->registered && job->attempted == Attempted::kRunning) {
    ledger_.sessions.returns(job->holder, job->token);
  }
  job->attempted = Attempted::kCompleted;
  enter(*job, JobState::kCompleted, when);
}

void Lifecycle::on(const End& fact, const When& when) {
  ++ledger_.figures.leases;
  Job* job = find_in(bit(JobState::kRunning), fact.job, "its attempt ends", when);
  if (job == nullptr) return;
  if (job->token != fact.token) {
    ledger_.violations.add("stale-token", "{}: the attempt under token {} ends",
                           ledger_.describe(*job, when), fact.token.value());
  }
  if (job->state == JobState::kRunning) judge_end(ledger_, *job, fact, when);
  if (job->registered) ledger_.sessions.returns(job->holder, job->token);
  job->attempted = attempted_after(fact);
  job->fail_recorded = job->attempted == Attempted::kFailed;
  job->was_taken_back = job->attempted == Attempted::kTakenBack;
  job->timed_out = fact.outcome == Outcome::kTimedOut;
  job->was_read_and_lost = job->was_read_and_lost || (job->was_taken_back && job->read_stamp != 0);
  const bool against_losses =
      fact.outcome == Outcome::kLost || fact.outcome == Outcome::kLeaseExpired;
  if (fact.charged) ++(against_losses ? job->losses : job->failures);
  job->keep_order = fact.keep_order;
  job->reason = fact.reason;
  switch (fact.after) {
    case After::kReady:
      return enter(*job, JobState::kReady, when);
    case After::kScheduled:
      job->due_from = Mark::of(when.at);
      job->due_after = job->pause = fact.due_at - when.at.now.wall;
      job->due_wall = fact.due_at;
      return enter(*job, JobState::kScheduled, when);
    case After::kDead:
      return enter(*job, JobState::kDead, when);
    case After::kCancelled:
      return enter(*job, JobState::kCancelled, when);
  }
}

void Lifecycle::on(const Evidence& fact, const When& when) {
  Job* job = find(fact.job, "gets evidence", when);
  if (job == nullptr) return;
  if (job->token != fact.token || job->attempted != Attempted::kTakenBack) {
    ledger_.violations.add("stale-token",
                           "{}: evidence of token {}, whose attempt was not taken back",
                           ledger_.describe(*job, when), fact.token.value());
  } else if (!has(job->announced, Report::kFail)) {
    ledger_.violations.add("asked", "{}: evidence that nobody reported",
                           ledger_.describe(*job, when));
  } else if (job->fail_recorded) {
    ledger_.violations.add("duplicate", "{}: the same failure is recorded again",
                           ledger_.describe(*job, when));
  }
  job->fail_recorded = true;
}

}  // namespace muster::sim
