#include "sim/disk.h"

#include <utility>

#include "base/check.h"

namespace muster::sim {
namespace {

constexpr const char* kJournal = "/journal";
// Small ones, so that every run begins, fills, recycles and recovers many.
constexpr uint64_t kSegmentBytes = 64 * limits::kKiB;
constexpr uint64_t kPlenty = uint64_t{1} << 40;

class TappedJournal final : public storage::Journal {
 public:
  TappedJournal(std::unique_ptr<storage::FileJournal> journal, JournalTap& tap)
      : journal_(std::move(journal)), tap_(tap), last_(journal_->end().value() - 1) {}

  storage::AppendOutcome append(const storage::JournalRecord& record, bool sync) override {
    tap_.attempted(record);
    auto outcome = journal_->append(record, sync);
    if (outcome.kind == Kind::kNoSpace) tap_.found_no_space();
    if (outcome.kind != Kind::kDurable && outcome.kind != Kind::kWritten) return outcome;
    last_ = Sequence(record.first.value() + record.count - 1);
    tap_.written(last_);
    return heard(std::move(outcome));
  }
  storage::AppendOutcome sync() override { return heard(journal_->sync()); }
  storage::AppendOutcome seal() override { return heard(journal_->seal()); }
  storage::StorageResult<Unit> read_from(Sequence from, const Visitor& visit) override {
    return journal_->read_from(from, visit);
  }
  storage::StorageResult<Unit> trim(Sequence through) override { return journal_->trim(through); }
  Sequence begin() const override { return journal_->begin(); }
  Sequence end() const override { return journal_->end(); }
  uint64_t bytes() const override { return journal_->bytes(); }

 private:
  using Kind = storage::AppendOutcome::Kind;

  storage::AppendOutcome heard(storage::AppendOutcome outcome) {
    if (outcome.kind == Kind::kDurable) tap_.synced(last_);
    return outcome;
  }

  std::unique_ptr<storage::FileJournal> journal_;
  JournalTap& tap_;
  Sequence last_;
};

// Outlived by the store.
class BorrowedStore final : public storage::Store {
 public:
  explicit BorrowedStore(storage::Store& store) : store_(store) {}
  storage::StorageResult<std::optional<std::string>> get(std::string_view key) override {
    return store_.get(key);
  }
  storage::StorageResult<Unit> write(const storage::StoreBatch& batch) override {
    return store_.write(batch);
  }
  storage::StorageResult<Unit> scan(std::string_view prefix, const Visitor& visit) override {
    return store_.scan(prefix, visit);
  }

 private:
  storage::Store& store_;
};

}  // namespace

Disk::Disk() {
  const auto made = files_.make_directory(kJournal);
  CHECK(made.ok(), "{}", made.error().message);
  const auto synced = files_.sync_directory("/");
  CHECK(synced.ok(), "{}", synced.error().message);
}

storage::StorageResult<std::unique_ptr<storage::Journal>> Disk::open_journal(JournalTap& tap) {
  auto opened = storage::FileJournal::open(files_, kJournal, {.segment_bytes = kSegmentBytes});
  if (!opened.ok()) return opened.error();
  return std::unique_ptr<storage::Journal>(
      std::make_unique<TappedJournal>(std::move(*opened), tap));
}

std::unique_ptr<storage::Store> Disk::open_store() {
  return std::make_unique<BorrowedStore>(store_);
}

void Disk::fail_soon(uint64_t calls, storage::Fault fault) {
  files_.fail_at(files_.calls() + calls + 1, fault, false);
}

void Disk::fill(uint64_t room_left) {
  const auto room = files_.free_space(kJournal);
  const uint64_t used = room.ok() ? kPlenty - *room : 0;
  files_.set_capacity(used + room_left);
  store_.fail_writes(
      storage::StorageError{storage::StorageErrorKind::kNoSpace, "the disk is full"});
  full_ = true;
}

void Disk::free() {
  files_.set_capacity(kPlenty);
  store_.fail_writes(std::nullopt);
  full_ = false;
}

void Disk::cut_power(Random& random) {
  if (random.chance(200)) {
    files_.crash();
  } else {
    files_.crash_keeping_some(random.next());
  }
}

}  // namespace muster::sim
