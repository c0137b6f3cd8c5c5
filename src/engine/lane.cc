#include "engine/lane.h"

#include "base/mutant.h"

namespace muster::engine {

void LaneHeap::update(Lane& lane) {
  const Slot* front = lane.ready.front();
  if (front == nullptr) {
    if (lane.open_at == Lane::kClosed) return;
    const size_t at = std::exchange(lane.open_at, Lane::kClosed);
    Lane* last = heap_.back();
    heap_.pop_back();
    if (at == heap_.size()) return;
    put(last, at);
    move_up(at);
    move_down(last->open_at);
    return;
  }
  const Place soonest(front->job.priority, front->job.order);
  if (lane.open_at == Lane::kClosed) {
    heap_.push_back(&lane);
    lane.open_at = heap_.size() - 1;
  } else if (lane.soonest == soonest ||
             (MUSTER_MUTANT(lane_keeps_its_turn) && lane.soonest.first == soonest.first)) {
    return;
  }
  lane.soonest = soonest;
  move_up(lane.open_at);
  move_down(lane.open_at);
}

void LaneHeap::put(Lane* lane, size_t at) {
  heap_[at] = lane;
  lane->open_at = at;
}

void LaneHeap::move_up(size_t at) {
  Lane* lane = heap_[at];
  while (at > 0 && lane->soonest < heap_[(at - 1) / 2]->soonest) {
    put(heap_[(at - 1) / 2], at);
    at = (at - 1) / 2;
  }
  put(lane, at);
}

void LaneHeap::move_down(size_t at) {
  Lane* lane = heap_[at];
  while (true) {
    size_t child = 2 * at + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->soonest < heap_[child]->soonest) ++child;
    if (!(heap_[child]->soonest < lane->soonest)) break;
    put(heap_[child], at);
    at = child;
  }
  put(lane, at);
}

}  // namespace muster::engine
