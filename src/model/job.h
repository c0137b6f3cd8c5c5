// Job: what a client asked for (JobSpec), and everything durable that Muster knows of it
// (JobRecord).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_bytes.h"
#include "base/time.h"
#include "model/ids.h"
#include "model/limits.h"

namespace muster {

// Stored on disk by value: never renumber.
enum class JobState : uint8_t {
  kScheduled = 1,  // due later; ScheduleReason says why
  kReady = 2,      // may run now
  kRunning = 3,    // leased to one worker under one token
  kCompleted = 4,
  kDead = 5,  // gave up; evidence kept
  kCancelled = 6,
};
std::string_view name(JobState state);
std::optional<JobState> job_state_from(std::string_view name);
constexpr bool is_terminal(JobState state) { return state >= JobState::kCompleted; }

enum class ScheduleReason : uint8_t { kNone = 0, kDelay = 1, kRunAt = 2, kRetry = 3, kRelease = 4 };
std::string_view name(ScheduleReason reason);

// How one attempt ended.
enum class Outcome : uint8_t {
  kCompleted = 1,
  kFailed = 2,
  kTimedOut = 3,      // the attempt ran longer than timeout_ms
  kLost = 4,          // its worker went silent, closed or was replaced
  kLeaseExpired = 5,  // an unregistered worker did not report in time
  kReleased = 6,      // handed back unfinished
  kUndelivered = 7,   // the assignment never reached the worker
  kCancelled = 8,
  kDeadline = 9,  // the job's deadline passed while it ran
};
std::string_view name(Outcome outcome);

enum class DeathReason : uint8_t {
  kNone = 0,
  kAttempts = 1,      // max_attempts used
  kLost = 2,          // max_lost used
  kNotRetryable = 3,  // the worker said so
  kDeadline = 4,
};
std::string_view name(DeathReason reason);

struct RetryPolicy {
  uint32_t max_attempts = limits::kDefaultMaxAttempts;
  Duration backoff = limits::kDefaultBackoff;
  uint32_t factor_milli = limits::kDefaultFactorMilli;
  Duration cap = limits::kDefaultBackoffCap;
  uint32_t jitter_milli = limits::kDefaultJitterMilli;
  bool operator==(const RetryPolicy&) const = default;
};

// What most jobs leave at its default.
struct JobOptions {
  RetryPolicy retry;
  uint32_t max_lost = limits::kDefaultMaxLost;
  std::optional<Duration> timeout;     // per attempt
  std::optional<WallTime> deadline;    // over all attempts
  std::optional<Duration> result_ttl;  // removed so long after it ended
  bool operator==(const JobOptions&) const = default;
};

// A job as submitted and checked for form. Views point into the request; `body` holds the JSON
// members that the engine only carries
// (`"duration":5,"command":[…],"payload":…,"tags":…,"trace":…`): in this order, `duration` first
// when there is one, each value byte for byte as sent, no leading or trailing comma.
struct JobSpec {
  std::string_view id;  // empty: the server names it j-<n>
  std::string_view queue = "default";
  std::string_view job_type;
  uint32_t priority = limits::kDefaultPriority;
  Duration delay;                  // 0: none
  std::optional<WallTime> run_at;  // excludes delay
  JobOptions options;
  std::optional<Duration> duration;  // of `sleep` jobs and the class project's
  uint64_t fingerprint = 0;          // of the fields as sent, independent of their order
  std::string_view body;
};

// A lane's name: jobs of one lane are alike for everything but priority and order.
struct LaneName {
  std::string queue;
  std::string job_type;
  bool timed = false;  // has a `duration`: what unregistered workers may run
  auto operator<=>(const LaneName&) const = default;
};

// Which process holds a lease. `instance` is empty for unregistered workers.
struct WorkerIdentity {
  std::string id;
  std::string instance;
  auto operator<=>(const WorkerIdentity&) const = default;
};

// What a worker says about a failure; cut to the limits.
struct AttemptError {
  std::string error_class;
  std::string message;
  std::string trace;
  std::optional<int32_t> exit_code;
  std::optional<int32_t> signal;
  bool operator==(const AttemptError&) const = default;
};

// Evidence of one attempt.
struct Attempt {
  uint32_t number = 0;  // from 1
  LeaseToken token;
  std::string worker;
  WallTime started_at;
  WallTime ended_at;
  Outcome outcome = Outcome::kCompleted;
  bool charged =
      false;  // against max_attempts (failed, timed out) or max_lost (lost, lease expired)
  AttemptError error;
  bool operator==(const Attempt&) const = default;
};

// Attempts that did not complete (the first kEvidenceHead and the last kEvidenceTail of them; the
// one that completed stands in the record itself), and the newest result (raw JSON).
struct JobHistory {
  std::vector<Attempt> attempts;
  std::string result;  // empty: none
  bool operator==(const JobHistory&) const = default;
};

// Everything durable about one job. Copies are cheap: what is large is shared and immutable.
struct JobRecord {
  JobSeq seq;
  OrderSeq order;    // given when it first becomes ready
  LeaseToken token;  // the newest ever given for this job
  SharedBytes text;  // the id, then the body
  uint8_t id_size = 0;
  bool named = false;  // by the client
  JobState state = JobState::kScheduled;
  ScheduleReason schedule_reason = ScheduleReason::kNone;
  DeathReason death_reason = DeathReason::kNone;
  bool cancel_requested = false;
  bool lease_by_session = false;  // renewed by heartbeats; otherwise timed from its start
  bool tokenless = false;  // newest lease given out without its token (class project's messages)
  uint32_t priority = limits::kDefaultPriority;
  uint32_t attempts = 0;  // leases given, returned and released ones included
  uint32_t failures = 0;  // charged against max_attempts
  uint32_t losses = 0;    // charged against max_lost
  uint64_t fingerprint = 0;
  Duration duration;  // meaningful when lane->timed
  Duration lease;     // length of the running lease
  WallTime submitted_at;
  WallTime due_at;      // scheduled: when
  WallTime started_at;  // running: this attempt; ended: the last one
  WallTime ended_at;    // terminal: when
  std::shared_ptr<const LaneName> lane;
  std::shared_ptr<const JobOptions> options;     // never null; defaults are shared
  std::shared_ptr<const WorkerIdentity> worker;  // running or completed: who; otherwise null
  std::shared_ptr<const JobHistory> history;     // null: no result, and no attempt went wrong

  std::string_view id() const { return text.view().substr(0, id_size); }
  std::string_view body() const { return text.view().substr(id_size); }
};

// A hash over every durable field; equal records have equal hashes on every machine.
uint64_t hash_of(const JobRecord& job);

static_assert(limits::kIdBytes <= UINT8_MAX);

}  // namespace muster
