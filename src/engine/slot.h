// Slot: one job in the engine's memory: its durable record, and what is derived from it. Slots lie
// in an arena and keep their address until the job is removed.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/check.h"
#include "base/time.h"
#include "model/checkpoint.h"
#include "model/job.h"

namespace muster::engine {

struct Lane;
struct Holder;
struct QueueState;
class JobList;

struct Slot {
  static constexpr size_t kClean = SIZE_MAX;

  JobRecord job;

  // Derived from the record; kept by DurableState.
  Lane* lane = nullptr;
  Holder* holder = nullptr;  // running: who
  JobList* list = nullptr;   // the list it is on: a holder's, or that of finished or dead jobs
  Slot* previous = nullptr;
  Slot* next = nullptr;
  StoredPosition stored;     // where the last checkpoint left it
  size_t dirty_at = kClean;  // place among those changed since the last checkpoint

  // Volatile: forgotten at a restart; kept by the timers and consumers.
  Instant started = {};  // running: this attempt
  Instant renewed = {};  // running: when its timed lease last began
  Instant ended = {};    // terminal: when
  Instant steady_timer = Instant::max();
  WallTime wall_timer = WallTime::max();
  ConnectionId consumer = {};  // pushed to: whose credit it uses
  bool started_early = false;  // fetched ahead, and reported as started
};

// An intrusive list of slots in order of arrival; a slot is on one list at most.
class JobList {
 public:
  bool empty() const { return head_ == nullptr; }
  size_t size() const { return size_; }
  Slot* front() const { return head_; }

  void push_back(Slot* slot) {
    CHECK(slot->list == nullptr, "job {} is on a list already", slot->job.seq.value());
    slot->list = this;
    slot->previous = tail_;
    slot->next = nullptr;
    (tail_ != nullptr ? tail_->next : head_) = slot;
    tail_ = slot;
    ++size_;
  }
  void remove(Slot* slot) {
    CHECK(slot->list == this, "job {} is not on this list", slot->job.seq.value());
    (slot->previous != nullptr ? slot->previous->next : head_) = slot->next;
    (slot->next != nullptr ? slot->next->previous : tail_) = slot->previous;
    slot->list = nullptr;
    slot->previous = slot->next = nullptr;
    --size_;
  }

 private:
  Slot* head_ = nullptr;
  Slot* tail_ = nullptr;
  size_t size_ = 0;
};

}  // namespace muster::engine
