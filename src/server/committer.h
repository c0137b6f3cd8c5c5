// Committer: gathers the events of each turn into journal records and has them written, one write
// and sync in flight on the commit thread while the next batch forms. Batching grows by itself
// under load and costs nothing when idle.
//
// All calls on the loop's thread; the journal is touched only by work handed to the executor. The
// events of one command stand in one record, so that they happen together or not at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "model/event.h"
#include "model/ids.h"
#include "server/config.h"
#include "server/executor.h"
#include "storage/journal.h"

namespace muster::server {

class Committer {
 public:
  struct Options {
    Durability durability = Durability::kSync;
    Duration sync_interval;  // async: how long a written record may go without a sync
  };

  // `journal` is null with memory durability, and only then. `applied`: the last event at the
  // start, durable already. The executor must have finished before the committer dies.
  Committer(storage::Journal* journal, Executor& commit_thread, const Options& options,
            Sequence applied);

  // The events of the running command, in order; the command ends with end_command().
  void event(Sequence sequence, const Event& event);
  void end_command();

  // Starts what may start: a batch, an interval's sync, or the seal of an idle journal.
  void end_of_turn(Instant now);

  // The last event on which an answer that leaves may rest: durable, or with async durability
  // written.
  Sequence released() const { return released_; }
  // The last event that is on disk for certain: how far a checkpoint may go.
  Durable synced() const { return synced_; }

  // Events up to `through` are in the store. In order with the appends.
  void trim(Sequence through);

  // A clean stop: the next idle moment seals at once.
  void stop() { stopping_ = true; }
  // Everything gathered was written, synced and (when stopping) sealed.
  bool quiet() const;

  size_t unsynced_bytes() const { return forming_.bytes + flying_.bytes; }
  uint64_t journal_bytes() const { return journal_bytes_; }  // not yet trimmed
  bool no_space() const { return retry_at_.has_value(); }
  // Set: the journal ended. Nothing may be answered any more and the process must go.
  const std::optional<std::string>& ended() const { return ended_; }

  // When end_of_turn() should come without being called for by anything else.
  Instant next_wakeup() const;

 private:
  struct Record {
    Sequence first;
    uint32_t count = 0;
    std::string events;
  };
  struct Batch {
    std::vector<Record> records;  // [0, used) hold events; the others keep their memory for reuse
    size_t used = 0;
    size_t bytes = 0;
    Sequence last;
    bool must_sync = false;
    void clear();
  };
  // What one piece of work on the commit thread came to; read after it is done.
  struct Report {
    storage::AppendOutcome outcome;
    size_t written = 0;  // records
    uint64_t journal_bytes = 0;
  };

  Record& record_with_room();
  void start_batch(bool sync);
  void start(std::function<void()> work, void (Committer::*done)());
  void batch_done();
  void sync_done();
  void seal_done();
  void trim_done();
  bool failed();
  void written_through(Sequence last, bool durable);

  storage::Journal* const journal_;
  Executor& executor_;
  const Options options_;

  Batch forming_;
  Batch flying_;
  Report report_;
  bool in_flight_ = false;
  Sequence command_first_;  // of the running command; none: it has no event yet
  uint32_t command_events_ = 0;
  size_t command_begin_ = 0;  // where its events begin in the forming record
  Sequence released_;
  Durable synced_;
  std::optional<Sequence> trim_;  // asked for, not yet begun
  bool sealed_ = true;
  bool stopping_ = false;
  Instant now_;
  Instant last_write_;
  Instant last_sync_;
  std::optional<Instant> retry_at_;
  std::optional<std::string> ended_;
  uint64_t journal_bytes_ = 0;
};

}  // namespace muster::server
