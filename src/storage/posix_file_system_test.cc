// What only the machine's file system has: permissions, a lock that names a process, a full device.
#include "storage/posix_file_system.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "storage/temporary_directory.h"

namespace muster::storage {
namespace {

mode_t permissions_of(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mode & 0777;
}

class PosixFileSystemTest : public testing::Test {
 protected:
  std::string path(const std::string& name) { return directory_.path() + "/" + name; }
  TemporaryDirectory directory_;
  std::unique_ptr<FileSystem> files_ = make_posix_file_system();
};

TEST_F(PosixFileSystemTest, KeepsOthersOut) {
  const mode_t before = ::umask(0);
  EXPECT_TRUE(files_->make_directory(path("d")).ok());
  EXPECT_TRUE(files_->open(path("f"), OpenMode::kCreate).ok());
  ::umask(before);
  EXPECT_EQ(permissions_of(path("d")), 0700U);
  EXPECT_EQ(permissions_of(path("f")), 0600U);
}

TEST_F(PosixFileSystemTest, ALockNamesItsHolder) {
  const StorageResult<std::unique_ptr<FileLock>> held = files_->lock(path("lock"));
  ASSERT_TRUE(held.ok());
  const StorageResult<std::unique_ptr<FileLock>> second = files_->lock(path("lock"));
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, StorageErrorKind::kInUse);
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos)
      << second.error().message;
}

TEST_F(PosixFileSystemTest, ALockThatAnEarlierProcessLeftIsTaken) {
  {
    const StorageResult<std::unique_ptr<File>> file = files_->open(path("lock"), OpenMode::kCreate);
    ASSERT_TRUE(file.ok());
    ASSERT_TRUE(write_all(**file, 0, "4194304 and more than a pid\n").ok());
  }
  EXPECT_TRUE(files_->lock(path("lock")).ok());
}

TEST_F(PosixFileSystemTest, AHolderThatLeftNoPidIsAnotherProcess) {
  const int other = ::open(path("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  ASSERT_GE(other, 0);
  ASSERT_EQ(::flock(other, LOCK_EX | LOCK_NB), 0);
  const StorageResult<std::unique_ptr<FileLock>> second = files_->lock(path("lock"));
  ASSERT_FALSE(second.ok());
  EXPECT_NE(second.error().message.find("locked by another process"), std::string::npos)
      << second.error().message;
  ::close(other);
  EXPECT_TRUE(files_->lock(path("lock")).ok());
}

TEST_F(PosixFileSystemTest, ALockNeedsAFileThatTakesAPid) {
  const StorageResult<std::unique_ptr<FileLock>> device = files_->lock("/dev/null");
  ASSERT_FALSE(device.ok());
  EXPECT_EQ(device.error().kind, StorageErrorKind::kIo);
  EXPECT_EQ(device.error().message, "truncate /dev/null: Invalid argument");
  EXPECT_FALSE(files_->lock(path("no/lock")).ok());
}

// A file of the kernel whose every page is missing.
TEST_F(PosixFileSystemTest, AnErrorNamesTheCallThePlaceAndThePath) {
  const StorageResult<std::unique_ptr<File>> broken =
      files_->open("/proc/self/mem", OpenMode::kExisting);
  ASSERT_TRUE(broken.ok()) << broken.error().message;
  char bytes[4];
  const StorageResult<size_t> got = (*broken)->read(0, bytes, sizeof bytes);
  ASSERT_FALSE(got.ok());
  EXPECT_EQ(got.error().kind, StorageErrorKind::kIo);
  EXPECT_EQ(got.error().message, "read at 0 of /proc/self/mem: Input/output error");
  const StorageResult<size_t> wrote = (*broken)->write(0, "x");
  ASSERT_FALSE(wrote.ok());
  EXPECT_EQ(wrote.error().message, "write at 0 of /proc/self/mem: Input/output error");
  const StorageResult<Unit> synced = (*broken)->sync();
  ASSERT_FALSE(synced.ok());
  EXPECT_EQ(synced.error().message, "fdatasync of /proc/self/mem: Invalid argument");
}

TEST_F(PosixFileSystemTest, NoBytesAreWrittenAtOnce) {
  const StorageResult<std::unique_ptr<File>> file = files_->open(path("f"), OpenMode::kCreate);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(*(*file)->write(0, ""), 0U);
}

TEST_F(PosixFileSystemTest, WhatIsNoDirectoryIsRefused) {
  ASSERT_TRUE(files_->open(path("f"), OpenMode::kCreate).ok());
  ASSERT_EQ(::symlink(path("nowhere").c_str(), path("dangling").c_str()), 0);
  for (const std::string& taken : {path("f"), path("dangling")}) {
    const StorageResult<Unit> made = files_->make_directory(taken);
    ASSERT_FALSE(made.ok());
    EXPECT_EQ(made.error().message, "make directory " + taken + ": File exists");
  }
  EXPECT_FALSE(files_->sync_directory(path("f")).ok());
  EXPECT_FALSE(files_->sync_directory("/proc").ok()) << "of a file system that cannot";
  EXPECT_FALSE(files_->free_space(path("nowhere")).ok());
  EXPECT_FALSE(files_->list(path("f")).ok());
}

TEST_F(PosixFileSystemTest, AFullDeviceIsNoSpace) {
  const StorageResult<std::unique_ptr<File>> full = files_->open("/dev/full", OpenMode::kExisting);
  ASSERT_TRUE(full.ok());
  const StorageResult<size_t> wrote = (*full)->write(0, "x");
  ASSERT_FALSE(wrote.ok());
  EXPECT_EQ(wrote.error().kind, StorageErrorKind::kNoSpace);
}

}  // namespace
}  // namespace muster::storage
