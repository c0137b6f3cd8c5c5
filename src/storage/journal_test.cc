// The conformance suite of Journal, over every implementation there is. What only files can do
// (damage, faults, power cuts) is tested in file_journal_*_test.cc.
#include "storage/journal.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/file_journal.h"
#include "storage/memory_file_system.h"
#include "storage/memory_journal.h"
#include "storage/posix_file_system.h"
#include "storage/temporary_directory.h"

namespace muster::storage {
namespace {

using Kind = AppendOutcome::Kind;

// A journal that can be closed and opened again.
class Bench {
 public:
  virtual ~Bench() = default;
  virtual Journal& journal() = 0;
  virtual void reopen() = 0;
};

class MemoryBench final : public Bench {
 public:
  Journal& journal() override { return journal_; }
  void reopen() override {}  // lives as long as the object

 private:
  MemoryJournal journal_;
};

constexpr FileJournalOptions kSmallSegments = {.segment_bytes = 16 * limits::kKiB};

class FileBench : public Bench {
 public:
  Journal& journal() override { return *journal_; }
  void reopen() override {
    journal_.reset();
    StorageResult<std::unique_ptr<FileJournal>> opened =
        FileJournal::open(*files_, directory_, kSmallSegments);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    journal_ = std::move(*opened);
  }

 protected:
  FileBench(std::unique_ptr<FileSystem> files, std::string directory)
      : files_(std::move(files)), directory_(std::move(directory)) {
    reopen();
  }

 private:
  std::unique_ptr<FileSystem> files_;
  std::string directory_;
  std::unique_ptr<FileJournal> journal_;
};

std::unique_ptr<FileSystem> memory_files_with(const std::string& directory) {
  auto files = std::make_unique<MemoryFileSystem>();
  EXPECT_TRUE(files->make_directory(directory).ok());
  return files;
}

class MemoryFileBench final : public FileBench {
 public:
  MemoryFileBench() : FileBench(memory_files_with("/journal"), "/journal") {}
};

class PosixFileBench final : private TemporaryDirectory, public FileBench {
 public:
  PosixFileBench() : FileBench(make_posix_file_system(), TemporaryDirectory::path()) {}
};

template <class T>
class JournalConformance : public testing::Test {
 protected:
  Journal& journal() { return bench_.journal(); }
  void reopen() { bench_.reopen(); }

  Kind append(std::string_view events, uint32_t count = 1, bool sync = true) {
    return journal().append({journal().end(), count, events}, sync).kind;
  }

  // Everything at or above `from`, as "first+count:events".
  std::vector<std::string> read(uint64_t from = 1) {
    std::vector<std::string> found;
    const StorageResult<Unit> done =
        journal().read_from(Sequence(from), [&](const JournalRecord& record) {
          found.push_back(std::to_string(record.first.value()) + "+" +
                          std::to_string(record.count) + ":" + std::string(record.events));
          return StorageResult<Unit>(Unit{});
        });
    EXPECT_TRUE(done.ok());
    return found;
  }

  T bench_;
};

using Benches = testing::Types<MemoryBench, MemoryFileBench, PosixFileBench>;
TYPED_TEST_SUITE(JournalConformance, Benches);

using Strings = std::vector<std::string>;

TYPED_TEST(JournalConformance, IsEmptyAtFirst) {
  EXPECT_EQ(this->journal().begin(), Sequence(1));
  EXPECT_EQ(this->journal().end(), Sequence(1));
  EXPECT_EQ(this->journal().bytes(), 0U);
  EXPECT_EQ(this->read(), Strings());
  EXPECT_EQ(this->journal().sync().kind, Kind::kDurable);
  EXPECT_EQ(this->journal().seal().kind, Kind::kDurable);
  this->reopen();
  EXPECT_EQ(this->journal().end(), Sequence(1));
}

TYPED_TEST(JournalConformance, GivesBackWhatWasAppendedInOrder) {
  EXPECT_EQ(this->append("one"), Kind::kDurable);
  EXPECT_EQ(this->append("two, three", 2, false), Kind::kWritten);
  EXPECT_EQ(this->append("four"), Kind::kDurable);
  EXPECT_EQ(this->journal().end(), Sequence(5));
  this->reopen();
  EXPECT_EQ(this->journal().begin(), Sequence(1));
  EXPECT_EQ(this->journal().end(), Sequence(5));
  EXPECT_EQ(this->read(), (Strings{"1+1:one", "2+2:two, three", "4+1:four"}));
}

TYPED_TEST(JournalConformance, ReadsFromTheRecordThatHoldsASequence) {
  this->append("ab", 2);
  this->append("cd", 2);
  this->append("e");
  EXPECT_EQ(this->read(2), (Strings{"1+2:ab", "3+2:cd", "5+1:e"}));
  EXPECT_EQ(this->read(3), (Strings{"3+2:cd", "5+1:e"}));
  EXPECT_EQ(this->read(5), (Strings{"5+1:e"}));
  EXPECT_EQ(this->read(6), Strings());
}

TYPED_TEST(JournalConformance, ReadingStopsAtTheVisitorsError) {
  this->append("a");
  this->append("b");
  int visited = 0;
  const StorageResult<Unit> done =
      this->journal().read_from(Sequence(1), [&](const JournalRecord&) -> StorageResult<Unit> {
        ++visited;
        return StorageError{StorageErrorKind::kCorrupt, "no such event"};
      });
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().message, "no such event");
  EXPECT_EQ(visited, 1);
}

TYPED_TEST(JournalConformance, GoesOnAfterEveryReopen) {
  Strings expected;
  for (uint64_t i = 1; i <= 12; ++i) {
    ASSERT_EQ(this->append("event"), Kind::kDurable);
    expected.push_back(std::to_string(i) + "+1:event");
    if (i % 3 == 0) {
      ASSERT_EQ(this->journal().seal().kind, Kind::kDurable);
    }
    this->reopen();
    ASSERT_EQ(this->journal().end(), Sequence(i + 1));
    ASSERT_EQ(this->read(), expected);
  }
}

TYPED_TEST(JournalConformance, SealsChangeNothingThatIsRead) {
  this->append("a");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(this->journal().seal().kind, Kind::kDurable);
  this->append("b", 1, false);
  EXPECT_EQ(this->journal().seal().kind, Kind::kDurable);
  this->reopen();
  EXPECT_EQ(this->journal().seal().kind, Kind::kDurable);
  EXPECT_EQ(this->read(), (Strings{"1+1:a", "2+1:b"}));
}

TYPED_TEST(JournalConformance, HoldsRecordsOfEverySize) {
  Strings expected;
  const std::vector<size_t> sizes = {1,     4000,  4031,    4032,  4033,   4096,
                                     16320, 16321, 1 << 20, 40000, 300000, 7};
  for (size_t i = 0; i < sizes.size(); ++i) {
    const std::string events(sizes[i], static_cast<char>('a' + i));
    ASSERT_EQ(this->append(events), Kind::kDurable);
    expected.push_back(std::to_string(i + 1) + "+1:" + events);
  }
  EXPECT_TRUE(this->read() == expected);
  this->reopen();
  EXPECT_TRUE(this->read() == expected);
}

TYPED_TEST(JournalConformance, TrimLetsGoOfWhatTheStoreHolds) {
  for (int i = 0; i < 40; ++i) ASSERT_EQ(this->append("event"), Kind::kDurable);
  const uint64_t before = this->journal().bytes();
  ASSERT_TRUE(this->journal().trim(Sequence(30)).ok());
  EXPECT_LT(this->journal().bytes(), before);
  EXPECT_GT(this->journal().begin(), Sequence(20));
  EXPECT_LE(this->journal().begin(), Sequence(31));
  EXPECT_EQ(this->journal().end(), Sequence(41));
  const Strings kept = this->read(31);
  EXPECT_EQ(kept.size(), 10U);
  EXPECT_EQ(kept.front(), "31+1:event");
  this->reopen();
  EXPECT_EQ(this->read(31), kept);
  EXPECT_LE(this->journal().begin(), Sequence(31));
}

TYPED_TEST(JournalConformance, TrimmedWholeItStillKnowsWhatComesNext) {
  for (int i = 0; i < 10; ++i) this->append("event");
  ASSERT_TRUE(this->journal().trim(Sequence(10)).ok());
  EXPECT_EQ(this->journal().bytes(), 0U);
  this->reopen();
  ASSERT_TRUE(this->journal().trim(Sequence(10)).ok());
  this->reopen();
  EXPECT_EQ(this->journal().end(), Sequence(11));
  EXPECT_EQ(this->read(11), Strings());
  EXPECT_EQ(this->append("eleven"), Kind::kDurable);
  ASSERT_TRUE(this->journal().trim(Sequence(10)).ok());
  this->reopen();
  EXPECT_EQ(this->read(11), (Strings{"11+1:eleven"}));
}

TYPED_TEST(JournalConformance, TrimsAgainAndAgainWithoutGrowing) {
  for (uint64_t i = 1; i <= 300; ++i) {
    ASSERT_EQ(this->append("an event of some length"), Kind::kDurable);
    if (i % 5 != 0) continue;
    ASSERT_TRUE(this->journal().trim(Sequence(i - 2)).ok());
    ASSERT_LE(this->journal().begin(), Sequence(i - 1));
    ASSERT_GE(this->journal().begin().value() + 8, i);
  }
  this->reopen();
  EXPECT_EQ(this->read(299),
            (Strings{"299+1:an event of some length", "300+1:an event of some length"}));
}

TYPED_TEST(JournalConformance, CountsBytesAcrossAReopen) {
  for (int i = 0; i < 9; ++i) this->append("event");
  const uint64_t bytes = this->journal().bytes();
  EXPECT_GT(bytes, 0U);
  this->reopen();
  EXPECT_EQ(this->journal().bytes(), bytes);
}

}  // namespace
}  // namespace muster::storage
