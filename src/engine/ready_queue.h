// ReadyQueue: the ready jobs of one lane, by (priority, order). Almost every job comes in at the
// back of its priority and leaves at the front; jobs that return to their place and jobs cancelled
// in the middle are rarer and may cost a search. All operations are amortised O(log n) or better.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "engine/slot.h"

namespace muster::engine {

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

    void insert(Entry entry);
    void remove(OrderSeq order);
    bool empty() const { return head == entries.size(); }
    void tidy();
  };
  std::map<uint32_t, Bucket> buckets_;  // no empty ones
  size_t size_ = 0;
};

}  // namespace muster::engine
