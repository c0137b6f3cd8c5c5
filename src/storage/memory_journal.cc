#include "storage/memory_journal.h"

#include "base/check.h"

namespace muster::storage {

AppendOutcome MemoryJournal::append(const JournalRecord& record, bool sync) {
  CHECK(record.first == end_, "record {} behind {}", record.first.value(), end_.value());
  CHECK(record.count > 0);
  records_.push_back({record.first, record.count, std::string(record.events)});
  end_ = end_.plus(record.count);
  bytes_ += record.events.size();
  return {sync ? AppendOutcome::Kind::kDurable : AppendOutcome::Kind::kWritten, {}};
}

StorageResult<Unit> MemoryJournal::read_from(Sequence from, const Visitor& visit) {
  for (const Record& record : records_) {
    if (record.first.plus(record.count) <= from) continue;
    const StorageResult<Unit> visited = visit({record.first, record.count, record.events});
    if (!visited.ok()) return visited.error();
  }
  return Unit{};
}

StorageResult<Unit> MemoryJournal::trim(Sequence through) {
  while (!records_.empty() &&
         records_.front().first.plus(records_.front().count) <= through.next()) {
    bytes_ -= records_.front().events.size();
    records_.pop_front();
  }
  return Unit{};
}

}  // namespace muster::storage
