#include "engine/ready_queue.h"

#include <algorithm>

#include "base/mutant.h"

namespace muster::engine {

Slot* ReadyQueue::front() const {
  if (buckets_.empty()) return returned_.empty() ? nullptr : returned_.begin()->second;
  const auto& [priority, bucket] = *buckets_.begin();
  const Entry& first = bucket.entries[bucket.head];
  if (returned_.empty() || returned_.begin()->first > Place(priority, first.order)) {
    return first.slot;
  }
  const bool equal = returned_.begin()->first.first == priority;
  return equal && MUSTER_MUTANT(returned_behind_newer) ? first.slot : returned_.begin()->second;
}

Slot* ReadyQueue::oldest() const {
  Slot* oldest = nullptr;
  const auto look_at = [&](Slot* slot) {
    if (oldest == nullptr || slot->job.order < oldest->job.order) oldest = slot;
  };
  for (const auto& [priority, bucket] : buckets_) look_at(bucket.entries[bucket.head].slot);
  for (const auto& [place, slot] : returned_) look_at(slot);
  return oldest;
}

void ReadyQueue::insert(Slot* slot) {
  const OrderSeq order = slot->job.order;
  Bucket& bucket = buckets_[slot->job.priority];
  if (bucket.entries.empty() || bucket.entries.back().order < order) {
    bucket.entries.push_back({order, slot});
  } else {
    const bool fresh = returned_.emplace(Place(slot->job.priority, order), slot).second;
    CHECK(fresh, "order {} is taken", order.value());
  }
  ++size_;
}

void ReadyQueue::remove(Slot* slot) {
  const auto bucket = buckets_.find(slot->job.priority);
  if (returned_.erase(Place(slot->job.priority, slot->job.order)) == 0) {
    CHECK(bucket != buckets_.end() && bucket->second.remove(slot->job.order),
          "job {} is not ready here", slot->job.seq.value());
    if (bucket->second.empty()) buckets_.erase(bucket);
  }
  --size_;
}

bool ReadyQueue::Bucket::remove(OrderSeq order) {
  const auto first = entries.begin() + static_cast<std::ptrdiff_t>(head);
  const auto place = first->order == order
                         ? first
                         : std::lower_bound(first, entries.end(), order,
                                            [](const Entry& a, OrderSeq o) { return a.order < o; });
  // not covered: who calls it CHECKs that the job was there
  if (place == entries.end() || place->order != order || place->slot == nullptr) return false;
  place->slot = nullptr;
  ++removed;
  tidy();
  return true;
}

// Moves head behind removed entries, and closes the gaps when more than half of the room is dead.
void ReadyQueue::Bucket::tidy() {
  while (head < entries.size() && entries[head].slot == nullptr) {
    ++head;
    --removed;
  }
  constexpr size_t kSmall = 64;
  if (entries.size() < kSmall || (head + removed) * 2 < entries.size()) return;
  auto live_end = std::remove_if(entries.begin() + static_cast<std::ptrdiff_t>(head), entries.end(),
                                 [](const Entry& entry) { return entry.slot == nullptr; });
  entries.erase(live_end, entries.end());
  entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(head));
  head = 0;
  removed = 0;
  if (entries.capacity() > 4 * kSmall && entries.size() * 4 < entries.capacity()) {
    entries.shrink_to_fit();
  }
}

}  // namespace muster::engine
