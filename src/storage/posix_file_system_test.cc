// What only the machine's file system has: permissions, a lock that names a process, a full device.
#include "storage/posix_file_system.h"

#include <gtest/gtest.h>
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

TEST_F(PosixFileSystemTest, AFullDeviceIsNoSpace) {
  const StorageResult<std::unique_ptr<File>> full = files_->open("/dev/full", OpenMode::kExisting);
  ASSERT_TRUE(full.ok());
  const StorageResult<size_t> wrote = (*full)->write(0, "x");
  ASSERT_FALSE(wrote.ok());
  EXPECT_EQ(wrote.error().kind, StorageErrorKind::kNoSpace);
}

}  // namespace
}  // namespace muster::storage
