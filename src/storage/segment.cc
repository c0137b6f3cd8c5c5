#include "storage/segment.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "model/limits.h"

namespace muster::storage {
namespace {

constexpr std::string_view kSegmentPrefix = "segment-";
constexpr std::string_view kSparePrefix = "spare-";
constexpr uint64_t kWindowBytes = 256 * limits::kKiB;

// Takes a decimal number and the '-' before it, if one is due, off `text`. 0: there is none.
uint64_t take_number(std::string_view* text, bool after_dash) {
  if (after_dash) {
    if (!text->starts_with('-')) return 0;
    text->remove_prefix(1);
  }
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc()) return 0;
  text->remove_prefix(static_cast<size_t>(end - text->data()));
  return number;
}

}  // namespace

std::string file_name(const SegmentName& segment) {
  return fmt::format("{}{:010}-{:016}-{}", kSegmentPrefix, segment.generation,
                     segment.first.value(), segment.bytes);
}

std::optional<SegmentName> parse_segment_name(std::string_view name) {
  if (!name.starts_with(kSegmentPrefix)) return std::nullopt;
  std::string_view rest = name.substr(kSegmentPrefix.size());
  SegmentName segment;
  segment.generation = take_number(&rest, false);
  segment.first = Sequence(take_number(&rest, true));
  segment.bytes = take_number(&rest, true);
  if (segment.generation == 0 || !segment.first || segment.bytes == 0) return std::nullopt;
  // Only as written: a copy with a name of its own is not a segment.
  return file_name(segment) == name ? std::optional(segment) : std::nullopt;
}

std::string spare_name(uint64_t number) { return fmt::format("{}{:010}", kSparePrefix, number); }

std::optional<uint64_t> parse_spare_name(std::string_view name) {
  if (!name.starts_with(kSparePrefix)) return std::nullopt;
  std::string_view rest = name.substr(kSparePrefix.size());
  const uint64_t number = take_number(&rest, false);
  if (number == 0 || spare_name(number) != name) return std::nullopt;
  return number;
}

StorageResult<SegmentReader> SegmentReader::open(FileSystem& files, const std::string& directory,
                                                 const SegmentName& segment) {
  std::string path = directory + "/" + file_name(segment);
  StorageResult<std::unique_ptr<File>> file = files.open(path, OpenMode::kExisting);
  if (!file.ok()) return file.error();
  const StorageResult<uint64_t> bytes = (*file)->size();
  if (!bytes.ok()) return bytes.error();
  if (*bytes < segment.bytes) {
    return StorageError{
        StorageErrorKind::kCorrupt,
        fmt::format("{} has {} bytes, it was made with {}", path, *bytes, segment.bytes)};
  }
  return SegmentReader(std::move(*file), segment, std::move(path), *bytes);
}

StorageResult<std::optional<ParsedRecord>> SegmentReader::record_at(uint64_t offset) {
  constexpr std::optional<ParsedRecord> kNone;
  if (offset + kRecordHeaderBytes > file_bytes_) return kNone;
  const StorageResult<std::string_view> head = view(offset, kRecordHeaderBytes);
  if (!head.ok()) return head.error();
  const std::optional<uint32_t> event_bytes = promised_event_bytes(*head, name_.generation);
  if (!event_bytes) return kNone;
  const uint64_t size = kRecordHeaderBytes + *event_bytes;
  if (size > file_bytes_ - offset) return kNone;
  const StorageResult<std::string_view> whole = view(offset, size);
  if (!whole.ok()) return whole.error();
  StorageResult<std::optional<ParsedRecord>> record = parse_record(*whole, name_.generation);
  if (!record.ok()) {
    StorageError error = record.error();
    error.message = fmt::format("{} at {}: {}", path_, offset, error.message);
    return error;
  }
  return record;
}

StorageResult<std::string_view> SegmentReader::view(uint64_t offset, uint64_t size) {
  const bool inside = offset >= window_at_ && offset + size <= window_at_ + window_.size();
  // Records follow each other and searches go forward, so one read serves many of both.
  if (!inside) {
    window_.resize(std::min(std::max(size, kWindowBytes), file_bytes_ - offset));
    window_at_ = offset;
    const StorageResult<size_t> got = file_->read(offset, window_.data(), window_.size());
    if (!got.ok()) {
      window_.clear();
      return got.error();
    }
    if (*got != window_.size()) {
      window_.clear();
      return StorageError{StorageErrorKind::kIo,
                          fmt::format("{} became shorter while it was read", path_)};
    }
  }
  return std::string_view(window_).substr(offset - window_at_, size);
}

}  // namespace muster::storage
