#include "storage/data_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "storage/memory_file_system.h"
#include "storage/posix_file_system.h"
#include "storage/temporary_directory.h"

namespace muster::storage {
namespace {

constexpr DataDirectoryOptions kSmall = {
    .ballast_bytes = 1000, .low_water_bytes = 500, .start_bytes = 300};

class DataDirectoryTest : public testing::Test {
 protected:
  std::unique_ptr<DataDirectory> open(const DataDirectoryOptions& options = kSmall) {
    StorageResult<std::unique_ptr<DataDirectory>> opened =
        DataDirectory::open(files_, "/data", options);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().message);
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  void create(const std::string& path, size_t size) {
    StorageResult<std::unique_ptr<File>> file = files_.open(path, OpenMode::kCreate);
    EXPECT_TRUE(file.ok() && write_zeros(**file, size).ok());
  }
  size_t ballast() {
    const std::string* bytes = files_.bytes_of("/data/ballast");
    return bytes == nullptr ? 0 : bytes->size();
  }
  MemoryFileSystem files_;
};

TEST_F(DataDirectoryTest, MakesWhatANamespaceNeedsDurably) {
  {
    const auto directory = open();
    const StorageResult<NamespacePaths> paths = directory->open_namespace("default");
    ASSERT_TRUE(paths.ok());
    EXPECT_EQ(paths->journal, "/data/default/journal");
    EXPECT_EQ(paths->store, "/data/default/store");
  }
  files_.crash();
  EXPECT_TRUE(files_.list("/data/default/journal").ok());
  EXPECT_TRUE(files_.list("/data/default/store").ok());
  EXPECT_TRUE(open()->open_namespace("default").ok()) << "it is there already";
}

TEST_F(DataDirectoryTest, RefusesNamesThatLeadElsewhere) {
  const auto directory = open();
  for (const char* name : {"", ".", "..", "a/b", "../x", "lock", "ballast"}) {
    EXPECT_FALSE(directory->open_namespace(name).ok()) << name;
  }
}

TEST_F(DataDirectoryTest, IsHeldByOne) {
  auto first = open();
  const auto second = DataDirectory::open(files_, "/data/", kSmall);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, StorageErrorKind::kInUse);
  EXPECT_NE(second.error().message.find("data directory /data is in use"), std::string::npos);
  first.reset();
  EXPECT_TRUE(DataDirectory::open(files_, "/data", kSmall).ok());
}

TEST_F(DataDirectoryTest, AMissingParentIsAnError) {
  EXPECT_FALSE(DataDirectory::open(files_, "/no/data", kSmall).ok());
}

TEST_F(DataDirectoryTest, HoldsABallastFromTheStart) {
  EXPECT_TRUE(open()->has_ballast());
  EXPECT_EQ(ballast(), 1000U);
  EXPECT_TRUE(open()->has_ballast()) << "that of the earlier start";
  EXPECT_TRUE(open({.ballast_bytes = 2000, .low_water_bytes = 500})->has_ballast());
  EXPECT_EQ(ballast(), 2000U);
  EXPECT_FALSE(open({.ballast_bytes = 0})->has_ballast());
  EXPECT_EQ(ballast(), 0U);
}

TEST_F(DataDirectoryTest, HalfABallastIsMadeAnew) {
  ASSERT_TRUE(files_.make_directory("/data").ok());
  create("/data/ballast", 300);  // a server died while it wrote it
  EXPECT_TRUE(open()->has_ballast());
  EXPECT_EQ(ballast(), 1000U);
}

// Whatever call fails at a start, the next one succeeds and finds everything in place.
TEST_F(DataDirectoryTest, AStartThatFailsHarmsNoLaterOne) {
  int failed = 0;
  for (uint64_t call = 1; call <= 20; ++call) {
    MemoryFileSystem files;
    files.fail_at(call, Fault::kIo, true);
    const auto first = DataDirectory::open(files, "/data", kSmall);
    if (!first.ok() || !(*first)->open_namespace("default").ok()) ++failed;
    files.crash();
    const auto second = DataDirectory::open(files, "/data", kSmall);
    ASSERT_TRUE(second.ok()) << call;
    EXPECT_TRUE((*second)->has_ballast());
    EXPECT_TRUE((*second)->open_namespace("default").ok());
  }
  EXPECT_GT(failed, 10);
}

TEST_F(DataDirectoryTest, GivesTheBallastAndTakesItBack) {
  files_.set_capacity(5000);
  const auto directory = open();
  EXPECT_FALSE(*directory->is_low());
  create("/data/big", 3600);  // 400 left
  EXPECT_TRUE(*directory->is_low());
  ASSERT_TRUE(directory->release_ballast().ok());
  EXPECT_FALSE(directory->has_ballast());
  EXPECT_EQ(*files_.free_space("/data"), 1400U);
  EXPECT_TRUE(*directory->is_low()) << "the ballast's room is no room";
  EXPECT_FALSE(*directory->restore_ballast());
  ASSERT_TRUE(files_.remove("/data/big").ok());
  EXPECT_FALSE(*directory->is_low());
  EXPECT_TRUE(*directory->restore_ballast());
  EXPECT_EQ(ballast(), 1000U);
  EXPECT_TRUE(*directory->restore_ballast()) << "it is there";
}

TEST_F(DataDirectoryTest, StartsOnADiskThatIsNearlyFull) {
  ASSERT_TRUE(files_.make_directory("/data").ok());
  create("/data/big", 3900);
  files_.set_capacity(5000);
  const auto directory = open();
  ASSERT_NE(directory, nullptr);
  EXPECT_FALSE(directory->has_ballast());
  EXPECT_EQ(ballast(), 0U);
  EXPECT_TRUE(*directory->is_low());
}

TEST_F(DataDirectoryTest, AStartOnAFullDiskGetsTheBallast) {
  files_.set_capacity(5000);
  const auto directory = open();
  create("/data/big", 3900);  // 100 left
  ASSERT_TRUE(directory->make_room_for_start().ok());
  EXPECT_FALSE(directory->has_ballast());
  EXPECT_EQ(*files_.free_space("/data"), 1100U);
}

TEST_F(DataDirectoryTest, AStartWithRoomEnoughKeepsTheBallast) {
  files_.set_capacity(5000);
  const auto directory = open();
  create("/data/big", 3000);
  ASSERT_TRUE(directory->make_room_for_start().ok());
  EXPECT_TRUE(directory->has_ballast());
}

TEST_F(DataDirectoryTest, AStartWithoutRoomIsRefusedAndSaysWhatIsMissing) {
  files_.set_capacity(5000);
  const auto directory = open();
  ASSERT_TRUE(directory->release_ballast().ok());
  create("/data/big", 4800);  // 200 left
  const StorageResult<Unit> room = directory->make_room_for_start();
  ASSERT_FALSE(room.ok());
  EXPECT_EQ(room.error().kind, StorageErrorKind::kNoSpace);
  EXPECT_NE(room.error().message.find("a start needs 300 bytes, 200 are free"), std::string::npos)
      << room.error().message;
}

TEST_F(DataDirectoryTest, ADiskThatFillsMeanwhileLeavesNoHalfBallast) {
  const auto directory = open();
  ASSERT_TRUE(directory->release_ballast().ok());
  for (uint64_t call = 2; call <= 5; ++call) {  // open, write, sync, sync of the directory
    files_.fail_at(files_.calls() + call, Fault::kNoSpace, false);
    const StorageResult<bool> restored = directory->restore_ballast();
    ASSERT_TRUE(restored.ok()) << restored.error().message;
    EXPECT_FALSE(*restored);
    EXPECT_EQ(ballast(), 0U);
  }
  EXPECT_TRUE(*directory->restore_ballast());
}

// Each call of an action fails: the action says so, and can be taken again.
template <class Action>
void expect_each_call_matters(MemoryFileSystem& files, uint64_t calls, Action&& action) {
  for (uint64_t call = 1; call <= calls; ++call) {
    files.fail_at(files.calls() + call, Fault::kIo, false);
    const auto done = action();
    ASSERT_FALSE(done.ok()) << call;
    EXPECT_EQ(done.error().kind, StorageErrorKind::kIo);
    files.clear_faults();
  }
}

TEST_F(DataDirectoryTest, AFailedReleaseIsSaidAndOneWithoutBallastIsNothing) {
  const auto directory = open();
  expect_each_call_matters(files_, 1, [&] { return directory->release_ballast(); });
  EXPECT_TRUE(directory->has_ballast());
  ASSERT_TRUE(directory->release_ballast().ok());
  const uint64_t calls = files_.calls();
  EXPECT_TRUE(directory->release_ballast().ok());
  EXPECT_EQ(files_.calls(), calls);
}

TEST_F(DataDirectoryTest, AStartThatCannotLookForRoomIsRefused) {
  files_.set_capacity(5000);
  const auto directory = open();
  create("/data/big", 3900);  // less than a ballast is left, so it has to go
  // free space, removal
  expect_each_call_matters(files_, 2, [&] { return directory->make_room_for_start(); });
  EXPECT_TRUE(directory->has_ballast());
  files_.fail_at(files_.calls() + 4, Fault::kIo, false);  // free space, after removal and its sync
  EXPECT_FALSE(directory->make_room_for_start().ok());
  EXPECT_TRUE(directory->make_room_for_start().ok());
}

TEST_F(DataDirectoryTest, ABallastThatCannotBeJudgedRefusesTheStart) {
  ASSERT_TRUE(files_.make_directory("/data").ok());
  create("/data/ballast", 300);
  // list, lock, open; then size and removal of what is too small
  for (const uint64_t call : {4, 5}) {
    files_.fail_at(files_.calls() + call, Fault::kIo, false);
    EXPECT_FALSE(DataDirectory::open(files_, "/data", kSmall).ok()) << call;
    files_.clear_faults();
    EXPECT_EQ(ballast(), 300U);
  }
  EXPECT_TRUE(open()->has_ballast());
}

TEST_F(DataDirectoryTest, AnEmptyBallastIsNone) {
  ASSERT_TRUE(files_.make_directory("/data").ok());
  create("/data/ballast", 0);
  EXPECT_FALSE(open({.ballast_bytes = 0})->has_ballast());
  EXPECT_EQ(files_.bytes_of("/data/ballast"), nullptr);
}

TEST_F(DataDirectoryTest, TheRootKeepsItsOnlySlash) {
  const auto root = DataDirectory::open(files_, "//", kSmall);
  ASSERT_TRUE(root.ok()) << root.error().message;
  EXPECT_EQ((*root)->path(), "/");
}

TEST(DataDirectoryOnDisk, IsPrivateAndNamesItsHolder) {
  const TemporaryDirectory base;
  const std::unique_ptr<FileSystem> files = make_posix_file_system();
  const std::string path = base.path() + "/data";
  const auto first = DataDirectory::open(*files, path, kSmall);
  ASSERT_TRUE(first.ok());
  struct stat status = {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  const auto second = DataDirectory::open(*files, path, kSmall);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, StorageErrorKind::kInUse);
  EXPECT_NE(second.error().message.find(path), std::string::npos);
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())),
            std::string::npos);
}

}  // namespace
}  // namespace muster::storage
