// Event: what happened. The journal keeps events, and Engine::apply(event) is the only code that
// changes durable state, live and in recovery alike. Events carry wall times and lengths, never
// steady instants. Like commands they are views, into the command that caused them or the record
// they were read from.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "model/ids.h"
#include "model/job.h"

namespace muster {

struct JobSubmitted {
  JobSeq job;
  OrderSeq order;  // none: scheduled
  JobSpec spec;    // spec.id is set, also when the server named it
  bool named = false;
  WallTime at;
  WallTime due_at;  // scheduled: when
};

// A scheduled job's time came. `order` is its old one where it keeps its place.
struct JobReady {
  JobSeq job;
  OrderSeq order;
};

struct JobLeased {
  JobSeq job;
  LeaseToken token;
  std::string_view worker_id;
  std::string_view instance;  // empty: unregistered, the lease is timed
  Duration lease;
  bool tokenless = false;
  WallTime at;
};

struct LeaseExtended {
  JobSeq job;
  Duration lease;
};

// The job is done, whether its lease still ran or had expired (then the charge is undone).
struct JobCompleted {
  JobSeq job;
  LeaseToken token;
  std::string_view result;
  WallTime at;
};

// What becomes of a job whose attempt ended without completing it.
enum class After : uint8_t {
  kReady = 1,      // at its old place
  kScheduled = 2,  // due_at, reason
  kDead = 3,       // death
  kCancelled = 4,  // a cancel had been requested
};

// An attempt ended without completing the job.
struct AttemptEnded {
  JobSeq job;
  LeaseToken token;
  Outcome outcome = Outcome::kFailed;
  bool charged = false;
  std::optional<AttemptError> error;
  std::string_view result;
  After after = After::kReady;
  ScheduleReason reason = ScheduleReason::kNone;
  bool keep_order = true;  // scheduled: false gets a new place when due
  DeathReason death = DeathReason::kNone;
  WallTime due_at;
  WallTime at;
};

// A late failure report of an attempt that had already been taken back: evidence, no second charge.
struct EvidenceAdded {
  JobSeq job;
  LeaseToken token;
  AttemptError error;
};

struct CancelRequested {  // of a running job; it ends when the worker reports or is lost
  JobSeq job;
};
struct JobCancelled {  // it was not running
  JobSeq job;
  WallTime at;
};
struct JobDied {  // not running; its deadline passed
  JobSeq job;
  DeathReason death = DeathReason::kDeadline;
  WallTime at;
};
struct JobRequeued {  // by request; budgets start anew
  JobSeq job;
  OrderSeq order;
  WallTime at;
};
// Retention or a delete took these jobs; the ids that clients gave are remembered.
struct JobsRemoved {
  std::span<const JobSeq> jobs;
  WallTime at;
};
struct QueuePaused {
  std::string_view queue;
  bool paused = true;
};
// Tokens below `end` may be used. Durable before the first of them is.
struct TokensReserved {
  LeaseToken end;
};

using Event = std::variant<JobSubmitted, JobReady, JobLeased, LeaseExtended, JobCompleted,
                           AttemptEnded, EvidenceAdded, CancelRequested, JobCancelled, JobDied,
                           JobRequeued, JobsRemoved, QueuePaused, TokensReserved>;

}  // namespace muster
