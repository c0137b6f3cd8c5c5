// RocksDB on a disk that fills, fails, crashes and rots. What every store must do:
// store_conformance_test.
#include "storage/rocks_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "base/hash.h"
#include "storage/rocks_faults.h"

namespace muster::storage {
namespace {

namespace fs = std::filesystem;
using Pairs = std::map<std::string, std::string>;

class RocksStoreTest : public testing::Test {
 protected:
  RocksStoreTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    root_ = testing::TempDir() + test->name() + std::to_string(::getpid());
    fs::remove_all(root_);
    fs::create_directory(root_);
    directory_ = root_ + "/store";
  }
  ~RocksStoreTest() override {
    store_.reset();
    fs::remove_all(root_);
  }

  void wipe() {
    store_.reset();
    fs::remove_all(directory_);
  }

  // A new disk over the files as they are.
  StorageResult<Unit> open() {
    store_.reset();
    disk_ = std::make_shared<DiskState>();
    env_ = env_of(disk_);
    auto opened = open_rocks_store(directory_, env_.get());
    if (!opened) return opened.error();
    store_ = std::move(*opened);
    return Unit();
  }
  void open_or_die() {
    const auto opened = open();
    CHECK(opened.ok(), "{}", opened.error().message);
  }

  // Write n changes every key: key i holds n, and as much text as makes files of several blocks.
  static constexpr int kKeys = 300;
  static Pairs after_write(int n) {
    Pairs pairs;
    for (int i = 0; i < kKeys; ++i) {
      pairs["key" + std::to_string(i)] = std::to_string(n) + std::string(500, static_cast<char>(n));
    }
    return pairs;
  }
  StorageResult<Unit> write(int n) {
    StoreBatch batch;
    for (const auto& [key, value] : after_write(n)) batch.put(key, value);
    return store_->write(batch);
  }

  static StoreBatch put(std::string_view key, std::string_view value) {
    StoreBatch batch;
    batch.put(key, value);
    return batch;
  }

  StorageResult<Pairs> contents() {
    Pairs pairs;
    const auto scanned = store_->scan("", [&](std::string_view key, std::string_view value) {
      pairs.emplace(key, value);
      return StorageResult<Unit>(Unit());
    });
    if (!scanned) return scanned.error();
    return pairs;
  }

  std::vector<std::string> files(std::string_view ending) {
    std::vector<std::string> found;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      const std::string path = entry.path().string();
      if (path.ends_with(ending)) found.push_back(path);
    }
    return found;
  }

  std::string root_;
  std::string directory_;
  std::shared_ptr<DiskState> disk_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<Store> store_;
};

TEST_F(RocksStoreTest, MakesItsDirectoryForItsOwnerOnly) {
  open_or_die();
  struct stat info = {};
  ASSERT_EQ(::stat(directory_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
}

TEST_F(RocksStoreTest, ADirectoryInUseIsNamed) {
  open_or_die();
  const auto second = open_rocks_store(directory_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().kind, StorageErrorKind::kInUse);
  EXPECT_NE(second.error().message.find(directory_), std::string::npos);
}

TEST_F(RocksStoreTest, AMissingParentIsAnError) {
  const auto opened = open_rocks_store(root_ + "/no/store");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kIo);
}

TEST_F(RocksStoreTest, AMissingCurrentBesideDataIsRefused) {
  open_or_die();
  ASSERT_TRUE(write(1).ok());
  store_.reset();
  fs::remove(directory_ + "/CURRENT");
  const auto opened = open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_NE(opened.error().message.find("CURRENT"), std::string::npos);
  EXPECT_FALSE(files(".log").empty()) << "nothing was made anew";
}

TEST_F(RocksStoreTest, AMissingManifestIsRefused) {
  open_or_die();
  ASSERT_TRUE(write(1).ok());
  store_.reset();
  for (const auto& entry : fs::directory_iterator(directory_)) {
    if (entry.path().filename().string().starts_with("MANIFEST")) fs::remove(entry.path());
  }
  EXPECT_FALSE(open().ok());
}

TEST_F(RocksStoreTest, AnEmptyCurrentIsRefused) {
  open_or_die();
  ASSERT_TRUE(write(1).ok());
  store_.reset();
  fs::resize_file(directory_ + "/CURRENT", 0);
  const auto opened = open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kCorrupt);
}

// Creation is made of many steps; whatever is left of them, the next start finishes.
TEST_F(RocksStoreTest, AnUnfinishedCreationIsFinished) {
  open_or_die();
  const uint64_t bytes = disk_->written();
  store_.reset();
  for (uint64_t room = 0; room < bytes; room += 613) {
    wipe();
    disk_ = std::make_shared<DiskState>();
    disk_->fill_after(room);
    env_ = env_of(disk_);
    (void)open_rocks_store(directory_, env_.get()).ok();
    const auto opened = open();
    ASSERT_TRUE(opened.ok()) << room << " bytes: " << opened.error().message;
    ASSERT_TRUE(write(1).ok());
    ASSERT_EQ(*contents(), after_write(1));
    store_.reset();
  }
}

// The disk fills at every some byte of a write: nothing of it is seen, room makes it good again.
TEST_F(RocksStoreTest, AFullDiskRefusesAndRecovers) {
  for (uint64_t room = 0; room < 150'000; room += 24'989) {
    wipe();
    open_or_die();
    ASSERT_TRUE(write(1).ok());
    disk_->fill_after(room);
    const auto full = write(2);
    ASSERT_FALSE(full.ok()) << room;
    EXPECT_EQ(full.error().kind, StorageErrorKind::kNoSpace) << full.error().message;
    const auto still = write(2);
    ASSERT_FALSE(still.ok());
    EXPECT_EQ(still.error().kind, StorageErrorKind::kNoSpace) << still.error().message;
    disk_->make_room();
    const auto written = write(3);
    ASSERT_TRUE(written.ok()) << written.error().message;
    open_or_die();
    EXPECT_EQ(*contents(), after_write(3));
  }
}

// Room comes back by and by: going on needs some itself, and may fail at every step of it.
TEST_F(RocksStoreTest, RecoversWithWhateverRoomThereIs) {
  for (int reopened = 0; reopened < 2; ++reopened) {
    for (uint64_t room = 0; room < 400'000; room = room * 2 + 97) {
      wipe();
      open_or_die();
      ASSERT_TRUE(write(1).ok());
      if (reopened != 0) open_or_die();
      disk_->fill_after(100);
      ASSERT_FALSE(write(2).ok());
      disk_->fill_after(room);
      const bool written = write(3).ok();
      const auto found = contents();  // closed when it could not be opened anew
      EXPECT_EQ(found.ok() ? *found : after_write(1), after_write(written ? 3 : 1)) << room;
      disk_->make_room();
      ASSERT_TRUE(write(4).ok()) << room;
      ASSERT_TRUE(write(5).ok()) << room;
      open_or_die();
      EXPECT_EQ(*contents(), after_write(5)) << room;
    }
  }
}

// A checkpoint reads before it writes.
TEST_F(RocksStoreTest, AReadOpensWhatAFailedWriteClosed) {
  open_or_die();
  ASSERT_TRUE(write(1).ok());
  disk_->fill_after(0);
  ASSERT_FALSE(write(2).ok());
  ASSERT_FALSE(write(2).ok());  // opened anew in vain: closed now
  const auto without_room = contents();
  ASSERT_FALSE(without_room.ok());
  EXPECT_EQ(without_room.error().kind, StorageErrorKind::kNoSpace);
  disk_->make_room();
  const auto found = contents();
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(*found, after_write(1));
  ASSERT_TRUE(write(3).ok());
  EXPECT_EQ(*contents(), after_write(3));
}

TEST_F(RocksStoreTest, AValueThatCannotBeReadIsAnErrorToo) {
  open_or_die();
  ASSERT_TRUE(write(1).ok());
  disk_->fill_after(0);
  ASSERT_FALSE(write(2).ok());
  ASSERT_FALSE(write(2).ok());
  const auto closed = store_->get("key1");
  ASSERT_FALSE(closed.ok());
  EXPECT_EQ(closed.error().kind, StorageErrorKind::kNoSpace);
  disk_->make_room();
  const auto found = store_->get("key1");
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(**found, after_write(1)["key1"]);
}

// Without the place of the last good write a failed one could not be cut off: refused until the
// next start, which decides by what is on the disk.
TEST_F(RocksStoreTest, WithoutTheEndOfItsLogNoWriteIsTriedAgain) {
  open_or_die();
  disk_->fail_sizes(true);
  ASSERT_TRUE(write(1).ok());
  disk_->fail_sizes(false);
  disk_->fail_syncs(true);
  ASSERT_FALSE(write(2).ok());
  disk_->fail_syncs(false);
  const auto again = write(3);
  ASSERT_FALSE(again.ok());
  EXPECT_NE(again.error().message.find("the end of its log is unknown"), std::string::npos)
      << again.error().message;
  EXPECT_FALSE(store_->get("key1").ok());
  open_or_die();
  ASSERT_TRUE(write(4).ok());
  EXPECT_EQ(*contents(), after_write(4));
}

TEST_F(RocksStoreTest, ALogThatCannotBeCutIsNotOpened) {
  open_or_die();
  ASSERT_TRUE(write(1).ok());
  disk_->fail_syncs(true);
  ASSERT_FALSE(write(2).ok());
  disk_->fail_syncs(false);
  disk_->fail_sizes(true);
  const auto cut = write(3);
  ASSERT_FALSE(cut.ok());
  EXPECT_EQ(cut.error().kind, StorageErrorKind::kIo);
  EXPECT_NE(cut.error().message.find("size of "), std::string::npos) << cut.error().message;
  disk_->fail_sizes(false);
  ASSERT_TRUE(write(4).ok());
  open_or_die();
  EXPECT_EQ(*contents(), after_write(4));
}

TEST_F(RocksStoreTest, ADirectoryThatCannotBeListedOrSyncedIsAnError) {
  disk_ = std::make_shared<DiskState>();
  env_ = env_of(disk_);
  disk_->crash();
  const auto opened = open_rocks_store(directory_, env_.get());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kIo);
  EXPECT_TRUE(open().ok());
}

// Its own words about a lock are told from a path that happens to hold the word.
TEST_F(RocksStoreTest, APathWithTheWordLockIsNotInUse) {
  directory_ = root_ + "/block";
  open_or_die();
  ASSERT_TRUE(write(1).ok());
  store_.reset();
  fs::remove(directory_ + "/CURRENT");
  fs::create_directory(directory_ + "/CURRENT");
  const auto opened = open();
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kIo) << opened.error().message;
  EXPECT_NE(opened.error().message.find("block"), std::string::npos);
}

TEST_F(RocksStoreTest, APathMayBeRelativeOrEndWithASlash) {
  const fs::path before = fs::current_path();
  fs::current_path(root_);
  for (const char* path : {"relative", "./slash//"}) {
    const auto opened = open_rocks_store(path);
    EXPECT_TRUE(opened.ok()) << opened.error().message;
  }
  fs::current_path(before);
  EXPECT_TRUE(fs::exists(root_ + "/relative/CURRENT"));
  EXPECT_TRUE(fs::exists(root_ + "/slash/CURRENT"));
}

// The disk fills while tables are written and merged in the background: writes fail, nothing else
// does.
TEST_F(RocksStoreTest, ADiskThatFillsInTheBackgroundLosesNothing) {
  open_or_die();
  Pairs expected;
  int refused = 0;
  for (uint64_t n = 0; n < 60; ++n) {
    if (n % 3 == 0) disk_->fill_after(n * 900'000);
    const std::string key = "key" + std::to_string(n % 20);
    std::string value;
    for (uint64_t i = 0; value.size() < 2'000'000; ++i) value += std::to_string(mix64(i, n));
    const bool written = store_->write(put(key, value)).ok();
    if (written) expected[key] = value;
    if (written) continue;
    ++refused;
    disk_->make_room();
    ASSERT_TRUE(store_->write(put(key, value)).ok()) << n;
    expected[key] = value;
  }
  EXPECT_GT(refused, 2);
  open_or_die();
  EXPECT_TRUE(*contents() == expected);
}

// What was refused for lack of room never comes back: the write that follows it was made against
// what was before it. With and without anything in RocksDB's memory, with and without a crash
// behind it.
TEST_F(RocksStoreTest, ARefusedWriteNeverComesBack) {
  for (int variant = 0; variant < 16; ++variant) {
    wipe();
    open_or_die();
    ASSERT_TRUE(write(1).ok());
    if (variant & 1) open_or_die();
    if (variant & 2) {
      disk_->fill_at_sync(true);
    } else {
      disk_->fill_after(50'000);
    }
    StoreBatch refused = put("refused", "1");
    refused.put("long", std::string(100'000, 'x'));
    EXPECT_FALSE(store_->write(refused).ok());
    disk_->make_room();
    disk_->fill_at_sync(false);
    ASSERT_TRUE(store_->write(put("next", "1")).ok());
    if (variant & 4) {
      ASSERT_TRUE(store_->write(put("later", "1")).ok());
    }
    if (variant & 8) {
      disk_->crash();
      store_.reset();
      disk_->lose_unsynced();
    }
    open_or_die();
    Pairs expected = after_write(1);
    expected["next"] = "1";
    if (variant & 4) expected["later"] = "1";
    EXPECT_EQ(*contents(), expected) << variant;
  }
}

TEST_F(RocksStoreTest, AWriteOnAFullDiskIsAllOrNothing) {
  for (uint64_t room = 0; room < 150'000; room += 24'989) {
    wipe();
    open_or_die();
    ASSERT_TRUE(write(1).ok());
    disk_->fill_after(room);
    ASSERT_FALSE(write(2).ok());
    store_.reset();
    open_or_die();
    EXPECT_EQ(*contents(), after_write(1)) << room;
  }
}

TEST_F(RocksStoreTest, AFailedSyncIsAnErrorAndTheNextWriteIsWhole) {
  for (int reopened = 0; reopened < 2; ++reopened) {
    wipe();
    open_or_die();
    ASSERT_TRUE(write(1).ok());
    if (reopened != 0) open_or_die();
    disk_->fail_syncs(true);
    for (int n = 2; n < 4; ++n) {
      const auto failed = write(n);
      ASSERT_FALSE(failed.ok());
      EXPECT_EQ(failed.error().kind, StorageErrorKind::kIo);
    }
    disk_->fail_syncs(false);
    const auto written = write(4);
    ASSERT_TRUE(written.ok()) << written.error().message;
    disk_->crash();
    store_.reset();
    disk_->lose_unsynced();
    open_or_die();
    EXPECT_EQ(*contents(), after_write(4));
  }
}

// What was answered as durable survives the loss of everything that no sync covers.
TEST_F(RocksStoreTest, ACrashKeepsEveryFinishedWrite) {
  for (int writes = 0; writes < 8; ++writes) {
    wipe();
    open_or_die();
    for (int n = 1; n <= writes; ++n) ASSERT_TRUE(write(n).ok());
    disk_->crash();
    store_.reset();
    disk_->lose_unsynced();
    open_or_die();
    EXPECT_EQ(*contents(), writes == 0 ? Pairs() : after_write(writes));
  }
}

// A log cut anywhere, as a crash in the middle of a write leaves it: an earlier write, whole.
TEST_F(RocksStoreTest, ATornLogGoesBackToAWholeWrite) {
  open_or_die();
  for (int n = 1; n <= 3; ++n) ASSERT_TRUE(write(n).ok());
  store_.reset();
  const std::string kept = root_ + "/kept";
  fs::copy(directory_, kept);
  ASSERT_EQ(files(".log").size(), 1U);
  const std::string log = files(".log")[0];
  const uint64_t size = fs::file_size(log);
  int last = 0;
  for (uint64_t cut = 0; cut < size; cut += 14'983) {
    wipe();
    fs::copy(kept, directory_);
    fs::resize_file(log, cut);
    open_or_die();
    const Pairs found = *contents();
    int n = 3;
    while (n > 0 && found != after_write(n)) --n;
    EXPECT_TRUE(n > 0 || found.empty());
    EXPECT_GE(n, last);
    last = n;
  }
  EXPECT_EQ(last, 2);
}

}  // namespace
}  // namespace muster::storage
