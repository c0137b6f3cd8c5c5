#include "engine/job_table.h"

#include <utility>

namespace muster::engine {

Slot* JobTable::next(JobSeq after) const {
  const uint64_t first = after.value() + 1;
  uint64_t index = first % kPage;
  for (auto number = page_order_.lower_bound(first / kPage); number != page_order_.end();
       ++number) {
    if (*number != first / kPage) index = 0;
    const Page& page = *pages_.find(*number)->second;
    for (; index < kPage; ++index) {
      if (page.slots[index] != nullptr) return page.slots[index];
    }
  }
  return nullptr;
}

Slot& JobTable::add(JobRecord job) {
  const uint64_t number = job.seq.value() / kPage;
  std::unique_ptr<Page>& page = pages_[number];
  if (page == nullptr) {
    page = std::make_unique<Page>();
    page_order_.insert(number);
  }
  Slot*& place = page->slots[job.seq.value() % kPage];
  CHECK(place == nullptr, "job {} exists already", job.seq.value());
  if (free_.empty()) {
    place = &arena_.emplace_back();
  } else {
    place = free_.back();
    free_.pop_back();
  }
  place->job = std::move(job);
  ++page->used;
  ++size_;
  return *place;
}

void JobTable::remove(Slot& slot) {
  const uint64_t number = slot.job.seq.value() / kPage;
  const auto page = pages_.find(number);
  CHECK(page != pages_.end() && page->second->slots[slot.job.seq.value() % kPage] == &slot,
        "job {} is not in the table", slot.job.seq.value());
  page->second->slots[slot.job.seq.value() % kPage] = nullptr;
  if (--page->second->used == 0) {
    pages_.erase(page);
    page_order_.erase(number);
  }
  slot = Slot{};
  free_.push_back(&slot);
  --size_;
}

}  // namespace muster::engine
