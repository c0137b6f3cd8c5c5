// Tables that RocksDB itself wrote, with every bit of their end turned over: refused by our own
// check, before RocksDB sees them.
#include "storage/rocks_guard.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "storage/random_values.h"
#include "storage/rocks_store.h"
#include "storage/table_end.h"

namespace muster::storage {
namespace {

namespace fs = std::filesystem;

StorageResult<Unit> check(const std::string& table) {
  return check_table_end(table.size(), [&](uint64_t offset, uint64_t size) {
    CHECK(offset <= table.size() && size <= table.size() - offset, "read behind the end");
    return StorageResult<std::string>(table.substr(offset, size));
  });
}

// Where the properties, and with them all that is checked, begin: three bytes before the first
// name.
size_t begin_of_end(const std::string& table) { return table.find("rocksdb.") - 3; }

class RocksGuard : public testing::Test {
 protected:
  RocksGuard() {
    root_ = testing::TempDir() + "rocks_guard" + std::to_string(::getpid());
    fs::remove_all(root_);
    fs::create_directory(root_);
  }
  ~RocksGuard() override { fs::remove_all(root_); }

  // A table with `keys` of them: the second open writes what the first one's log holds into it.
  void write_table(int keys) {
    const auto env = rocksdb::Env::Default();
    auto store = open_rocks_store(directory(), env);
    ASSERT_TRUE(store.ok()) << store.error().message;
    StoreBatch batch;
    for (int i = 0; i < keys; ++i) batch.put("key" + std::to_string(i), std::string(300, 'v'));
    ASSERT_TRUE((*store)->write(batch).ok());
    store->reset();
    store = open_rocks_store(directory(), env);
    ASSERT_TRUE(store.ok()) << store.error().message;
    for (const auto& entry : fs::directory_iterator(directory())) {
      if (entry.path().extension() == ".sst") path_ = entry.path().string();
    }
    std::ifstream in(path_, std::ios::binary);
    table_.assign(std::istreambuf_iterator<char>(in), {});
    ASSERT_GT(begin_of_end(table_), 0U);
    ASSERT_LT(begin_of_end(table_) + 600, table_.size());
  }

  std::string directory() const { return root_ + "/store"; }

  std::string root_;
  std::string path_;
  std::string table_;
};

TEST_F(RocksGuard, EveryBitOfTheEndCounts) {
  for (int keys : {1, 3000}) {
    fs::remove_all(directory());
    write_table(keys);
    ASSERT_TRUE(check(table_).ok()) << check(table_).error().message;
    for (size_t position = begin_of_end(table_); position < table_.size(); ++position) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string damaged = table_;
        damaged[position] = static_cast<char>(damaged[position] ^ (1 << bit));
        const auto sound = check(damaged);
        ASSERT_FALSE(sound.ok()) << position << " of " << table_.size() << " bit " << bit;
        ASSERT_EQ(sound.error().kind, StorageErrorKind::kCorrupt);
      }
    }
  }
}

TEST_F(RocksGuard, ShortenedLengthenedOverwritten) {
  write_table(100);
  for (size_t size = 0; size < table_.size(); ++size) {
    ASSERT_FALSE(check(table_.substr(0, size)).ok()) << size;
  }
  ASSERT_FALSE(check(table_ + '\0').ok());
  Random random(1);
  for (int n = 0; n < 20000; ++n) {
    std::string damaged = table_;
    const size_t begin = begin_of_end(table_) + random.below(table_.size() - begin_of_end(table_));
    const std::string noise(random.text(64));
    const size_t size = std::min(noise.size(), table_.size() - begin);
    damaged.replace(begin, size, noise, 0, size);
    ASSERT_EQ(check(damaged).ok(), damaged == table_) << begin << "+" << size;
  }
}

TEST_F(RocksGuard, AStoreIsRefusedByTheNameOfItsTable) {
  write_table(100);
  table_[begin_of_end(table_)] ^= 1;
  std::ofstream(path_, std::ios::binary) << table_;
  const auto store = open_rocks_store(directory());
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_NE(store.error().message.find(path_), std::string::npos) << store.error().message;
  EXPECT_NE(store.error().message.find("properties"), std::string::npos) << store.error().message;
}

TEST_F(RocksGuard, WhatCannotBeReadIsNoDamage) {
  write_table(1);
  for (int fails = 0; fails < 4; ++fails) {
    int reads = 0;
    const auto sound = check_table_end(table_.size(), [&](uint64_t offset, uint64_t size) {
      if (reads++ == fails) {
        return StorageResult<std::string>(StorageError{StorageErrorKind::kIo, "broken disk"});
      }
      return StorageResult<std::string>(table_.substr(offset, size));
    });
    ASSERT_FALSE(sound.ok());
    EXPECT_EQ(sound.error().kind, StorageErrorKind::kIo);
  }
}

}  // namespace
}  // namespace muster::storage
