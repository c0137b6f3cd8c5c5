#include "engine/ready_queue.h"

#include <algorithm>

namespace muster::engine {

Slot* ReadyQueue::front() const {
  if (buckets_.empty()) return nullptr;
  const Bucket& bucket = buckets_.begin()->second;
  return bucket.entries[bucket.head].slot;
}

Slot* ReadyQueue::oldest() const {
  Slot* oldest = nullptr;
  for (const auto& [priority, bucket] : buckets_) {
    Slot* front = bucket.entries[bucket.head].slot;
    if (oldest == nullptr || front->job.order < oldest->job.order) oldest = front;
  }
  return oldest;
}

void ReadyQueue::insert(Slot* slot) {
  buckets_[slot->job.priority].insert({slot->job.order, slot});
  ++size_;
}

void ReadyQueue::remove(Slot* slot) {
  auto found = buckets_.find(slot->job.priority);
  CHECK(found != buckets_.end(), "job {} is not ready here", slot->job.seq.value());
  found->second.remove(slot->job.order);
  if (found->second.empty()) buckets_.erase(found);
  --size_;
}

void ReadyQueue::Bucket::insert(Entry entry) {
  if (entries.empty() || entries.back().order < entry.order) {
    entries.push_back(entry);
    return;
  }
  auto place =
      std::lower_bound(entries.begin() + static_cast<std::ptrdiff_t>(head), entries.end(),
                       entry.order, [](const Entry& a, OrderSeq order) { return a.order < order; });
  const bool at_front = place == entries.begin() + static_cast<std::ptrdiff_t>(head);
  if (place->order == entry.order) {
    CHECK(place->slot == nullptr, "order {} is taken", entry.order.value());
    place->slot = entry.slot;  // it returns to the very place it was removed from
    --removed;
  } else if (at_front && head > 0) {
    entries[--head] = entry;  // the common return: the room in front is still there
  } else {
    entries.insert(place, entry);
  }
}

void ReadyQueue::Bucket::remove(OrderSeq order) {
  auto first = entries.begin() + static_cast<std::ptrdiff_t>(head);
  auto place = first->order == order
                   ? first
                   : std::lower_bound(first, entries.end(), order,
                                      [](const Entry& a, OrderSeq o) { return a.order < o; });
  CHECK(place != entries.end() && place->order == order && place->slot != nullptr,
        "order {} is not ready", order.value());
  place->slot = nullptr;
  ++removed;
  tidy();
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
