// What every Store must do, asked of each implementation.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "storage/memory_store.h"
#include "storage/rocks_faults.h"
#include "storage/rocks_store.h"

namespace muster::storage {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// A place where a store lives, which can be closed and opened again.
class Place {
 public:
  virtual ~Place() = default;
  virtual Store& store() = 0;
  virtual void reopen() = 0;
  // Until called with false, every write fails, somewhere in its middle where there is one.
  virtual void fail_writes(bool fail) = 0;
};

class MemoryPlace : public Place {
 public:
  Store& store() override { return store_; }
  void reopen() override {}
  void fail_writes(bool fail) override {
    const StorageError error{StorageErrorKind::kNoSpace, "full"};
    store_.fail_writes(fail ? std::optional(error) : std::nullopt);
  }

 private:
  MemoryStore store_;
};

class RocksPlace : public Place {
 public:
  RocksPlace() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    std::string name = std::string(test->test_suite_name()) + test->name();
    for (char& letter : name) letter = letter == '/' ? '_' : letter;
    directory_ = testing::TempDir() + name + std::to_string(::getpid());
    std::filesystem::remove_all(directory_);
    reopen();
  }
  ~RocksPlace() override {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  Store& store() override { return *store_; }
  void reopen() override {
    store_.reset();
    auto opened = open_rocks_store(directory_, env_.get());
    CHECK(opened.ok(), "{}", opened.error().message);
    store_ = std::move(*opened);
  }
  void fail_writes(bool fail) override {
    if (fail) {
      disk_->fill_after(1'000);
    } else {
      disk_->make_room();
    }
  }

 private:
  std::string directory_;
  std::shared_ptr<DiskState> disk_ = std::make_shared<DiskState>();
  std::unique_ptr<rocksdb::Env> env_ = env_of(disk_);
  std::unique_ptr<Store> store_;
};

class StoreConformance : public testing::TestWithParam<bool> {
 protected:
  StoreConformance() {
    if (GetParam()) {
      place_ = std::make_unique<RocksPlace>();
    } else {
      place_ = std::make_unique<MemoryPlace>();
    }
  }
  Store& store() { return place_->store(); }
  void reopen() { place_->reopen(); }
  void fail_writes(bool fail) { place_->fail_writes(fail); }

  std::optional<std::string> get(std::string_view key) {
    auto got = store().get(key);
    EXPECT_TRUE(got.ok());
    return got.ok() ? *got : std::nullopt;
  }
  Pairs scan(std::string_view prefix) {
    Pairs pairs;
    auto scanned = store().scan(prefix, [&](std::string_view key, std::string_view value) {
      pairs.emplace_back(key, value);
      return StorageResult<Unit>(Unit());
    });
    EXPECT_TRUE(scanned.ok());
    return pairs;
  }

 private:
  std::unique_ptr<Place> place_;
};

TEST_P(StoreConformance, IsEmptyAtFirst) {
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(scan(""), Pairs());
}

TEST_P(StoreConformance, KeepsWhatWasWrittenOverReopening) {
  StoreBatch first;
  first.put("a", "1");
  first.put("b", std::string(100'000, 'x'));
  first.put("c", "");
  ASSERT_TRUE(store().write(first).ok());
  reopen();
  StoreBatch second;
  second.remove("a");
  second.put("d", "4");
  ASSERT_TRUE(store().write(second).ok());
  reopen();
  EXPECT_EQ(scan(""), (Pairs{{"b", std::string(100'000, 'x')}, {"c", ""}, {"d", "4"}}));
  EXPECT_EQ(get("a"), std::nullopt);
  EXPECT_EQ(get("c"), "");
}

TEST_P(StoreConformance, TheLastWriteOfAKeyWins) {
  StoreBatch batch;
  batch.put("put twice", "1");
  batch.put("put twice", "2");
  batch.put("removed", "1");
  batch.remove("removed");
  batch.remove("put back");
  batch.put("put back", "3");
  ASSERT_TRUE(store().write(batch).ok());
  reopen();
  EXPECT_EQ(scan(""), (Pairs{{"put back", "3"}, {"put twice", "2"}}));
}

TEST_P(StoreConformance, RemovingWhatIsNotThereIsNoError) {
  StoreBatch batch;
  batch.remove("never");
  EXPECT_TRUE(store().write(batch).ok());
  EXPECT_TRUE(store().write(StoreBatch()).ok());
  EXPECT_EQ(scan(""), Pairs());
}

TEST_P(StoreConformance, AFailedWriteChangesNothing) {
  StoreBatch first;
  first.put("a", "1");
  first.put("b", "1");
  ASSERT_TRUE(store().write(first).ok());
  StoreBatch second;
  second.put("a", "2");
  second.remove("b");
  second.put("c", std::string(100'000, 'c'));
  fail_writes(true);
  const auto failed = store().write(second);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind, StorageErrorKind::kNoSpace);
  EXPECT_EQ(scan(""), (Pairs{{"a", "1"}, {"b", "1"}}));
  fail_writes(false);
  reopen();
  EXPECT_EQ(scan(""), (Pairs{{"a", "1"}, {"b", "1"}}));
  ASSERT_TRUE(store().write(second).ok());
  reopen();
  EXPECT_EQ(scan(""), (Pairs{{"a", "2"}, {"c", std::string(100'000, 'c')}}));
}

TEST_P(StoreConformance, ScansByteOrderUnderBinaryPrefixes) {
  const std::string zero(1, '\0');
  const std::string high = "\xff";
  const std::vector<std::string> keys = {
      "",  zero,   zero + zero, zero + high, "a",         "a" + zero, "a" + high, "a" + high + high,
      "b", "\x7f", "\x80",      high,        high + zero, high + high};
  StoreBatch batch;
  for (size_t i = keys.size(); i-- > 1;) batch.put(keys[i], std::to_string(i));
  ASSERT_TRUE(store().write(batch).ok());
  reopen();
  for (const std::string& prefix : keys) {
    Pairs expected;
    for (size_t i = 1; i < keys.size(); ++i) {
      if (keys[i].starts_with(prefix)) expected.emplace_back(keys[i], std::to_string(i));
    }
    EXPECT_EQ(scan(prefix), expected) << testing::PrintToString(prefix);
  }
  EXPECT_EQ(scan("c"), Pairs());
}

TEST_P(StoreConformance, AScanStopsAtTheVisitorsError) {
  StoreBatch batch;
  for (char letter = 'a'; letter <= 'e'; ++letter) batch.put(std::string(1, letter), "");
  ASSERT_TRUE(store().write(batch).ok());
  std::string seen;
  auto scanned = store().scan("", [&](std::string_view key, std::string_view) {
    seen += key;
    if (key == "c") return StorageResult<Unit>(StorageError{StorageErrorKind::kCorrupt, "enough"});
    return StorageResult<Unit>(Unit());
  });
  ASSERT_FALSE(scanned.ok());
  EXPECT_EQ(scanned.error().message, "enough");
  EXPECT_EQ(scanned.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_EQ(seen, "abc");
}

TEST_P(StoreConformance, HoldsABatchLargerThanItsBuffers) {
  StoreBatch batch;
  const std::string value(1000, 'v');
  for (int i = 0; i < 40'000; ++i) batch.put("key" + std::to_string(i), value);
  ASSERT_TRUE(store().write(batch).ok());
  reopen();
  EXPECT_EQ(scan("key").size(), 40'000U);
  EXPECT_EQ(get("key39999"), value);
}

INSTANTIATE_TEST_SUITE_P(All, StoreConformance, testing::Bool(),
                         [](const auto& which) { return which.param ? "Rocks" : "Memory"; });

}  // namespace
}  // namespace muster::storage
