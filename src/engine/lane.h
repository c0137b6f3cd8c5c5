// Lane: ready jobs that are alike for all but priority and order. LaneHeap: the lanes of a queue
// that have something ready, so that those that have nothing cost nothing to skip.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/ready_queue.h"

namespace muster::engine {

struct Lane {
  static constexpr size_t kClosed = SIZE_MAX;

  std::shared_ptr<const LaneName> name;
  QueueState* queue = nullptr;
  ReadyQueue ready;
  size_t jobs = 0;  // in any state; the lane goes with the last of them

  // Kept by LaneHeap.
  Place soonest;
  size_t open_at = kClosed;
};

// Opens and closes a lane in O(log of those open), and O(1) while there is one.
class LaneHeap {
 public:
  Lane* soonest() const { return heap_.empty() ? nullptr : heap_.front(); }
  std::span<Lane* const> lanes() const { return heap_; }  // in no order
  void update(Lane& lane);  // after its first ready job may have come, gone or changed

 private:
  void put(Lane* lane, size_t at);
  void move_up(size_t at);
  void move_down(size_t at);

  std::vector<Lane*> heap_;
};

}  // namespace muster::engine
