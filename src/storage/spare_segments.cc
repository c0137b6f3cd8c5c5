#include "storage/spare_segments.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/mutant.h"

namespace muster::storage {
namespace {

// A step after which the directory on disk is unknown: a full disk is no excuse any more.
StorageError unknown_after(StorageError error) {
  error.kind = StorageErrorKind::kIo;
  return error;
}

}  // namespace

StorageResult<Unit> SpareSegments::adopt(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::optional<uint64_t> number = parse_spare_name(name);
    if (!number) continue;
    last_number_ = std::max(last_number_, *number);
    const StorageResult<uint64_t> bytes = size_of(path_of(name));
    if (!bytes.ok()) return bytes.error();
    if (*bytes == segment_bytes_ || MUSTER_MUTANT(half_made_spare_adopted)) {
      numbers_.push_back(*number);
      continue;
    }
    const StorageResult<Unit> removed = files_.remove(path_of(name));
    if (!removed.ok()) return removed.error();
  }
  return Unit{};
}

StorageResult<Unit> SpareSegments::fill(size_t count) {
  while (numbers_.size() < count) {
    const StorageResult<Unit> made = make();
    if (!made.ok()) return made.error();
  }
  return Unit{};
}

StorageResult<std::unique_ptr<File>> SpareSegments::begin(const SegmentName& name) {
  if (const StorageResult<Unit> made = fill(1); !made.ok()) return made.error();
  const std::string spare = path_of(spare_name(numbers_.back()));
  const std::string segment = path_of(file_name(name));
  {
    // Whoever made it may have died before its size was durable.
    StorageResult<std::unique_ptr<File>> file = files_.open(spare, OpenMode::kExisting);
    if (!file.ok()) return file.error();
    const StorageResult<Unit> synced = (*file)->sync();
    if (!synced.ok()) return unknown_after(synced.error());
  }
  const StorageResult<Unit> renamed = files_.rename(spare, segment);
  if (!renamed.ok()) return renamed.error();
  numbers_.pop_back();
  if (MUSTER_MUTANT(new_segment_name_unsynced)) return files_.open(segment, OpenMode::kExisting);
  const StorageResult<Unit> synced = files_.sync_directory(directory_);
  if (!synced.ok()) return unknown_after(synced.error());
  return files_.open(segment, OpenMode::kExisting);
}

StorageResult<Unit> SpareSegments::recycle(const SegmentName& segment, size_t enough) {
  const std::string path = path_of(file_name(segment));
  const StorageResult<uint64_t> bytes = size_of(path);
  if (!bytes.ok()) return bytes.error();
  // A file that one large record made grow goes, and gives its room back.
  const bool keep = numbers_.size() < enough && *bytes == segment_bytes_;
  const StorageResult<Unit> gone =
      keep ? files_.rename(path, path_of(spare_name(last_number_ + 1))) : files_.remove(path);
  if (!gone.ok()) return gone.error();
  if (keep) numbers_.push_back(++last_number_);
  if (MUSTER_MUTANT(recycling_unsynced)) return Unit{};
  const StorageResult<Unit> synced = files_.sync_directory(directory_);
  if (!synced.ok()) return unknown_after(synced.error());
  return Unit{};
}

StorageResult<Unit> SpareSegments::make() {
  const uint64_t number = ++last_number_;
  const std::string path = path_of(spare_name(number));
  const StorageResult<Unit> written = write_spare(path);
  if (!written.ok()) {
    // Best effort: a file of a wrong size is removed by the next adopt().
    [[maybe_unused]] const StorageResult<Unit> removed = files_.remove(path);
    return written.error();
  }
  numbers_.push_back(number);
  return Unit{};
}

StorageResult<Unit> SpareSegments::write_spare(const std::string& path) {
  StorageResult<std::unique_ptr<File>> file = files_.open(path, OpenMode::kCreate);
  if (!file.ok()) return file.error();
  const StorageResult<Unit> written = write_zeros(**file, segment_bytes_);
  if (!written.ok()) return written.error();
  // For the blocks to be given out now and not under a commit. The name may be lost: a spare is no
  // loss.
  return (*file)->sync();
}

StorageResult<uint64_t> SpareSegments::size_of(const std::string& path) {
  StorageResult<std::unique_ptr<File>> file = files_.open(path, OpenMode::kExisting);
  if (!file.ok()) return file.error();
  return (*file)->size();
}

std::string SpareSegments::path_of(std::string_view name) const {
  return fmt::format("{}/{}", directory_, name);
}

}  // namespace muster::storage
