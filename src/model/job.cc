#include "model/job.h"

#include <array>

#include "base/hash.h"

namespace muster {
namespace {

constexpr std::array<std::string_view, 7> kStateNames = {
    "", "scheduled", "ready", "running", "completed", "dead", "cancelled"};
constexpr std::array<std::string_view, 5> kReasonNames = {"", "delay", "run_at", "retry",
                                                          "release"};
constexpr std::array<std::string_view, 10> kOutcomeNames = {
    "",         "completed",   "failed",    "timed_out", "worker_lost", "lease_expired",
    "released", "undelivered", "cancelled", "deadline"};
constexpr std::array<std::string_view, 5> kDeathNames = {"", "attempts", "worker_lost",
                                                         "not_retryable", "deadline"};

class Hasher {
 public:
  void add(uint64_t word) { hash_ = mix64(hash_, word); }
  void add(std::string_view bytes) { hash_ = hash64(bytes, hash_); }
  void add(std::optional<int32_t> value) {
    add(value ? static_cast<uint64_t>(*value) << 1 | 1 : 0);
  }
  void add_ms(int64_t ms) { add(static_cast<uint64_t>(ms)); }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0;
};

void add_options(Hasher& hasher, const JobOptions& options) {
  hasher.add(options.retry.max_attempts);
  hasher.add_ms(options.retry.backoff.ms());
  hasher.add(options.retry.factor_milli);
  hasher.add_ms(options.retry.cap.ms());
  hasher.add(options.retry.jitter_milli);
  hasher.add(options.max_lost);
  hasher.add_ms(options.timeout ? options.timeout->ms() : -1);
  hasher.add_ms(options.deadline ? options.deadline->ms() : -1);
  hasher.add_ms(options.result_ttl ? options.result_ttl->ms() : -1);
}

void add_history(Hasher& hasher, const JobHistory& history) {
  hasher.add(history.result);
  for (const Attempt& attempt : history.attempts) {
    hasher.add(attempt.number);
    hasher.add(attempt.token.value());
    hasher.add(attempt.worker);
    hasher.add_ms(attempt.started_at.ms());
    hasher.add_ms(attempt.ended_at.ms());
    hasher.add(static_cast<uint64_t>(attempt.outcome) << 1 | (attempt.charged ? 1U : 0U));
    hasher.add(attempt.error.error_class);
    hasher.add(attempt.error.message);
    hasher.add(attempt.error.trace);
    hasher.add(attempt.error.exit_code);
    hasher.add(attempt.error.signal);
  }
}

}  // namespace

std::string_view name(JobState state) { return kStateNames[static_cast<size_t>(state)]; }
std::string_view name(ScheduleReason reason) { return kReasonNames[static_cast<size_t>(reason)]; }
std::string_view name(Outcome outcome) { return kOutcomeNames[static_cast<size_t>(outcome)]; }
std::string_view name(DeathReason reason) { return kDeathNames[static_cast<size_t>(reason)]; }

std::optional<JobState> job_state_from(std::string_view state_name) {
  for (size_t i = 1; i < kStateNames.size(); ++i) {
    if (kStateNames[i] == state_name) return static_cast<JobState>(i);
  }
  return std::nullopt;
}

uint64_t hash_of(const JobRecord& job) {
  Hasher hasher;
  hasher.add(job.seq.value());
  hasher.add(job.order.value());
  hasher.add(job.token.value());
  hasher.add(job.id());
  hasher.add(job.body());
  hasher.add(
      static_cast<uint64_t>(job.state) << 32 | static_cast<uint64_t>(job.schedule_reason) << 24 |
      static_cast<uint64_t>(job.death_reason) << 16 | (job.tokenless ? 8U : 0U) |
      (job.named ? 4U : 0U) | (job.cancel_requested ? 2U : 0U) | (job.lease_by_session ? 1U : 0U));
  hasher.add(job.priority);
  hasher.add(job.attempts);
  hasher.add(job.failures);
  hasher.add(job.losses);
  hasher.add(job.fingerprint);
  hasher.add_ms(job.duration.ms());
  hasher.add_ms(job.lease.ms());
  hasher.add_ms(job.submitted_at.ms());
  hasher.add_ms(job.due_at.ms());
  hasher.add_ms(job.started_at.ms());
  hasher.add_ms(job.ended_at.ms());
  hasher.add(job.lane->queue);
  hasher.add(job.lane->job_type);
  hasher.add(job.lane->timed ? 1U : 0U);
  add_options(hasher, *job.options);
  if (job.worker) {
    hasher.add(job.worker->id);
    hasher.add(job.worker->instance);
  }
  if (job.history) add_history(hasher, *job.history);
  return hasher.hash();
}

}  // namespace muster
