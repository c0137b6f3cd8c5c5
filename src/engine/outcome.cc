// Outcomes: how attempts end, by a worker's report or by being taken back, and what becomes of the
// job.
#include <algorithm>
#include <string>
#include <utility>

#include "base/hash.h"
#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {

// Completes one job, or says why not. A completion in time or late both count, while nobody else
// has it.
std::optional<Error> Engine::Impl::complete(const CompleteItem& item, bool* duplicate) {
  Judgement judgement = judge(item.ref);
  switch (judgement.standing) {
    case Standing::kRunning:
    case Standing::kExpired:
      emit(*judgement.slot,
           JobCompleted{judgement.slot->job.seq, judgement.slot->job.token, item.result, wall_});
      return std::nullopt;
    case Standing::kCompleted:
      *duplicate = true;
      return std::nullopt;
    case Standing::kUnknownJob:
    case Standing::kRefused:
    case Standing::kReported:
    case Standing::kCancelled:
      break;
  }
  return std::move(judgement.error);
}

void Engine::Impl::on(const CompleteJobs& command) {
  if (command.batch) {
    std::vector<ItemResult> results;
    results.reserve(command.items.size());
    for (const CompleteItem& item : command.items) {
      ItemResult result;
      result.job_id = item.ref.job_id;
      result.error = complete(item, &result.duplicate);
      results.push_back(std::move(result));
    }
    answer(DoneBatch{results});
    return;
  }
  // Follow-ups are checked before anything happens: an invalid one leaves the job running.
  const CompleteItem& item = command.items.front();
  if (auto error = refusal_of_all(command.follow_ups)) {
    error->message = "submit: " + error->message;
    return refuse(std::move(*error), item.ref.job_id);
  }
  bool duplicate = false;
  if (auto error = complete(item, &duplicate)) return refuse(std::move(*error), item.ref.job_id);
  std::vector<std::string_view> follow_ups;
  for (const SubmitItem& follow_up : command.follow_ups) {
    if (duplicate && !MUSTER_MUTANT(follow_ups_twice))
      break;  // they were submitted with the first completion
    bool known = false;
    const auto refused = refusal(follow_up.job, &known);
    CHECK(!refused, "follow-up checked and then refused: {}", refused->message);
    follow_ups.push_back(known ? follow_up.job.id : submit(follow_up.job));
  }
  answer_done(command, duplicate, follow_ups);
}

// The answer to one completion, with the next job when it was asked for.
void Engine::Impl::answer_done(const CompleteJobs& command, bool duplicate,
                               std::span<const std::string_view> follow_ups) {
  const LeaseRef& ref = command.items.front().ref;
  Done done;
  done.item = {ref.job_id, duplicate, {}, {}};
  done.plain = command.plain;
  done.has_next = command.next_wait.has_value();
  done.follow_ups = follow_ups;
  if (!done.has_next) return answer(done);

  // Others may have waited for longer for what this completion brought.
  serve_woken();
  const std::optional<Taker> taker = next_taker(ref);
  if (!taker) return answer(done);
  if (taker->session != nullptr) heard_from(*taker->session);
  // From where its worker takes jobs: its session's queues, else the job's own.
  const std::string_view queue = state_.find(ref.job_id)->job.lane->queue;
  Wanted wanted;
  if (taker->session != nullptr) wanted = taker->session->selection.view();
  if (wanted.queues.empty()) wanted.queues = {&queue, 1};
  wanted.timed_only = taker->session == nullptr;
  take(wanted, *taker, 1);
  if (!taken_.empty()) done.next = &taken_.front()->job;
  if (done.next != nullptr || *command.next_wait <= Duration()) return answer(done);

  Waiter waiter;
  waiter.kind = Waiter::Kind::kNext;
  waiter.to = from_;
  waiter.selection = OwnedSelection(wanted);
  waiter.worker_id = taker->worker_id;
  waiter.session = taker->session;
  waiter.deadline = steady_ + *command.next_wait;
  waiter.completed_id = ref.job_id;
  waiter.duplicate = duplicate;
  waiter.follow_ups.assign(follow_ups.begin(), follow_ups.end());
  add_waiter(std::move(waiter));
}

// Who gets the next job after this completion. Its worker's session counts if this connection
// speaks for it, or if the job was leased to that very process; another process may have the name
// by now. None: the session is lost, and gets nothing before it registers again.
std::optional<Taker> Engine::Impl::next_taker(const LeaseRef& ref) {
  const JobRecord& job = state_.find(ref.job_id)->job;
  Taker taker;
  taker.worker_id = job.worker->id;
  const auto connection = volatile_.connections.find(from_.connection);
  Session* session = session_of(taker.worker_id);
  const bool speaks_for_it =
      connection != volatile_.connections.end() && connection->second.session == session;
  if (session != nullptr && (speaks_for_it || MUSTER_MUTANT(next_for_anybody) ||
                             job.worker->instance == session->identity->instance)) {
    taker.session = session;
  }
  if (taker.session == nullptr && job.lease_by_session) return std::nullopt;
  return taker;
}

void Engine::Impl::answer_outcome(const LeaseRef& ref, bool duplicate) {
  Done done;
  done.item = {ref.job_id, duplicate, {}, {}};
  if (const Slot* slot = state_.find(ref.job_id)) done.item.state = name(slot->job.state);
  answer(done);
}

// Charges a failure, and decides between another attempt and death.
void Engine::Impl::fail(Slot& slot, AttemptEnded ended, bool retryable,
                        std::optional<Duration> retry_after) {
  ended.charged = true;
  const uint32_t failures = slot.job.failures + (MUSTER_MUTANT(one_attempt_too_many) ? 0 : 1);
  if (!retryable || failures >= slot.job.options->retry.max_attempts) {
    ended.after = After::kDead;
    ended.death = retryable ? DeathReason::kAttempts : DeathReason::kNotRetryable;
  } else {
    ended.after = After::kScheduled;
    ended.reason = ScheduleReason::kRetry;
    ended.keep_order =
        ended.outcome == Outcome::kTimedOut && !MUSTER_MUTANT(timeout_loses_its_place);
    ended.due_at = wall_ + retry_after.value_or(backoff(slot.job));
  }
  end_attempt(slot, std::move(ended));
}

void Engine::Impl::on(const FailJob& command) {
  Judgement judgement = judge(command.ref);
  Slot* slot = judgement.slot;
  switch (judgement.standing) {
    case Standing::kRunning: {
      AttemptEnded ended;
      ended.outcome = command.timed_out ? Outcome::kTimedOut : Outcome::kFailed;
      ended.error = command.error;
      ended.result = command.result;
      fail(*slot, std::move(ended), command.retryable, command.retry_after);
      return answer_outcome(command.ref, false);
    }
    case Standing::kExpired:  // evidence, and no second charge
      if (slot->job.history->attempts.back().error == command.error) {
        return answer_outcome(command.ref, true);
      }
      emit(*slot, EvidenceAdded{slot->job.seq, slot->job.token, command.error});
      return answer_outcome(command.ref, false);
    case Standing::kReported:
      if (slot->job.history->attempts.back().outcome != Outcome::kFailed) break;
      return answer_outcome(command.ref, true);
    case Standing::kCancelled:
      return answer_outcome(command.ref, true);
    case Standing::kUnknownJob:
    case Standing::kRefused:
    case Standing::kCompleted:
      break;
  }
  refuse(std::move(judgement.error), command.ref.job_id);
}

void Engine::Impl::on(const ReleaseJob& command) {
  Judgement judgement = judge(command.ref);
  Slot* slot = judgement.slot;
  switch (judgement.standing) {
    case Standing::kRunning: {
      AttemptEnded ended;
      ended.outcome = Outcome::kReleased;
      if (command.delay > Duration()) {
        ended.after = After::kScheduled;
        ended.reason = ScheduleReason::kRelease;
        ended.keep_order = false;
        ended.due_at = wall_ + command.delay;
      }
      end_attempt(*slot, std::move(ended));
      return answer_outcome(command.ref, false);
    }
    case Standing::kExpired:  // it is back already
    case Standing::kCancelled:
      return answer_outcome(command.ref, true);
    case Standing::kReported:
      if (slot->job.history->attempts.back().outcome == Outcome::kFailed) break;
      return answer_outcome(command.ref, true);
    case Standing::kUnknownJob:
    case Standing::kRefused:
    case Standing::kCompleted:
      break;
  }
  refuse(std::move(judgement.error), command.ref.job_id);
}

void Engine::Impl::on(const ExtendJob& command) {
  Judgement judgement = judge(command.ref);
  if (judgement.standing != Standing::kRunning) {
    return refuse(std::move(judgement.error), command.ref.job_id);
  }
  Slot& slot = *judgement.slot;
  if (slot.job.lease_by_session) {
    heard_from(volatile_.sessions.find(slot.job.worker->id)->second);
  } else {
    slot.renewed = steady_;
    emit(slot, LeaseExtended{slot.job.seq, command.lease});
  }
  answer(Extended{command.ref.job_id, slot.job.lease});
}

// Ends the running attempt. `ended` says how, and what becomes of the job unless a cancel or the
// job's deadline says otherwise.
void Engine::Impl::end_attempt(Slot& slot, AttemptEnded ended) {
  const JobRecord& job = slot.job;
  ended.job = job.seq;
  ended.token = job.token;
  ended.at = wall_;
  const bool lost = ended.outcome == Outcome::kLost;
  if (job.cancel_requested && !(lost && MUSTER_MUTANT(cancel_forgotten_with_its_worker))) {
    if (ended.outcome == Outcome::kFailed || ended.outcome == Outcome::kReleased) {
      ended.outcome = Outcome::kCancelled;
    }
    ended.charged = false;
    ended.after = After::kCancelled;
  } else if (ended.after != After::kDead && too_late(slot)) {
    ended.after = After::kDead;
    ended.death = DeathReason::kDeadline;
  }
  emit(slot, ended);
}

// Takes a job back from a worker that is lost or late. `charged`: the attempt had begun.
void Engine::Impl::lose(Slot& slot, Outcome outcome, bool charged) {
  AttemptEnded ended;
  ended.outcome = outcome;
  ended.charged = charged;
  if (charged && slot.job.losses + 1 >= slot.job.options->max_lost &&
      !MUSTER_MUTANT(lost_for_ever)) {
    ended.after = After::kDead;
    ended.death = DeathReason::kLost;
  }
  const JobSeq job = slot.job.seq;
  end_attempt(slot, std::move(ended));
  if (MUSTER_MUTANT(lost_job_vanishes)) remove_jobs({&job, 1});
}

// Ends an attempt that ran longer than its timeout; retried like a failure, but at its old place.
void Engine::Impl::time_out(Slot& slot) {
  AttemptEnded ended;
  ended.outcome = Outcome::kTimedOut;
  fail(slot, std::move(ended), true, std::nullopt);
}

void Engine::Impl::revoke(const Slot& slot) {
  if (!slot.job.lease_by_session) return;
  const auto session = volatile_.sessions.find(slot.job.worker->id);
  CHECK(session != volatile_.sessions.end(), "no session holds job {}", slot.job.seq.value());
  auto& revoked = session->second.revoked;
  revoked.emplace_back(slot.job.id(), slot.job.token);
  if (revoked.size() > limits::kRevokedKept) revoked.pop_front();  // its report is refused anyway
  tell_cancel(slot);
}

void Engine::Impl::tell_cancel(const Slot& slot) {
  if (!slot.job.lease_by_session) return;
  const Session& session = volatile_.sessions.find(slot.job.worker->id)->second;
  if (!session.notify) return;
  output_->push(session.notify, PushedCancel{session.notify_sub, slot.job.id(), slot.job.token});
}

// The pause before the next attempt: backoff × factor^(failures), capped, and ± jitter, which is a
// hash of job and attempt and so the same when replayed.
Duration Engine::Impl::backoff(const JobRecord& job) const {
  const RetryPolicy& policy = job.options->retry;
  const Duration cap = MUSTER_MUTANT(backoff_without_cap) ? Duration::max() : policy.cap;
  Duration delay = policy.backoff;
  for (uint32_t failure = 0; failure < job.failures && delay < policy.cap; ++failure) {
    const Duration grown = delay * policy.factor_milli / 1000;
    if (grown == delay) break;
    delay = grown;
  }
  delay = std::min(delay, cap);
  const int64_t spread = (delay * policy.jitter_milli / 1000).ms();
  if (spread > 0) {
    const uint64_t roll =
        mix64(job.seq.value(), job.attempts) % (2 * static_cast<uint64_t>(spread) + 1);
    delay = delay + Duration::milliseconds(static_cast<int64_t>(roll) - spread);
  }
  return std::min(delay, cap);
}

}  // namespace muster::engine
