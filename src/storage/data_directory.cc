#include "storage/data_directory.h"

#include <fmt/core.h>

#include <utility>

namespace muster::storage {

StorageResult<std::unique_ptr<DataDirectory>> DataDirectory::open(
    FileSystem& files, std::string path, const DataDirectoryOptions& options) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  auto directory = std::make_unique<DataDirectory>(OnlyOpen{}, files, std::move(path), options);
  const StorageResult<Unit> locked = directory->make_and_lock();
  if (!locked.ok()) return locked.error();
  const StorageResult<Unit> adopted = directory->adopt_ballast();
  if (!adopted.ok()) return adopted.error();
  return directory;
}

StorageResult<NamespacePaths> DataDirectory::open_namespace(const std::string& name) {
  if (name.empty() || name.starts_with('.') || name.find('/') != std::string::npos) {
    return StorageError{StorageErrorKind::kIo, fmt::format("'{}' cannot name a namespace", name)};
  }
  const std::string base = path_ + "/" + name;
  NamespacePaths paths = {base + "/journal", base + "/store"};
  for (const std::string& path : {base, paths.journal, paths.store}) {
    const StorageResult<Unit> made = make_directory(path);
    if (!made.ok()) return made.error();
  }
  return paths;
}

StorageResult<bool> DataDirectory::is_low() {
  const StorageResult<uint64_t> free = files_.free_space(path_);
  if (!free.ok()) return free.error();
  const uint64_t spoken_for = has_ballast_ ? 0 : options_.ballast_bytes;
  return *free < options_.low_water_bytes + spoken_for;
}

StorageResult<Unit> DataDirectory::release_ballast() {
  if (!has_ballast_) return Unit{};
  const StorageResult<Unit> removed = files_.remove(ballast_path());
  if (!removed.ok()) return removed.error();
  has_ballast_ = false;
  // Some file systems give the blocks out again only when the removal is durable.
  return files_.sync_directory(path_);
}

StorageResult<Unit> DataDirectory::make_room_for_start() {
  StorageResult<uint64_t> free = files_.free_space(path_);
  if (!free.ok()) return free.error();
  if (*free < options_.ballast_bytes && has_ballast_) {
    const StorageResult<Unit> released = release_ballast();
    if (!released.ok()) return released.error();
    free = files_.free_space(path_);
    if (!free.ok()) return free.error();
  }
  if (*free >= options_.start_bytes) return Unit{};
  return StorageError{StorageErrorKind::kNoSpace,
                      fmt::format("data directory {}: the disk is full: a start needs {} bytes, {} "
                                  "are free; make room and start again",
                                  path_, options_.start_bytes, *free)};
}

StorageResult<bool> DataDirectory::restore_ballast() {
  if (has_ballast_ || options_.ballast_bytes == 0) return has_ballast_;
  const StorageResult<bool> low = is_low();
  if (!low.ok()) return low.error();
  if (*low) return false;
  const StorageResult<Unit> written = write_ballast();
  if (written.ok()) {
    has_ballast_ = true;
    return true;
  }
  // Half a ballast only takes room. One that cannot be removed now is by the next open.
  [[maybe_unused]] const StorageResult<Unit> removed = files_.remove(ballast_path());
  if (written.error().kind == StorageErrorKind::kNoSpace) return false;
  return written.error();
}

StorageResult<Unit> DataDirectory::make_and_lock() {
  // An existing one is taken as it is; its parent may be closed to us.
  if (!files_.list(path_).ok()) {
    const StorageResult<Unit> made = make_directory(path_);
    if (!made.ok()) return made.error();
  }
  StorageResult<std::unique_ptr<FileLock>> lock = files_.lock(path_ + "/lock");
  if (!lock.ok()) {
    StorageError error = lock.error();
    if (error.kind == StorageErrorKind::kInUse) {
      error.message = fmt::format("data directory {} is in use: {}", path_, error.message);
    }
    return error;
  }
  lock_ = std::move(*lock);
  return Unit{};
}

// Keeps the ballast of an earlier start if it is whole, and of the size wanted now.
StorageResult<Unit> DataDirectory::adopt_ballast() {
  const StorageResult<std::unique_ptr<File>> file =
      files_.open(ballast_path(), OpenMode::kExisting);
  if (file.ok()) {
    const StorageResult<uint64_t> size = (*file)->size();
    if (!size.ok()) return size.error();
    has_ballast_ = *size == options_.ballast_bytes && *size > 0;
    if (has_ballast_) return Unit{};
    const StorageResult<Unit> removed = files_.remove(ballast_path());
    if (!removed.ok()) return removed.error();
  }
  const StorageResult<bool> restored = restore_ballast();
  if (!restored.ok()) return restored.error();
  return Unit{};
}

StorageResult<Unit> DataDirectory::write_ballast() {
  const StorageResult<std::unique_ptr<File>> file = files_.open(ballast_path(), OpenMode::kCreate);
  if (!file.ok()) return file.error();
  const StorageResult<Unit> written = write_zeros(**file, options_.ballast_bytes);
  if (!written.ok()) return written.error();
  const StorageResult<Unit> synced = (*file)->sync();
  if (!synced.ok()) return synced.error();
  return files_.sync_directory(path_);
}

StorageResult<Unit> DataDirectory::make_directory(const std::string& path) {
  const StorageResult<Unit> made = files_.make_directory(path);
  if (!made.ok()) return made.error();
  return files_.sync_directory(parent_directory(path));
}

}  // namespace muster::storage
