// A disk under RocksDB that misbehaves, for tests: it gets full, fails its syncs, or stops at a
// crash and loses what was not synced. Files are real ones below a test's directory.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"

namespace muster::storage {

// What the disk does, shared by all its files; any thread.
class DiskState {
 public:
  void fill_after(uint64_t bytes) { set(&DiskState::room_, std::optional(bytes)); }
  void make_room() { set(&DiskState::room_, std::optional<uint64_t>()); }
  void fail_syncs(bool fail) { set(&DiskState::fail_syncs_, fail); }
  // Writes go well and the sync finds no room, as with delayed allocation.
  void fill_at_sync(bool full) { set(&DiskState::full_at_sync_, full); }
  void fail_sizes(bool fail) { set(&DiskState::fail_sizes_, fail); }
  void crash() { set(&DiskState::dead_, true); }
  uint64_t written() const {
    const MutexLock lock(mutex_);
    return written_;
  }

  // How many of `size` bytes fit; then the write fails with `status` unless it is ok.
  std::pair<uint64_t, rocksdb::IOStatus> write(uint64_t size) {
    const MutexLock lock(mutex_);
    if (dead_) return {0, rocksdb::IOStatus::IOError("crashed")};
    const uint64_t fits = room_ ? std::min(*room_, size) : size;
    if (room_) *room_ -= fits;
    written_ += fits;
    if (fits == size) return {size, rocksdb::IOStatus::OK()};
    return {fits, rocksdb::IOStatus::NoSpace("no space left")};
  }

  rocksdb::IOStatus sync(const std::string& path, uint64_t size) {
    const MutexLock lock(mutex_);
    if (dead_) return rocksdb::IOStatus::IOError("crashed");
    if (fail_syncs_) return rocksdb::IOStatus::IOError("sync failed");
    if (full_at_sync_) return rocksdb::IOStatus::NoSpace("no space left");
    synced_[path] = size;
    return rocksdb::IOStatus::OK();
  }

  void opened(const std::string& path) {
    const MutexLock lock(mutex_);
    synced_[path] = 0;
  }
  bool renamed(const std::string& from, const std::string& to) {
    const MutexLock lock(mutex_);
    if (!dead_) synced_[to] = synced_[from];
    return !dead_;
  }
  bool tells_sizes() const {
    const MutexLock lock(mutex_);
    return !fail_sizes_;
  }
  bool alive() const {
    const MutexLock lock(mutex_);
    return !dead_;
  }

  // After a crash, and with the store closed: cuts every file to what was synced of it.
  void lose_unsynced() {
    const MutexLock lock(mutex_);
    for (const auto& [path, size] : synced_) {
      if (!std::filesystem::exists(path)) continue;
      if (std::filesystem::file_size(path) > size) std::filesystem::resize_file(path, size);
    }
  }

 private:
  template <class T>
  void set(T DiskState::* member, T value) {
    const MutexLock lock(mutex_);
    this->*member = value;
  }

  mutable Mutex mutex_;
  std::optional<uint64_t> room_ GUARDED_BY(mutex_);
  bool fail_syncs_ GUARDED_BY(mutex_) = false;
  bool full_at_sync_ GUARDED_BY(mutex_) = false;
  bool fail_sizes_ GUARDED_BY(mutex_) = false;
  bool dead_ GUARDED_BY(mutex_) = false;
  uint64_t written_ GUARDED_BY(mutex_) = 0;
  std::map<std::string, uint64_t> synced_ GUARDED_BY(mutex_);
};

class FaultyFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FaultyFile(std::unique_ptr<rocksdb::FSWritableFile> file, std::string path,
             std::shared_ptr<DiskState> disk)
      : FSWritableFileOwnerWrapper(std::move(file)), path_(std::move(path)), disk_(disk) {}

  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           rocksdb::IODebugContext* debug) override {
    const auto [fits, status] = disk_->write(data.size());
    rocksdb::IOStatus written = target()->Append({data.data(), fits}, options, debug);
    size_ += fits;
    return status.ok() ? written : status;
  }
  rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                           const rocksdb::DataVerificationInfo&,
                           rocksdb::IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  rocksdb::IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return disk_->sync(path_, size_);
  }
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return disk_->sync(path_, size_);
  }

 private:
  std::string path_;
  std::shared_ptr<DiskState> disk_;
  uint64_t size_ = 0;
};

// The real one syncs a disk that these tests only pretend to lose.
class FaultyDirectory : public rocksdb::FSDirectory {
 public:
  rocksdb::IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return rocksdb::IOStatus::OK();
  }
};

class FaultyFileSystem : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultyFileSystem(std::shared_ptr<DiskState> disk)
      : FileSystemWrapper(rocksdb::FileSystem::Default()), disk_(std::move(disk)) {}

  const char* Name() const override { return "FaultyFileSystem"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override {
    if (!disk_->alive()) return rocksdb::IOStatus::IOError("crashed");
    std::unique_ptr<rocksdb::FSWritableFile> real;
    const rocksdb::IOStatus status = target()->NewWritableFile(path, options, &real, debug);
    if (!status.ok()) return status;
    disk_->opened(path);
    *file = std::make_unique<FaultyFile>(std::move(real), path, disk_);
    return status;
  }
  rocksdb::IOStatus GetChildren(const std::string& path, const rocksdb::IOOptions& options,
                                std::vector<std::string>* names,
                                rocksdb::IODebugContext* debug) override {
    if (!disk_->alive()) return rocksdb::IOStatus::IOError("crashed");
    return target()->GetChildren(path, options, names, debug);
  }
  rocksdb::IOStatus GetFileSize(const std::string& path, const rocksdb::IOOptions& options,
                                uint64_t* size, rocksdb::IODebugContext* debug) override {
    if (!disk_->tells_sizes()) return rocksdb::IOStatus::IOError("size of " + path);
    return target()->GetFileSize(path, options, size, debug);
  }
  rocksdb::IOStatus NewDirectory(const std::string&, const rocksdb::IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>* directory,
                                 rocksdb::IODebugContext*) override {
    if (!disk_->alive()) return rocksdb::IOStatus::IOError("crashed");
    *directory = std::make_unique<FaultyDirectory>();
    return rocksdb::IOStatus::OK();
  }
  // As a file system would, not as the wrapper does: RocksDB's own log lies on this disk too.
  rocksdb::IOStatus NewLogger(const std::string& path, const rocksdb::IOOptions& options,
                              std::shared_ptr<rocksdb::Logger>* logger,
                              rocksdb::IODebugContext* debug) override {
    return FileSystem::NewLogger(path, options, logger, debug);
  }
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (!disk_->renamed(from, to)) return rocksdb::IOStatus::IOError("crashed");
    return target()->RenameFile(from, to, options, debug);
  }
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (!disk_->alive()) return rocksdb::IOStatus::IOError("crashed");
    return target()->DeleteFile(path, options, debug);
  }

 private:
  std::shared_ptr<DiskState> disk_;
};

// An Env over such a disk, as open_rocks_store takes it.
inline std::unique_ptr<rocksdb::Env> env_of(const std::shared_ptr<DiskState>& disk) {
  return rocksdb::NewCompositeEnv(std::make_shared<FaultyFileSystem>(disk));
}

}  // namespace muster::storage
