// Pending: events that were applied and are not settled yet, oldest first. A queue in one vector,
// which is nearly always emptied whole.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sim/check/clock.h"
#include "sim/check/fact.h"

namespace muster::sim {

class Pending {
 public:
  struct Entry {
    When when;
    Fact fact;
  };

  bool empty() const { return first_ == entries_.size(); }
  Entry& oldest() { return entries_[first_]; }
  Sequence newest() const { return entries_.back().when.sequence; }
  // Of the oldest entry; greater than any if there is none.
  uint64_t oldest_stamp() const { return empty() ? UINT64_MAX : entries_[first_].when.stamp; }

  void add(const When& when, Fact fact) { entries_.push_back({when, std::move(fact)}); }

  void pop() {
    ++first_;
    if (first_ == entries_.size()) return clear();
    if (first_ < kSlack || first_ * 2 < entries_.size()) return;
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  void clear() {
    entries_.clear();
    first_ = 0;
  }

 private:
  static constexpr size_t kSlack = 1024;
  std::vector<Entry> entries_;
  size_t first_ = 0;
};

}  // namespace muster::sim
