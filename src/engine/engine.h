// Engine: the queue itself, pure. handle() decides and reports events, answers and pushes to an
// Output; apply() is the only code that changes durable state, live and in recovery alike. One
// thread, no I/O, no clock, no randomness, no locks, no logging.
//
// Life: construct → restore_* with what the store holds → finish_restore() → apply() the journal's
// tail → start(now) → handle() from then on.
#pragma once

#include <cstdint>
#include <memory>

#include "engine/output.h"
#include "model/checkpoint.h"
#include "model/command.h"
#include "model/event.h"
#include "model/ids.h"

namespace muster::engine {

struct EngineConfig {
  size_t finished_kept = limits::kFinishedKept;  // completed and cancelled jobs
  Duration finished_age = limits::kFinishedAge;
  size_t dead_kept = limits::kDeadKept;
  Duration dead_age = limits::kDeadAge;
  size_t ids_remembered = limits::kIdsRemembered;
  Duration ids_remembered_age = limits::kIdsRememberedAge;
  size_t answer_bytes = limits::kAnswerLine;
  size_t queues = limits::kQueues;
  LeaseToken first_token{1};  // `memory` durability begins at wall milliseconds × 2^10
};

class Engine {
 public:
  explicit Engine(const EngineConfig& config);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Recovery, in any order; then finish_restore(), also when there was nothing to restore.
  void restore_job(JobRecord job);
  void restore_queue(QueueRecord queue);
  void restore_remembered(const RememberedChunk& chunk);  // in order of number
  void restore_marks(const Marks& marks);
  void finish_restore();

  // Changes durable state. In recovery: called with the journal's events in order, from applied()
  // + 1.
  void apply(Sequence sequence, const Event& event);

  // Ends recovery: live leases get a full term from now, delays continue with what is left.
  void start(Now now);

  // Decides. `now.steady` that leaps more than limits::kSteadyPerTurn ages nothing by the excess.
  // No command of a connection may follow its ConnectionClosed.
  void handle(ReplyTo from, const Command& command, Now now, Output& output);

  // When handle(Tick) should come next: a point of the outside's steady clock, the earlier of the
  // two.
  struct Wakeup {
    Instant steady = Instant::max();  // in the clock of the `now` of the last handle()
    WallTime wall = WallTime::max();  // for run_at
  };
  Wakeup next_wakeup() const;

  Sequence applied() const;     // the last event
  uint64_t live_jobs() const;   // all that are not removed
  uint64_t text_bytes() const;  // ids and bodies of all jobs that are kept

  // Checkpoints: capture() takes what changed since the last one, merge_back() returns an image
  // that could not be written. At most one image is out at a time.
  size_t dirty_jobs() const;
  CheckpointImage capture();
  void merge_back(CheckpointImage image);

  // A hash of all durable state: equal live and replayed.
  uint64_t state_hash() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace muster::engine
