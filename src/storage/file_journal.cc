#include "storage/file_journal.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/mutant.h"
#include "storage/journal_scan.h"

namespace muster::storage {

using Kind = AppendOutcome::Kind;

StorageResult<std::unique_ptr<FileJournal>> FileJournal::open(FileSystem& files,
                                                              std::string directory,
                                                              const FileJournalOptions& options) {
  CHECK(options.segment_bytes > 0 && options.segment_bytes % limits::kRecordAlignment == 0,
        "segments of {} bytes", options.segment_bytes);
  auto journal = std::make_unique<FileJournal>(OnlyOpen{}, files, std::move(directory), options);
  const StorageResult<Unit> recovered = journal->recover();
  if (!recovered.ok()) return recovered.error();
  return journal;
}

StorageResult<Unit> FileJournal::recover() {
  const StorageResult<std::vector<std::string>> names = files_.list(directory_);
  if (!names.ok()) return names.error();
  for (const std::string& name : *names) {
    const std::optional<SegmentName> segment = parse_segment_name(name);
    if (segment) segments_.push_back(*segment);
    if (!segment && name.starts_with("segment")) {
      return StorageError{StorageErrorKind::kCorrupt,
                          fmt::format("{}/{} is not named like a segment", directory_, name)};
    }
  }
  std::sort(segments_.begin(), segments_.end(),
            [](const SegmentName& a, const SegmentName& b) { return a.generation < b.generation; });
  const StorageResult<JournalScan> scan =
      scan_journal(files_, directory_, segments_, [this](const ParsedRecord& record) {
        count(record.header.first.plus(record.header.count), record.bytes);
        return StorageResult<Unit>(Unit{});
      });
  if (!scan.ok()) return scan.error();
  end_ = scan->end.next;
  previous_ = scan->end.previous.value_or(0);
  sealed_ = scan->sealed;
  cut_ = scan->cut;
  const StorageResult<Unit> synced =
      MUSTER_MUTANT(page_cache_believed) ? Unit{} : sync_what_was_read();
  if (!synced.ok()) return synced.error();
  const StorageResult<Unit> adopted = spares_.adopt(*names);
  if (!adopted.ok()) return adopted.error();
  // One more than is kept: the first append takes it.
  const StorageResult<Unit> filled = spares_.fill(options_.spare_segments + 1);
  if (!filled.ok() && filled.error().kind != StorageErrorKind::kNoSpace) return filled.error();
  return Unit{};
}

// After a kill of the process, the end of the journal may be in the page cache only. It is made
// durable before anything is built on it; a name may lack its sync as well.
StorageResult<Unit> FileJournal::sync_what_was_read() {
  for (const SegmentName& segment : segments_) {
    StorageResult<SegmentReader> reader = SegmentReader::open(files_, directory_, segment);
    if (!reader.ok()) return reader.error();
    const StorageResult<Unit> synced = reader->file().sync();
    if (!synced.ok()) return synced.error();
  }
  return files_.sync_directory(directory_);
}

AppendOutcome FileJournal::append(const JournalRecord& record, bool sync) {
  CHECK(record.first == end_, "record {} behind {}", record.first.value(), end_.value());
  CHECK(record.count > 0 && (record.count == 1 || record.events.size() <= limits::kRecordBytes),
        "{} events in {} bytes", record.count, record.events.size());
  AppendOutcome outcome = put(RecordKind::kEvents, record);
  if (outcome.kind != Kind::kWritten) return outcome;
  end_ = end_.plus(record.count);
  sealed_ = false;
  return sync ? this->sync() : outcome;
}

AppendOutcome FileJournal::sync() {
  if (!ended_.empty()) return {Kind::kEnded, ended_};
  if (!dirty_) return {Kind::kDurable, {}};
  StorageResult<Unit> synced = current_->sync();
  if (!synced.ok() && MUSTER_MUTANT(failed_sync_tried_again)) synced = current_->sync();
  if (!synced.ok()) return end_with(synced.error());
  durable_offset_ = tail_;
  dirty_ = false;
  return {Kind::kDurable, {}};
}

AppendOutcome FileJournal::seal() {
  // First what comes before it: a seal says that this is durable.
  AppendOutcome outcome = sync();
  if (outcome.kind != Kind::kDurable || sealed_ || MUSTER_MUTANT(no_seals)) return outcome;
  outcome = put(RecordKind::kSeal, {end_, 0, {}});
  if (outcome.kind != Kind::kWritten) return outcome;
  outcome = sync();
  sealed_ = outcome.kind == Kind::kDurable;
  return outcome;
}

StorageResult<Unit> FileJournal::read_from(Sequence from, const Visitor& visit) {
  const StorageResult<JournalScan> scan = scan_journal(
      files_, directory_, segments_, [&](const ParsedRecord& record) -> StorageResult<Unit> {
        const Sequence behind = record.header.first.plus(record.header.count);
        if (record.header.kind != RecordKind::kEvents || behind <= from) return Unit{};
        return visit({record.header.first, record.header.count, record.events});
      });
  if (!scan.ok()) return scan.error();
  if (scan->end.next == end_) return Unit{};
  return StorageError{StorageErrorKind::kCorrupt,
                      fmt::format("journal damaged: {} ends before event {}, it ended before {}",
                                  directory_, scan->end.next.value(), end_.value())};
}

StorageResult<Unit> FileJournal::trim(Sequence through) {
  if (!ended_.empty()) return StorageError{StorageErrorKind::kIo, ended_};
  for (; !extents_.empty() && extents_.front().end <= through.next(); extents_.pop_front()) {
    bytes_ -= extents_.front().bytes;
  }
  // The last segment stays in any case: its name says with which event the journal goes on.
  const size_t next = MUSTER_MUTANT(trims_what_it_still_needs) ? 0 : 1;
  while (segments_.size() > 1 && segments_[next].first <= through.next()) {
    const StorageResult<Unit> gone = spares_.recycle(segments_[0], options_.spare_segments);
    if (!gone.ok()) {
      if (gone.error().kind != StorageErrorKind::kNoSpace) end_with(gone.error());
      return gone.error();
    }
    segments_.erase(segments_.begin());
  }
  return Unit{};
}

AppendOutcome FileJournal::put(RecordKind kind, const JournalRecord& record) {
  if (!ended_.empty()) return {Kind::kEnded, ended_};
  const uint64_t size = record_bytes(record.events.size());
  // A record larger than a segment gets one of its own, which it makes grow.
  if (current_ == nullptr || (tail_ > 0 && tail_ + size > options_.segment_bytes)) {
    AppendOutcome begun = begin_segment();
    if (begun.kind != Kind::kDurable) return begun;
  }
  RecordHeader header;
  header.kind = kind;
  header.generation = segments_.back().generation;
  header.term = options_.term;
  header.first = record.first;
  header.count = record.count;
  header.previous = previous_;
  header.durable_offset = durable_offset_;
  const uint64_t hash = encode_record(header, record.events, &buffer_);
  uint64_t written = 0;
  const StorageResult<Unit> wrote = write_all(*current_, tail_, buffer_, &written);
  if (!wrote.ok()) return after_failed_write(wrote.error(), written);
  tail_ += size;
  dirty_ = true;
  previous_ = hash;
  count(record.first.plus(record.count), size);
  return {Kind::kWritten, {}};
}

AppendOutcome FileJournal::begin_segment() {
  // Names of later segments prove that everything before is durable.
  AppendOutcome outcome;
  if (!MUSTER_MUTANT(segment_left_unsynced)) outcome = sync();
  if (outcome.kind != Kind::kDurable) return outcome;
  const uint64_t last = segments_.empty() ? 0 : segments_.back().generation;
  const SegmentName name = {last + 1, end_, options_.segment_bytes};
  StorageResult<std::unique_ptr<File>> file = spares_.begin(name);
  if (!file.ok()) {
    if (file.error().kind == StorageErrorKind::kNoSpace) {
      return {Kind::kNoSpace, file.error().message};
    }
    return end_with(file.error());
  }
  current_ = std::move(*file);
  segments_.push_back(name);
  tail_ = 0;
  durable_offset_ = 0;
  return outcome;
}

// On a full disk the tail is as before, once what the first of several writes put down is wiped: a
// record without its last zeros would be a whole one.
AppendOutcome FileJournal::after_failed_write(const StorageError& error, uint64_t written) {
  if (error.kind != StorageErrorKind::kNoSpace) return end_with(error);
  if (written > 0) {
    const std::string zeros(std::min<uint64_t>(written, kRecordHeaderBytes), '\0');
    const StorageResult<Unit> wiped = write_all(*current_, tail_, zeros);
    if (!wiped.ok()) return end_with(wiped.error());
    dirty_ = true;
  }
  return {MUSTER_MUTANT(no_space_taken_for_written) ? Kind::kWritten : Kind::kNoSpace,
          error.message};
}

AppendOutcome FileJournal::end_with(const StorageError& error) {
  ended_ = error.message;
  return {Kind::kEnded, ended_};
}

void FileJournal::count(Sequence end, uint64_t bytes) {
  extents_.push_back({end, bytes});
  bytes_ += bytes;
}

}  // namespace muster::storage
