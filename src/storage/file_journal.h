// FileJournal: the Journal in segment files of one directory (docs/storage.md). Opening it is
// recovery: the chain is read and judged as journal_scan.h says; then a fresh segment is begun with
// the first append. Used by one thread at a time; blocks on the disk.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "model/limits.h"
#include "storage/journal.h"
#include "storage/spare_segments.h"

namespace muster::storage {

struct FileJournalOptions {
  uint64_t segment_bytes = limits::kSegmentBytes;  // a multiple of limits::kRecordAlignment
  size_t spare_segments = limits::kSpareSegments;
  uint64_t term = 0;
};

class FileJournal final : public Journal {
  struct OnlyOpen {};  // keeps the constructor to open()

 public:
  FileJournal(OnlyOpen, FileSystem& files, std::string directory, const FileJournalOptions& options)
      : files_(files),
        directory_(std::move(directory)),
        options_(options),
        spares_(files, directory_, options.segment_bytes) {}

  // `directory` exists and is nobody else's; `files` outlives the journal. A full disk is no error.
  static StorageResult<std::unique_ptr<FileJournal>> open(FileSystem& files, std::string directory,
                                                          const FileJournalOptions& options);

  AppendOutcome append(const JournalRecord& record, bool sync) override;
  AppendOutcome sync() override;
  AppendOutcome seal() override;
  StorageResult<Unit> read_from(Sequence from, const Visitor& visit) override;
  StorageResult<Unit> trim(Sequence through) override;
  Sequence begin() const override { return segments_.empty() ? end_ : segments_.front().first; }
  Sequence end() const override { return end_; }
  uint64_t bytes() const override { return bytes_; }

  // Where an unfinished record was cut at opening, for the log. Empty: nowhere.
  const std::string& cut() const { return cut_; }

 private:
  // How far the records reach, for bytes(): events below `end`, in so many bytes.
  struct Extent {
    Sequence end;
    uint64_t bytes;
  };

  StorageResult<Unit> recover();
  StorageResult<Unit> sync_what_was_read();
  // Writes one record at the tail; kWritten or why not.
  AppendOutcome put(RecordKind kind, const JournalRecord& record);
  AppendOutcome begin_segment();
  AppendOutcome after_failed_write(const StorageError& error, uint64_t written);
  AppendOutcome end_with(const StorageError& error);
  void count(Sequence end, uint64_t bytes);

  FileSystem& files_;
  std::string directory_;
  FileJournalOptions options_;
  SpareSegments spares_;
  std::vector<SegmentName> segments_;  // by generation; with a current one, it is the last
  std::unique_ptr<File> current_;      // null until the first append
  uint64_t tail_ = 0;                  // of the current segment: where the next record goes
  uint64_t durable_offset_ = 0;        // of the current segment: everything below is synced
  bool dirty_ = false;                 // written and not yet synced
  bool sealed_ = true;                 // nothing appended since the last seal
  Sequence end_{1};
  uint64_t previous_ = 0;  // hash of the last record
  std::deque<Extent> extents_;
  uint64_t bytes_ = 0;
  std::string buffer_;
  std::string ended_;  // why; empty: it has not
  std::string cut_;
};

}  // namespace muster::storage
