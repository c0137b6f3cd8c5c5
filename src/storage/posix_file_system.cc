#include "storage/posix_file_system.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace muster::storage {
namespace {

StorageError error_from(int number, std::string_view what, const std::string& path) {
  // not covered: needs a file system with quotas
  const bool no_space = number == ENOSPC || number == EDQUOT;
  return {no_space ? StorageErrorKind::kNoSpace : StorageErrorKind::kIo,
          fmt::format("{} {}: {}", what, path, std::generic_category().message(number))};
}

// Repeats a system call that a signal interrupted.
template <class Call>
auto uninterrupted(Call&& call) {
  auto result = call();
  // not covered: needs a signal while a slow disk works
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

Descriptor open_descriptor(const std::string& path, int flags) {
  return Descriptor(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, 0600); }));
}

class PosixFile final : public File {
 public:
  PosixFile(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}

  StorageResult<size_t> read(uint64_t offset, char* out, size_t size) override {
    size_t done = 0;
    while (done < size) {
      const ssize_t got = uninterrupted([&] {
        return ::pread(descriptor_.get(), out + done, size - done,
                       static_cast<off_t>(offset + done));
      });
      if (got < 0) return error_from(errno, fmt::format("read at {} of", offset + done), path_);
      if (got == 0) break;
      done += static_cast<size_t>(got);
    }
    return done;
  }

  StorageResult<size_t> write(uint64_t offset, std::string_view bytes) override {
    const ssize_t wrote = uninterrupted([&] {
      return ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    });
    if (wrote < 0) return error_from(errno, fmt::format("write at {} of", offset), path_);
    // not covered: no file system does that; without the error the caller would try for ever
    if (wrote == 0 && !bytes.empty()) return error_from(EIO, "write of no byte to", path_);
    return static_cast<size_t>(wrote);
  }

  // Not repeated after EINTR: a sync that did not succeed is never known to have happened.
  StorageResult<Unit> sync() override {
    if (::fdatasync(descriptor_.get()) != 0) return error_from(errno, "fdatasync of", path_);
    return Unit{};
  }

  StorageResult<uint64_t> size() override {
    struct stat status = {};
    // not covered: of an open file it does not fail, but on a network
    if (::fstat(descriptor_.get(), &status) != 0) return error_from(errno, "stat of", path_);
    return static_cast<uint64_t>(status.st_size);
  }

 private:
  Descriptor descriptor_;
  std::string path_;
};

// flock, not fcntl: a fcntl lock is lost when any descriptor of the file is closed.
class PosixLock final : public FileLock {
 public:
  explicit PosixLock(Descriptor descriptor) : descriptor_(std::move(descriptor)) {}

 private:
  Descriptor descriptor_;
};

std::string holder_of(int descriptor) {
  char text[64] = {};
  const ssize_t got = ::pread(descriptor, text, sizeof text - 1, 0);
  const std::string_view line(text, got > 0 ? static_cast<size_t>(got) : 0);
  const std::string_view pid = line.substr(0, line.find('\n'));
  return pid.empty() ? "another process" : fmt::format("process {}", pid);
}

class PosixFileSystem final : public FileSystem {
 public:
  StorageResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    const int flags = mode == OpenMode::kCreate ? O_RDWR | O_CREAT | O_EXCL : O_RDWR;
    Descriptor descriptor = open_descriptor(path, flags);
    if (!descriptor.ok()) return error_from(errno, "open", path);
    return std::unique_ptr<File>(std::make_unique<PosixFile>(std::move(descriptor), path));
  }

  StorageResult<Unit> rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) return error_from(errno, "rename", from);
    return Unit{};
  }

  StorageResult<Unit> remove(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return error_from(errno, "remove", path);
    return Unit{};
  }

  StorageResult<std::vector<std::string>> list(const std::string& directory) override {
    const std::unique_ptr<DIR, CloseDirectory> open_directory(::opendir(directory.c_str()));
    if (open_directory == nullptr) return error_from(errno, "list", directory);
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(open_directory.get())) {
      const std::string_view name = entry->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
      errno = 0;
    }
    // not covered: needs a directory with damage in the middle
    if (errno != 0) return error_from(errno, "list", directory);
    std::sort(names.begin(), names.end());
    return names;
  }

  StorageResult<Unit> make_directory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0700) == 0) return Unit{};
    const int why = errno;
    struct stat status = {};
    if (why == EEXIST && ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      return Unit{};
    }
    return error_from(why, "make directory", path);
  }

  StorageResult<Unit> sync_directory(const std::string& path) override {
    const Descriptor directory = open_descriptor(path, O_RDONLY | O_DIRECTORY);
    if (!directory.ok()) return error_from(errno, "open", path);
    if (::fsync(directory.get()) != 0) return error_from(errno, "fsync of", path);
    return Unit{};
  }

  StorageResult<uint64_t> free_space(const std::string& path) override {
    struct statvfs status = {};
    if (::statvfs(path.c_str(), &status) != 0) return error_from(errno, "free space of", path);
    return uint64_t{status.f_bavail} * status.f_frsize;
  }

  StorageResult<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    Descriptor descriptor = open_descriptor(path, O_RDWR | O_CREAT);
    if (!descriptor.ok()) return error_from(errno, "open", path);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) {
      // not covered: needs a file system without locks
      if (errno != EWOULDBLOCK) return error_from(errno, "lock", path);
      return StorageError{StorageErrorKind::kInUse,
                          fmt::format("{} is locked by {}", path, holder_of(descriptor.get()))};
    }
    // The holder's pid is for people: a disk too full to take it is no reason to refuse.
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(descriptor.get(), 0) != 0) return error_from(errno, "truncate", path);
    [[maybe_unused]] const ssize_t wrote = ::pwrite(descriptor.get(), pid.data(), pid.size(), 0);
    return std::unique_ptr<FileLock>(std::make_unique<PosixLock>(std::move(descriptor)));
  }

 private:
  struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
  };
};

}  // namespace

std::unique_ptr<FileSystem> make_posix_file_system() { return std::make_unique<PosixFileSystem>(); }

}  // namespace muster::storage
