// Job and JobTable: what the settled events make of each job, and where it is found. A table of
// chunks by JobSeq; chunks whose jobs were all removed are given back.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "model/ids.h"
#include "model/job.h"
#include "sim/check/clock.h"
#include "sim/check/flat_index.h"

namespace muster::sim {

// How the newest attempt stands: the left column of the outcome table.
enum class Attempted : uint8_t {
  kNever,      // no lease yet
  kRunning,    // under its lease
  kTakenBack,  // lost, expired, timed out, deadline, undelivered: a late word still counts
  kFailed,
  kReleased,
  kCompleted,
  kCancelled,
};

struct Job {
  JobSeq seq;  // none: no job here
  OrderSeq order;
  LeaseToken token;     // the newest
  uint32_t entry = 0;   // in Ids
  uint32_t lane = 0;    // in Names
  uint32_t holder = 0;  // of the newest lease, in Names
  uint32_t priority = 0;
  uint32_t attempts = 0;
  uint32_t failures = 0;
  uint32_t losses = 0;
  JobState state = JobState::kScheduled;
  ScheduleReason reason = ScheduleReason::kNone;
  Attempted attempted = Attempted::kNever;
  uint8_t visited = 0;    // states it has been in, as bits 1 << JobState
  uint8_t announced = 0;  // reports sent under `token`, as bits 1 << Report
  uint8_t too_late = 0;   // of these, first sent when the attempt was known to be over
  uint8_t guessed = 0;    // of these, first sent before there was such a lease
  uint8_t answered = 0;   // reports answered ok, and not as duplicates
  bool keep_order = false;
  bool cancel_requested = false;
  bool registered = false;         // the newest lease is a session's
  bool tokenless = false;          // the newest lease was given out without its token
  bool fail_recorded = false;      // the newest attempt's failure is in the record
  bool was_taken_back = false;     // the newest attempt, whatever came later
  bool was_read_and_lost = false;  // an earlier holder may run it still
  bool timed_out = false;          // ... because its time was over
  bool bare_completion = false;    // a completion without follow-ups was sent under `token`
  bool told_how = false;  // Details came with every failure and release under `token`, all alike
  bool untold = false;    // ... and here they did not
  bool retryable = true;
  bool said_timed_out = false;
  int64_t said_after_ms = -1;              // retry_after_ms or delay_ms as sent
  uint32_t follow_ups = FlatIndex::kNone;  // the group that its completion carries

  Duration least_extension = Duration::max();  // asked for under `token`
  Duration most_extension;

  Duration duration;  // of timed lanes
  Duration lease;
  Mark leased;           // when the newest lease was given
  Mark renewed;          // ... or extended, or the server started
  WallTime leased_wall;  // by the wall clock
  uint64_t leased_stamp = 0;
  uint64_t settled_stamp = 0;  // of the newest lease: known to be settled since
  uint64_t read_stamp = 0;     // when its assignment was read; 0: not yet

  Mark due_from;  // scheduled: due `due_after` behind it
  Duration due_after;
  Duration pause;  // scheduled: as asked for, of which a restart leaves no more
  WallTime due_wall;

  Mark ended;  // terminal: when
  WallTime ended_wall;
  uint64_t end_number = 0;  // counts ends, for "the newest 10,000"

  std::unique_ptr<JobOptions> options;  // null: the defaults
};

inline bool has(uint8_t bits, auto bit) { return (bits >> static_cast<int>(bit) & 1) != 0; }
inline void set(uint8_t& bits, auto bit) { bits |= uint8_t(1U << static_cast<int>(bit)); }

class JobTable {
 public:
  // More jobs at once than any world makes in one go: a larger jump is a broken sequence.
  static constexpr uint64_t kLongestJump = 1'000'000;

  // Null if there is none.
  Job* find(JobSeq seq) {
    const uint64_t chunk = seq.value() / kChunk;
    if (chunk < first_ || chunk - first_ >= chunks_.size()) return nullptr;
    Chunk* jobs = chunks_[chunk - first_].get();
    if (jobs == nullptr) return nullptr;
    Job& job = jobs->jobs[seq.value() % kChunk];
    return job.seq == seq && seq ? &job : nullptr;
  }
  const Job* find(JobSeq seq) const { return const_cast<JobTable*>(this)->find(seq); }

  // `seq` is greater than every one before, and not by more than kLongestJump.
  Job& add(JobSeq seq) {
    const uint64_t chunk = seq.value() / kChunk;
    while (chunk - first_ >= chunks_.size()) chunks_.emplace_back();
    std::unique_ptr<Chunk>& jobs = chunks_[chunk - first_];
    if (jobs == nullptr) jobs = std::make_unique<Chunk>();
    ++jobs->used;
    Job& job = jobs->jobs[seq.value() % kChunk];
    job.seq = seq;
    newest_ = seq;
    return job;
  }

  void remove(Job& job) {
    const uint64_t chunk = job.seq.value() / kChunk;
    std::unique_ptr<Chunk>& jobs = chunks_[chunk - first_];
    job = Job();
    if (--jobs->used > 0 || chunk == newest_.value() / kChunk) return;
    jobs.reset();
    size_t empty = 0;
    while (empty < chunks_.size() && chunks_[empty] == nullptr) ++empty;
    // Moved down in large steps, so that the moves stay cheap.
    if (empty < 1024 && empty < chunks_.size() / 2 + 1) return;
    chunks_.erase(chunks_.begin(), chunks_.begin() + static_cast<std::ptrdiff_t>(empty));
    first_ += empty;
  }

  template <class Visit>
  void each(Visit visit) {
    for (std::unique_ptr<Chunk>& chunk : chunks_) {
      if (chunk == nullptr) continue;
      for (Job& job : chunk->jobs) {
        if (job.seq) visit(job);
      }
    }
  }

  JobSeq newest() const { return newest_; }

 private:
  static constexpr uint64_t kChunk = 256;
  struct Chunk {
    std::array<Job, kChunk> jobs;
    uint32_t used = 0;
  };

  std::vector<std::unique_ptr<Chunk>> chunks_;
  uint64_t first_ = 0;  // number of the first chunk
  JobSeq newest_;
};

}  // namespace muster::sim
