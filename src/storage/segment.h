// Segments: the files of the journal. Each use of a file is a new generation; the name of a segment
// says which, with what sequence it begins and how many bytes the file was made with, so that a
// missing segment and a shortened file are noticed. Names: docs/storage.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/ids.h"
#include "storage/file_system.h"
#include "storage/journal_record.h"

namespace muster::storage {

struct SegmentName {
  uint64_t generation = 0;  // from 1; grows by one with every segment begun
  Sequence first;           // of the first event in it
  uint64_t bytes = 0;       // of the file when made; one oversized record may have grown it
};

std::string file_name(const SegmentName& segment);
std::optional<SegmentName> parse_segment_name(std::string_view name);

// Spare files, zero-filled or with stale records, waiting to become segments.
std::string spare_name(uint64_t number);
std::optional<uint64_t> parse_spare_name(std::string_view name);

// What the next record must say to belong to the chain.
struct ChainPosition {
  Sequence next;
  std::optional<uint64_t> previous;  // none: before the first record that is left

  bool continued_by(const RecordHeader& header) const {
    return header.first == next && (!previous || header.previous == *previous);
  }
  void advance(const ParsedRecord& record) {
    next = next.plus(record.header.count);
    previous = record.hash;
  }
};

// Reads records of one segment. Views are good until the next call.
class SegmentReader {
 public:
  // kCorrupt: the file is shorter than it was made.
  static StorageResult<SegmentReader> open(FileSystem& files, const std::string& directory,
                                           const SegmentName& segment);

  // The whole record of this segment's generation that begins at `offset`. None: there is none.
  StorageResult<std::optional<ParsedRecord>> record_at(uint64_t offset);

  const SegmentName& name() const { return name_; }
  const std::string& path() const { return path_; }
  uint64_t file_bytes() const { return file_bytes_; }
  File& file() { return *file_; }

 private:
  SegmentReader(std::unique_ptr<File> file, SegmentName name, std::string path, uint64_t bytes)
      : file_(std::move(file)), name_(name), path_(std::move(path)), file_bytes_(bytes) {}
  // `size` bytes at `offset`, which the file has.
  StorageResult<std::string_view> view(uint64_t offset, uint64_t size);

  std::unique_ptr<File> file_;
  SegmentName name_;
  std::string path_;
  uint64_t file_bytes_;
  std::string window_;
  uint64_t window_at_ = 0;
};

}  // namespace muster::storage
