// Fact: an event as the checkers keep it until it is settled. Owned: events are views. Texts that
// recur (queues, lanes, holders) are numbers of Names; ids and contents are hashes.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/event.h"
#include "model/ids.h"
#include "model/job.h"

namespace muster::sim {

struct NewJob {
  JobSeq job;
  OrderSeq order;
  std::string id;
  uint64_t id_key = 0;
  uint64_t content = 0;  // content_of() its spec
  uint64_t asked = 0;    // everything_of() its spec
  uint32_t lane = 0;
  uint32_t priority = 0;
  Duration delay;
  std::optional<WallTime> run_at;
  std::optional<Duration> duration;
  std::unique_ptr<JobOptions> options;  // null: the defaults
  bool named = false;
  WallTime at;
  WallTime due_at;
};

struct Lease {
  JobSeq job;
  LeaseToken token;
  uint32_t holder = 0;
  Duration length;
  bool registered = false;
  bool tokenless = false;
};

struct Completion {
  JobSeq job;
  LeaseToken token;
};

struct End {  // AttemptEnded
  JobSeq job;
  LeaseToken token;
  Outcome outcome = Outcome::kFailed;
  After after = After::kReady;
  ScheduleReason reason = ScheduleReason::kNone;
  DeathReason death = DeathReason::kNone;
  bool charged = false;
  bool keep_order = true;
  WallTime due_at;
};

struct Evidence {
  JobSeq job;
  LeaseToken token;
};

struct Removal {
  std::vector<JobSeq> jobs;
};

struct Pause {
  uint32_t queue = 0;
  bool paused = false;
};

using Fact =
    std::variant<NewJob, JobReady, Lease, LeaseExtended, Completion, End, Evidence, CancelRequested,
                 JobCancelled, JobDied, JobRequeued, Removal, Pause, TokensReserved>;

class Names;

Fact fact_of(const Event& event, Names& names);

// The wall time that the event carries, if its kind has one.
std::optional<WallTime> time_of(const Event& event);

// A hash of all that a spec asks, content included; its id and fingerprint are not part of it.
uint64_t everything_of(const JobSpec& job, uint64_t content);

}  // namespace muster::sim
