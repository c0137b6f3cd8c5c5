// DataDirectory: the directory that one server process holds: its lock, its ballast, and a
// directory per namespace with journal and store (docs/storage.md). One thread at a time; blocks on
// the disk.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "model/limits.h"
#include "storage/file_system.h"

namespace muster::storage {

struct DataDirectoryOptions {
  uint64_t ballast_bytes = limits::kBallastBytes;  // 0: none
  uint64_t low_water_bytes = limits::kLowWaterBytes;
  uint64_t start_bytes = limits::kStartBytes;
};

struct NamespacePaths {
  std::string journal;
  std::string store;
};

class DataDirectory {
  struct OnlyOpen {};  // keeps the constructor to open()

 public:
  DataDirectory(OnlyOpen, FileSystem& files, std::string path, const DataDirectoryOptions& options)
      : files_(files), path_(std::move(path)), options_(options) {}

  // Makes it if need be (its parent must exist) and locks it until destroyed. kInUse names the
  // directory and the process that holds it. Too little room for the ballast is no error. `files`
  // outlives it.
  static StorageResult<std::unique_ptr<DataDirectory>> open(FileSystem& files, std::string path,
                                                            const DataDirectoryOptions& options);

  // The directories of a namespace, made if need be; their names are durable when it succeeds.
  StorageResult<NamespacePaths> open_namespace(const std::string& name);

  // Whether there is less room than the low-water mark: then nothing new is accepted. A released
  // ballast counts as room that is spoken for.
  StorageResult<bool> is_low();

  // Gives the ballast's bytes to whoever ran out of room.
  StorageResult<Unit> release_ballast();

  // What is accepted already must be recoverable on a full disk: where less than a ballast is free,
  // the ballast goes. kNoSpace: even so there is less than a start needs (start_bytes), and the
  // message says how much is missing.
  StorageResult<Unit> make_room_for_start();

  // Takes it back once there is room for it above the low-water mark; says whether it is there.
  StorageResult<bool> restore_ballast();

  bool has_ballast() const { return has_ballast_; }
  const std::string& path() const { return path_; }

 private:
  StorageResult<Unit> make_and_lock();
  StorageResult<Unit> adopt_ballast();
  StorageResult<Unit> write_ballast();
  StorageResult<Unit> make_directory(const std::string& path);
  std::string ballast_path() const { return path_ + "/ballast"; }

  FileSystem& files_;
  std::string path_;
  DataDirectoryOptions options_;
  std::unique_ptr<FileLock> lock_;
  bool has_ballast_ = false;
};

}  // namespace muster::storage
