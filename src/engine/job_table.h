// JobTable: all jobs by sequence. Owns the slots (an arena with stable addresses), finds one in
// O(1) and walks them in order of acceptance.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <vector>

#include "engine/slot.h"

namespace muster::engine {

class JobTable {
 public:
  Slot* find(JobSeq job) const {
    const auto page = pages_.find(job.value() / kPage);
    return page == pages_.end() ? nullptr : page->second->slots[job.value() % kPage];
  }
  // The first job with a sequence above `after`; null: none.
  Slot* next(JobSeq after) const;

  Slot& add(JobRecord job);  // its sequence must be free
  void remove(Slot& slot);   // its address may be used again

  size_t size() const { return size_; }

  template <class Visit>
  void for_each(Visit visit) const {
    for (Slot* slot = next(JobSeq{}); slot != nullptr; slot = next(slot->job.seq)) visit(*slot);
  }

 private:
  static constexpr uint64_t kPage = 256;
  struct Page {
    std::array<Slot*, kPage> slots = {};
    size_t used = 0;
  };
  boost::unordered_flat_map<uint64_t, std::unique_ptr<Page>> pages_;
  std::set<uint64_t> page_order_;
  std::deque<Slot> arena_;
  std::vector<Slot*> free_;
  size_t size_ = 0;
};

}  // namespace muster::engine
