#include "storage/memory_file_system.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace muster::storage {
namespace {

class MemoryFileSystemTest : public testing::Test {
 protected:
  MemoryFileSystemTest() {
    EXPECT_TRUE(files_.make_directory("/d").ok());
    EXPECT_TRUE(files_.sync_directory("/").ok());
  }
  std::unique_ptr<File> create(const std::string& path, std::string_view text) {
    StorageResult<std::unique_ptr<File>> file = files_.open(path, OpenMode::kCreate);
    EXPECT_TRUE(file.ok() && write_all(**file, 0, text).ok());
    return std::move(*file);
  }
  std::unique_ptr<File> create_durable(const std::string& path, std::string_view text) {
    std::unique_ptr<File> file = create(path, text);
    EXPECT_TRUE(file->sync().ok());
    EXPECT_TRUE(files_.sync_directory("/d").ok());
    return file;
  }
  // Its bytes, or "none".
  std::string text_of(const std::string& path) {
    const std::string* bytes = files_.bytes_of(path);
    return bytes == nullptr ? "none" : *bytes;
  }
  void fail_next(Fault fault, bool from_then_on = false) {
    files_.fail_at(files_.calls() + 1, fault, from_then_on);
  }
  MemoryFileSystem files_;
};

TEST_F(MemoryFileSystemTest, SyncedBytesUnderASyncedNameSurvive) {
  create_durable("/d/f", "kept");
  files_.crash();
  EXPECT_EQ(text_of("/d/f"), "kept");
}

TEST_F(MemoryFileSystemTest, UnsyncedBytesAreLost) {
  const std::unique_ptr<File> file = create_durable("/d/f", "kept");
  EXPECT_TRUE(write_all(*file, 2, "lost and longer").ok());
  files_.crash();
  EXPECT_EQ(text_of("/d/f"), "kept");
}

TEST_F(MemoryFileSystemTest, AWriteOfNothingLosesNothing) {
  const std::unique_ptr<File> file = create_durable("/d/f", "kept");
  EXPECT_EQ(*file->write(0, ""), 0U);
  for (uint64_t seed = 0; seed < 8; ++seed) {
    files_.crash_keeping_some(seed);
    EXPECT_EQ(text_of("/d/f"), "kept");
  }
}

TEST_F(MemoryFileSystemTest, AWriteThatFailsOnAFullDiskIsAnErrorAndPutsDownNothing) {
  const std::unique_ptr<File> file = create("/d/f", "1234");
  files_.set_capacity(4);
  fail_next(Fault::kIo);
  const StorageResult<size_t> wrote = file->write(4, "56");
  ASSERT_FALSE(wrote.ok());
  EXPECT_EQ(wrote.error().kind, StorageErrorKind::kIo);
  EXPECT_EQ(text_of("/d/f"), "1234");
}

TEST_F(MemoryFileSystemTest, NamesWithoutASlashLieInTheWorkingDirectory) {
  create("bare", "bytes");
  EXPECT_EQ(*files_.list("."), std::vector<std::string>{"bare"});
  EXPECT_EQ(text_of("."), "none") << "it is no file";
}

TEST_F(MemoryFileSystemTest, ANameWithoutDirectorySyncIsLost) {
  EXPECT_TRUE(create("/d/f", "bytes")->sync().ok());
  files_.crash();
  EXPECT_EQ(text_of("/d/f"), "none");
}

TEST_F(MemoryFileSystemTest, ARenameWithoutDirectorySyncIsUndone) {
  create_durable("/d/f", "bytes");
  EXPECT_TRUE(files_.rename("/d/f", "/d/g").ok());
  files_.crash();
  EXPECT_EQ(text_of("/d/f"), "bytes");
  EXPECT_EQ(text_of("/d/g"), "none");
}

TEST_F(MemoryFileSystemTest, ARemovalWithoutDirectorySyncIsUndone) {
  create_durable("/d/f", "bytes");
  EXPECT_TRUE(files_.remove("/d/f").ok());
  files_.crash();
  EXPECT_EQ(text_of("/d/f"), "bytes");
}

TEST_F(MemoryFileSystemTest, ADirectoryWithoutItsParentsSyncIsLostWithItsFiles) {
  EXPECT_TRUE(files_.make_directory("/d/e").ok());
  EXPECT_TRUE(create("/d/e/f", "bytes")->sync().ok());
  EXPECT_TRUE(files_.sync_directory("/d/e").ok());
  files_.crash();
  EXPECT_EQ(text_of("/d/e/f"), "none");
  EXPECT_FALSE(files_.list("/d/e").ok());
}

TEST_F(MemoryFileSystemTest, HandlesAndLocksFromBeforeAreDead) {
  const std::unique_ptr<File> file = create_durable("/d/f", "bytes");
  const StorageResult<std::unique_ptr<FileLock>> lock = files_.lock("/d/lock");
  files_.crash();
  char byte = 0;
  EXPECT_FALSE(file->read(0, &byte, 1).ok());
  EXPECT_FALSE(file->write(0, "x").ok());
  EXPECT_FALSE(file->sync().ok());
  EXPECT_FALSE(file->size().ok());
  EXPECT_TRUE(files_.lock("/d/lock").ok());
}

TEST_F(MemoryFileSystemTest, KeepsSomeSectorsWholeAndLosesOthers) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.make_directory("/d").ok() && files.sync_directory("/").ok());
    const StorageResult<std::unique_ptr<File>> file = files.open("/d/f", OpenMode::kCreate);
    ASSERT_TRUE(write_all(**file, 0, std::string(1024, 'o')).ok());
    ASSERT_TRUE((*file)->sync().ok() && files.sync_directory("/d").ok());
    ASSERT_TRUE(write_all(**file, 100, std::string(1200, 'n')).ok());
    files.crash_keeping_some(seed);
    const std::string found = *files.bytes_of("/d/f");
    ASSERT_GE(found.size(), 1024U);
    outcomes.insert(found);
    for (size_t sector = 0; sector < 2; ++sector) {
      const std::string bytes = found.substr(sector * 512, 512);
      const size_t old_bytes = sector == 0 ? 100 : 0;
      const std::string fresh = std::string(old_bytes, 'o') + std::string(512 - old_bytes, 'n');
      ASSERT_TRUE(bytes == std::string(512, 'o') || bytes == fresh);
    }
  }
  EXPECT_EQ(outcomes.size(), 8U) << "three sectors, each kept or not";
}

TEST_F(MemoryFileSystemTest, KeepsSomeNamesAndLosesOthers) {
  std::set<std::string> outcomes;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    MemoryFileSystem files;
    ASSERT_TRUE(files.make_directory("/d").ok() && files.sync_directory("/").ok());
    ASSERT_TRUE(files.open("/d/f", OpenMode::kCreate).ok());
    ASSERT_TRUE(files.sync_directory("/d").ok());
    ASSERT_TRUE(files.rename("/d/f", "/d/g").ok());
    files.crash_keeping_some(seed);
    const StorageResult<std::vector<std::string>> names = files.list("/d");
    ASSERT_EQ(names->size(), 1U) << "a rename happens as a whole or not at all";
    outcomes.insert(names->front());
  }
  EXPECT_EQ(outcomes, (std::set<std::string>{"f", "g"}));
}

TEST_F(MemoryFileSystemTest, AFailedWriteIsTorn) {
  const std::unique_ptr<File> file = create("/d/f", "oooooo");
  fail_next(Fault::kIo);
  EXPECT_FALSE(file->write(0, "nnnn").ok());
  EXPECT_EQ(text_of("/d/f"), "nnoooo");
  EXPECT_TRUE(file->write(0, "nnnn").ok()) << "once only";
}

TEST_F(MemoryFileSystemTest, AFaultMayStay) {
  const std::unique_ptr<File> file = create("/d/f", "");
  fail_next(Fault::kIo, true);
  EXPECT_FALSE(file->sync().ok());
  EXPECT_FALSE(files_.list("/d").ok());
  EXPECT_FALSE(file->sync().ok());
  files_.clear_faults();
  EXPECT_TRUE(file->sync().ok());
}

TEST_F(MemoryFileSystemTest, AFullDiskSparesWhatNeedsNoRoom) {
  const std::unique_ptr<File> file = create("/d/f", "text");
  fail_next(Fault::kNoSpace, true);
  EXPECT_EQ(file->write(0, "n").error().kind, StorageErrorKind::kNoSpace);
  EXPECT_EQ(text_of("/d/f"), "text");
  EXPECT_EQ(files_.open("/d/g", OpenMode::kCreate).error().kind, StorageErrorKind::kNoSpace);
  EXPECT_TRUE(files_.list("/d").ok());
  EXPECT_TRUE(files_.remove("/d/f").ok());
}

TEST_F(MemoryFileSystemTest, AShortWriteIsGoneOnWithByWriteAll) {
  const std::unique_ptr<File> file = create("/d/f", "");
  fail_next(Fault::kShort);
  EXPECT_EQ(*file->write(0, "four"), 2U);
  fail_next(Fault::kShort, true);
  EXPECT_TRUE(write_all(*file, 0, "a longer text").ok());
  EXPECT_EQ(text_of("/d/f"), "a longer text");
}

TEST_F(MemoryFileSystemTest, CapacityIsShared) {
  files_.set_capacity(10);
  const std::unique_ptr<File> one = create("/d/one", "12345678");
  StorageResult<std::unique_ptr<File>> two = files_.open("/d/two", OpenMode::kCreate);
  uint64_t written = 0;
  const StorageResult<Unit> wrote = write_all(**two, 0, "abcd", &written);
  EXPECT_EQ(wrote.error().kind, StorageErrorKind::kNoSpace);
  EXPECT_EQ(written, 2U);
  EXPECT_EQ(*files_.free_space("/d"), 0U);
  EXPECT_TRUE(one->write(0, "x").ok()) << "no new bytes";
  EXPECT_TRUE(files_.remove("/d/one").ok());
  EXPECT_EQ(*files_.free_space("/d"), 8U);
}

}  // namespace
}  // namespace muster::storage
