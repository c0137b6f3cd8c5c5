// MemoryJournal: the Journal of `--durability memory` and of tests: durable as long as the object
// lives.
#pragma once

#include <deque>
#include <string>

#include "storage/journal.h"

namespace muster::storage {

class MemoryJournal final : public Journal {
 public:
  // `first`: the sequence of the first event to come.
  explicit MemoryJournal(Sequence first = Sequence(1)) : end_(first) {}

  AppendOutcome append(const JournalRecord& record, bool sync) override;
  AppendOutcome sync() override { return {}; }
  AppendOutcome seal() override { return {}; }
  StorageResult<Unit> read_from(Sequence from, const Visitor& visit) override;
  StorageResult<Unit> trim(Sequence through) override;
  Sequence begin() const override { return records_.empty() ? end_ : records_.front().first; }
  Sequence end() const override { return end_; }
  uint64_t bytes() const override { return bytes_; }

 private:
  struct Record {
    Sequence first;
    uint32_t count;
    std::string events;
  };
  std::deque<Record> records_;
  Sequence end_;
  uint64_t bytes_ = 0;
};

}  // namespace muster::storage
