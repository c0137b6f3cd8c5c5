// FileSystem: what the journal and the data directory ask of a disk, and nothing more. A seam: the
// real one (posix_file_system), and one in memory with faults and crashes (memory_file_system).
//
// All calls block; one thread at a time per object. Errors name the path: ENOSPC is kNoSpace, a
// lock that somebody else holds kInUse, everything else kIo. Nothing is durable before a sync:
// bytes of a file after File::sync(), names in a directory after sync_directory() of that
// directory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/error.h"

namespace muster::storage {

// An open file, closed when destroyed. Must not outlive its FileSystem.
class File {
 public:
  virtual ~File() = default;

  // Reads up to `size` bytes at `offset`; fewer only at the end of the file.
  virtual StorageResult<size_t> read(uint64_t offset, char* out, size_t size) = 0;

  // Writes at `offset`, growing the file if need be. May write fewer bytes than asked, but at least
  // one. After an error any part may have been written.
  virtual StorageResult<size_t> write(uint64_t offset, std::string_view bytes) = 0;

  // Bytes and size are durable when it succeeds. When it fails, nothing is known of any write since
  // the last success, and trying again proves nothing.
  virtual StorageResult<Unit> sync() = 0;

  virtual StorageResult<uint64_t> size() = 0;
};

enum class OpenMode : uint8_t {
  kExisting,  // must exist; read and write
  kCreate,    // must not exist
};

// Held until destroyed, or the process ends.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual StorageResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) = 0;
  // Replaces `to` if it exists, in one step.
  virtual StorageResult<Unit> rename(const std::string& from, const std::string& to) = 0;
  virtual StorageResult<Unit> remove(const std::string& path) = 0;
  // Names in a directory, sorted, without "." and "..".
  virtual StorageResult<std::vector<std::string>> list(const std::string& directory) = 0;
  // Makes a directory that only its owner may enter; succeeds if it is there already.
  virtual StorageResult<Unit> make_directory(const std::string& path) = 0;
  virtual StorageResult<Unit> sync_directory(const std::string& path) = 0;
  // Bytes that this process may still write on the file system that holds `path`.
  virtual StorageResult<uint64_t> free_space(const std::string& path) = 0;
  // Locks through a file that is made if need be and names the holder. kInUse names path and
  // holder.
  virtual StorageResult<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// Writes all of `bytes`, over as many calls as it takes. `written`, when given, says how many were
// written before an error.
StorageResult<Unit> write_all(File& file, uint64_t offset, std::string_view bytes,
                              uint64_t* written = nullptr);

// Writes `size` zero bytes from the start of the file: real blocks, not a hole.
StorageResult<Unit> write_zeros(File& file, uint64_t size);

// The directory that holds `path`: "." for a bare name.
std::string parent_directory(const std::string& path);

}  // namespace muster::storage
