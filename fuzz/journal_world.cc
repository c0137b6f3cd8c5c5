#include "fuzz/journal_world.h"

#include <algorithm>

#include "base/check.h"

namespace muster::fuzz {
namespace {

using storage::AppendOutcome;
using storage::FileJournal;
using storage::JournalRecord;
using storage::StorageErrorKind;
using storage::StorageResult;

constexpr std::string_view kDirectory = "/journal";
// Small, so that a few records fill a segment; one record in eight is larger than a segment.
constexpr uint64_t kSegmentBytes = 3 * limits::kRecordAlignment;

}  // namespace

JournalWorld::JournalWorld() {
  const auto made = files_.make_directory(std::string(kDirectory));
  CHECK(made.ok() && files_.sync_directory("/").ok(), "a directory in memory");
  auto opened = open();
  CHECK(opened.ok(), "a new journal: {}", opened.error().message);
  journal_ = std::move(*opened);
}

StorageResult<std::unique_ptr<FileJournal>> JournalWorld::open() {
  return FileJournal::open(files_, std::string(kDirectory),
                           {.segment_bytes = kSegmentBytes, .spare_segments = 1, .term = 0});
}

void JournalWorld::step(BytesIn& in) {
  switch (in.below(10)) {
    case 0:
      return note(journal_->sync());
    case 1:
      return seal();
    case 2:
      return trim(in.below(4));
    case 3:
      return restart();
    case 4:
      return power_cut(in.word());
    default:
      return append(in);
  }
}

void JournalWorld::append(BytesIn& in) {
  constexpr size_t kSizes[] = {1, 20, 4000, 4096, 8100, 13'000};
  Record record{end_, 1 + static_cast<uint32_t>(in.below(3)), {}};
  const size_t size = kSizes[in.below(std::size(kSizes))];
  record.events = in.take(std::min<size_t>(size, 16));
  record.events.resize(size, static_cast<char>('a' + ++letter_ % 26));
  const bool sync = in.coin();
  const uint64_t bytes = journal_->bytes();
  const AppendOutcome outcome =
      journal_->append({Sequence(record.first), record.count, record.events}, sync);
  CHECK(outcome.kind == (sync ? AppendOutcome::Kind::kDurable : AppendOutcome::Kind::kWritten),
        "a healthy disk: {}", outcome.why);
  end_ += record.count;
  CHECK(journal_->end().value() == end_, "ends at {}", journal_->end().value());
  CHECK(journal_->bytes() == bytes + storage::record_bytes(size), "bytes {}", journal_->bytes());
  records_.push_back(std::move(record));
  if (sync) durable_end_ = end_;
}

void JournalWorld::note(const AppendOutcome& outcome) {
  CHECK(outcome.kind == AppendOutcome::Kind::kDurable, "a healthy disk: {}", outcome.why);
  durable_end_ = end_;
}

void JournalWorld::seal() {
  note(journal_->seal());
  sealed_end_ = end_;
}

void JournalWorld::trim(size_t part) {
  trimmed_ += (durable_end_ - 1 - trimmed_) * part / 3;
  CHECK(journal_->trim(Sequence(trimmed_)).ok(), "a healthy disk");
}

void JournalWorld::restart() {
  journal_.reset();
  auto opened = open();
  CHECK(opened.ok(), "after a kill: {}", opened.error().message);
  adopt(std::move(*opened), end_);
  durable_end_ = end_;  // opening has synced it
}

void JournalWorld::power_cut(uint64_t seed) {
  journal_.reset();
  if (seed == 0) {
    files_.crash();
  } else {
    files_.crash_keeping_some(seed);
  }
  auto opened = open();
  CHECK(opened.ok(), "after a power cut: {}", opened.error().message);
  adopt(std::move(*opened), durable_end_);
  durable_end_ = end_;
}

void JournalWorld::adopt(std::unique_ptr<FileJournal> journal, uint64_t least_end) {
  journal_ = std::move(journal);
  const uint64_t found_end = journal_->end().value();
  CHECK(found_end >= least_end, "ends before event {}, held {}", found_end, least_end);
  CHECK(found_end <= end_, "ends before event {}, only {} were appended", found_end, end_);
  CHECK(journal_->begin().value() <= trimmed_ + 1, "begins with event {}, trimmed were {}",
        journal_->begin().value(), trimmed_);
  while (!records_.empty() && records_.back().first >= found_end) records_.pop_back();
  auto expected = std::find_if(records_.begin(), records_.end(), [this](const Record& record) {
    return record.first + record.count > trimmed_ + 1;
  });
  const StorageResult<Unit> read =
      journal_->read_from(Sequence(trimmed_ + 1), [&](const JournalRecord& found) {
        CHECK(expected != records_.end(), "a record that was never appended");
        CHECK(found.first.value() == expected->first && found.count == expected->count &&
                  found.events == expected->events,
              "record {} is not as it was appended", expected->first);
        ++expected;
        return StorageResult<Unit>(Unit{});
      });
  CHECK(read.ok(), "opened, and unreadable: {}", read.error().message);
  CHECK(expected == records_.end(), "record {} is missing", expected->first);
  end_ = found_end;
}

// Bits flipped, a sector wiped, a file cut, or a file gone.
void JournalWorld::damage_one(BytesIn& in) {
  const auto names = files_.list(std::string(kDirectory));
  CHECK(names.ok(), "a healthy disk");
  std::vector<std::string> segments;
  for (const std::string& name : *names) {
    if (storage::parse_segment_name(name)) segments.push_back(name);
  }
  if (segments.empty()) return;
  const std::string path =
      std::string(kDirectory) + "/" + segments[in.below(std::min<size_t>(segments.size(), 256))];
  std::string& bytes = *files_.bytes_of(path);
  if (bytes.empty()) return;
  const size_t block = in.below(4) * limits::kRecordAlignment;
  const size_t at = std::min(block + in.byte(), bytes.size() - 1);
  switch (in.below(4)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 + in.below(255)));
      break;
    case 1:
      bytes.replace(at, std::min<size_t>(bytes.size() - at, 512),
                    std::string(std::min<size_t>(bytes.size() - at, 512), '\0'));
      break;
    case 2:
      bytes.resize(at);
      break;
    default:
      if (segments.size() > 1 && path.ends_with(segments[0])) {  // a hole at the beginning
        CHECK(files_.remove(path).ok(), "a healthy disk");
      }
  }
}

void JournalWorld::damage(BytesIn& in, size_t places) {
  const uint64_t least_end = places == 1 ? sealed_end_ : 1;
  journal_.reset();
  const std::vector<Record> all = records_;
  for (size_t i = 0; i < places; ++i) damage_one(in);
  auto opened = open();
  if (!opened.ok()) {
    CHECK(opened.error().kind == StorageErrorKind::kCorrupt ||
              opened.error().kind == StorageErrorKind::kVersion,
          "{}", opened.error().message);
    CHECK(opened.error().message.find(kDirectory) != std::string::npos,
          "a damage that is not named: {}", opened.error().message);
    return;
  }
  if ((*opened)->begin().value() > trimmed_ + 1) return;  // the store notices: it begins too late
  adopt(std::move(*opened), least_end);
  // It goes on from there.
  note(journal_->append({Sequence(end_), 1, "on"}, true));
  records_.push_back({end_++, 1, "on"});
  durable_end_ = end_;
  restart();
}

}  // namespace muster::fuzz
