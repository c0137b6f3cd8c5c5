// Checkpointer: moves what the journal holds into the store, so that the journal stays short.
// Captures the engine's changes on the loop's thread, waits until the captured sequence is synced
// in the journal, writes on the background thread, then lets the journal recycle. At most one
// checkpoint is on its way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "engine/engine.h"
#include "model/checkpoint.h"
#include "model/limits.h"
#include "server/committer.h"
#include "server/executor.h"
#include "storage/store.h"

namespace muster::server {

class Checkpointer {
 public:
  // Where the microseconds of the loop's capture are read from (a clock, in the server).
  using Stopwatch = std::function<int64_t()>;

  // `store` is null with memory durability: then captures are only dropped. A checkpoint begins at
  // `dirty_jobs` changed jobs. The executor must have finished before the checkpointer dies.
  Checkpointer(engine::Engine& engine, storage::Store* store, Committer& committer,
               Executor& background, Stopwatch microseconds,
               size_t dirty_jobs = limits::kCheckpointDirtyJobs);

  // Begins, writes or finishes what is due. `wanted`: also when little has changed (a full disk, a
  // stop).
  void end_of_turn(Instant now, bool wanted);

  // When end_of_turn() should come without being called for by anything else: after a failure.
  Instant next_wakeup(Instant now) const;

  bool busy() const { return state_ != State::kIdle; }
  bool failing() const { return failing_; }  // the last one failed
  uint64_t written() const { return written_; }
  Duration longest_capture() const { return Duration::milliseconds(longest_us_ / 1000); }
  int64_t longest_capture_us() const { return longest_us_; }
  Sequence stored() const { return stored_; }  // what this process's checkpoints reach
  // Why the last one failed; none after a success. Taken once by who deals with it.
  std::optional<storage::StorageError> take_failure();

 private:
  enum class State : uint8_t { kIdle, kCaptured, kWriting };

  bool due(bool wanted) const;
  void capture();
  void write();
  void written_or_not();

  engine::Engine& engine_;
  storage::Store* const store_;
  Committer& committer_;
  Executor& executor_;
  const Stopwatch microseconds_;
  const size_t dirty_jobs_;

  State state_ = State::kIdle;
  std::shared_ptr<CheckpointImage> image_;
  std::optional<storage::StorageError> error_;  // of the write on its way
  std::optional<storage::StorageError> failure_;
  Instant now_;
  Instant not_before_;  // after a failure
  Sequence stored_;
  bool failing_ = false;
  uint64_t written_ = 0;
  int64_t longest_us_ = 0;
};

}  // namespace muster::server
