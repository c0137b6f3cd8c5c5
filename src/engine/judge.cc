// Judging: where a report about an attempt stands. This is the outcome table of
// docs/job_lifecycle.md, token × state; what each verb then does stands in outcome.cc.
#include <string>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {
namespace {

// Whether this end of an attempt was decided by the server, so that the worker's own word may still
// come.
bool taken_back(Outcome outcome) {
  return outcome == Outcome::kLost || outcome == Outcome::kLeaseExpired ||
         outcome == Outcome::kTimedOut || outcome == Outcome::kDeadline ||
         outcome == Outcome::kUndelivered;
}

Error lease_lost(const Slot& slot, std::string why) {
  return {ErrorCode::kLeaseLost,
          std::move(why) + "; the job is " + std::string(name(slot.job.state)) +
              ", nothing was changed",
          {}};
}

const Attempt* newest_attempt(const JobRecord& job) {
  if (job.history == nullptr || job.history->attempts.empty()) return nullptr;
  const Attempt& attempt = job.history->attempts.back();
  return attempt.token == job.token ? &attempt : nullptr;
}

// Without a token only the holder of a lease that was given out without one may report.
std::optional<Error> refusal_without_token(const Slot& slot, std::string_view worker_id) {
  const JobRecord& job = slot.job;
  if (!job.token) return lease_lost(slot, "lease: the job was never given out");
  if (!job.tokenless) {
    return Error{
        ErrorCode::kBadRequest, "lease: expected the number that came with the assignment", {}};
  }
  const Attempt* attempt = newest_attempt(job);
  const std::string_view holder = attempt != nullptr      ? std::string_view(attempt->worker)
                                  : job.worker != nullptr ? std::string_view(job.worker->id)
                                                          : std::string_view();
  if (holder == worker_id || MUSTER_MUTANT(tokenless_by_anybody)) return std::nullopt;
  return lease_lost(slot, "worker_id: another worker has the job");
}

}  // namespace

Engine::Impl::Judgement Engine::Impl::judge(const LeaseRef& ref) const {
  Judgement judgement;
  judgement.slot = state_.find(ref.job_id);
  if (judgement.slot == nullptr) {
    judgement.standing = Standing::kUnknownJob;
    judgement.error = {ErrorCode::kNotFound, "job_id: no such job (any more)", {}};
    return judgement;
  }
  const JobRecord& job = judgement.slot->job;
  if (!ref.lease) {
    if (auto error = refusal_without_token(*judgement.slot, ref.worker_id)) {
      judgement.error = std::move(*error);
      return judgement;
    }
  } else if (*ref.lease != job.token && !MUSTER_MUTANT(stale_token_accepted)) {
    judgement.error = lease_lost(*judgement.slot, "lease: not the newest of this job");
    return judgement;
  }
  const Attempt* attempt = newest_attempt(job);
  if (job.state == JobState::kRunning) {
    judgement.standing = Standing::kRunning;
  } else if (job.state == JobState::kCompleted) {
    judgement.standing = Standing::kCompleted;
  } else if (job.state == JobState::kCancelled) {
    judgement.standing = Standing::kCancelled;
  } else if (attempt != nullptr &&
             (taken_back(attempt->outcome) || MUSTER_MUTANT(own_failure_taken_back))) {
    judgement.standing = Standing::kExpired;
  } else if (attempt != nullptr) {
    judgement.standing = Standing::kReported;
  } else {
    judgement.error = lease_lost(*judgement.slot, "lease: the job was never given out");
    return judgement;
  }
  judgement.error = lease_lost(*judgement.slot, "this attempt has ended");
  return judgement;
}

}  // namespace muster::engine
