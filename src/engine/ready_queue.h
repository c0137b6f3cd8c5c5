// ReadyQueue: the ready jobs of one lane, by (priority, order). Almost every job comes in at the
// back of its priority and leaves at the front: those lie in arrays. Jobs that return to a place
// ahead of the back lie in a tree: a lost worker's come by the thousand, each into the middle of
// what may be a deep backlog. All operations but oldest() are amortised O(log n) or better.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/slot.h"

namespace muster::engine {

// Where a job stands among others: priority, then order.
using Place = std::pair<uint32_t, OrderSeq>;

class ReadyQueue {
 public:
  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  // The soonest job; null when empty.
  Slot* front() const;

  // The one that has been ready for longest, over all priorities (walks them); null when empty.
  Slot* oldest() const;

  void insert(Slot* slot);  // by its record's priority and order
  void remove(Slot* slot);  // must be in it, under the same priority and order

 private:
  using Place = std::pair<uint32_t, OrderSeq>;  // priority, order
  struct Entry {
    OrderSeq order;
    Slot* slot = nullptr;  // null: removed from the middle
  };
  // Entries of one priority, sorted by order; those before `head` are gone. The entry at `head` is
  // never a removed one.
  struct Bucket {
    std::vector<Entry> entries;
    size_t head = 0;
    size_t removed = 0;  // null entries behind head

    bool remove(OrderSeq order);  // false: it is not here
    bool empty() const { return head == entries.size(); }
    void tidy();
  };
  std::map<uint32_t, Bucket> buckets_;  // by priority; no empty ones
  std::map<Place, Slot*> returned_;     // a place is here or in a bucket, never in both
  size_t size_ = 0;
};

}  // namespace muster::engine
