// CheckpointImage: everything `apply` can have changed since the last checkpoint, copied on the
// loop thread and written by another. The store turns one image into one atomic write.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/counters.h"
#include "model/ids.h"
#include "model/job.h"

namespace muster {

// Where the store keeps a job's header: waiting jobs by (lane, priority, order), others by
// sequence.
struct StoredPosition {
  enum class Kind : uint8_t { kNone = 0, kWaiting = 1, kOther = 2 };
  Kind kind = Kind::kNone;
  uint32_t priority = 0;
  OrderSeq order;
  bool operator==(const StoredPosition&) const = default;

  static StoredPosition of(const JobRecord& job) {
    if (job.state != JobState::kReady) return {Kind::kOther, 0, {}};
    return {Kind::kWaiting, job.priority, job.order};
  }
};

struct CheckpointJob {
  JobRecord record;
  StoredPosition previous;  // kNone: the store has neither header nor body yet
};

struct CheckpointRemoval {
  JobSeq job;
  std::shared_ptr<const LaneName> lane;
  StoredPosition previous;  // never kNone
};

// An id that a client gave, of a job that was removed: hashes of both, and when it was removed.
struct RememberedId {
  uint64_t id_hash = 0;
  uint64_t fingerprint = 0;
  WallTime removed_at;
  bool operator==(const RememberedId&) const = default;
};

// Remembered ids are numbered from 0 in order of removal and stored kIdsPerChunk to a key.
struct RememberedChunk {
  uint64_t number = 0;  // holds ids [number × kIdsPerChunk, …)
  std::vector<RememberedId> ids;
};

// Marks and totals that belong to no job.
struct Marks {
  Sequence applied;  // the last event contained
  JobSeq next_job{1};
  OrderSeq next_order{1};
  LeaseToken tokens_end{1};       // reserved: a restart begins here
  uint64_t first_remembered = 0;  // numbers of the remembered ids: [first, end)
  uint64_t end_remembered = 0;
  bool operator==(const Marks&) const = default;
};

struct CheckpointImage {
  Marks marks;
  std::vector<CheckpointJob> jobs;
  std::vector<CheckpointRemoval> removals;
  std::vector<QueueRecord> queues;      // all that changed
  std::vector<RememberedChunk> chunks;  // those that changed, whole
  uint64_t first_chunk = 0;             // lower ones may go
};

}  // namespace muster
