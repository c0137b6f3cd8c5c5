// What the journal in files has of its own: spares, names, full disks. What every journal must do
// is in journal_test.cc, damage and faults have their own files.
#include "storage/file_journal.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/memory_file_system.h"

namespace muster::storage {
namespace {

using Kind = AppendOutcome::Kind;
constexpr FileJournalOptions kSmall = {.segment_bytes = 16 * limits::kKiB};

class FileJournalTest : public testing::Test {
 protected:
  FileJournalTest() {
    EXPECT_TRUE(disk_.make_directory("/j").ok() && disk_.sync_directory("/").ok());
  }

  void open(const FileJournalOptions& options = kSmall) {
    journal_.reset();
    StorageResult<std::unique_ptr<FileJournal>> opened = FileJournal::open(disk_, "/j", options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    journal_ = std::move(*opened);
  }
  Kind append(size_t size = 20, bool sync = true) {
    const std::string events(size, 'e');
    return journal_->append({journal_->end(), 1, events}, sync).kind;
  }
  // How many files have a name that begins so.
  size_t count(std::string_view prefix) {
    size_t found = 0;
    const auto names = disk_.list("/j");
    for (const std::string& name : *names) found += name.starts_with(prefix) ? 1 : 0;
    return found;
  }
  std::string newest_segment() {
    std::string newest;
    const auto names = disk_.list("/j");
    for (const std::string& name : *names) {
      if (name.starts_with("segment")) newest = "/j/" + name;
    }
    return newest;
  }
  size_t events_left() {
    size_t found = 0;
    EXPECT_TRUE(journal_
                    ->read_from(Sequence(1),
                                [&](const JournalRecord& record) {
                                  found += record.count;
                                  return StorageResult<Unit>(Unit{});
                                })
                    .ok());
    return found;
  }

  MemoryFileSystem disk_;
  std::unique_ptr<FileJournal> journal_;
};

TEST_F(FileJournalTest, TwoSparesAreThereFromTheStart) {
  open();
  EXPECT_EQ(count("segment"), 0U);
  EXPECT_EQ(count("spare"), 3U);
  append();
  EXPECT_EQ(newest_segment(), "/j/segment-0000000001-0000000000000001-16384");
  EXPECT_EQ(count("spare"), 2U);
}

TEST_F(FileJournalTest, SegmentsAreRecycledAndTheirNumberStaysBounded) {
  open();
  for (uint64_t i = 1; i <= 200; ++i) {
    ASSERT_EQ(append(), Kind::kDurable);
    if (i % 8 == 0) {
      ASSERT_TRUE(journal_->trim(Sequence(i)).ok());
      ASSERT_LE(count("segment"), 2U);
      ASSERT_LE(count("spare"), 2U);
    }
  }
  EXPECT_EQ(newest_segment(), "/j/segment-0000000050-0000000000000197-16384");
}

TEST_F(FileJournalTest, OpeningAgainAndAgainTakesNoRoom) {
  open();
  append();
  for (int i = 0; i < 5; ++i) {
    open();
    EXPECT_EQ(count("segment"), 1U);
    EXPECT_EQ(count("spare"), 3U);
  }
}

TEST_F(FileJournalTest, ALargeRecordsSegmentIsNotRecycled) {
  open();
  ASSERT_EQ(append(100'000), Kind::kDurable);
  ASSERT_EQ(append(), Kind::kDurable);
  ASSERT_TRUE(journal_->trim(Sequence(1)).ok());
  const auto names = disk_.list("/j");
  for (const std::string& name : *names) {
    EXPECT_EQ(disk_.bytes_of("/j/" + name)->size(), kSmall.segment_bytes) << name;
  }
  EXPECT_EQ(count("spare"), 1U);
}

TEST_F(FileJournalTest, SparesOfAnotherSizeAreReplacedAndSegmentsRead) {
  open();
  for (int i = 0; i < 5; ++i) append();
  const FileJournalOptions larger = {.segment_bytes = 32 * limits::kKiB};
  open(larger);
  EXPECT_EQ(events_left(), 5U);
  append();
  EXPECT_EQ(newest_segment(), "/j/segment-0000000003-0000000000000006-32768");
  ASSERT_TRUE(journal_->trim(Sequence(5)).ok());
  open(larger);
  EXPECT_EQ(count("segment"), 1U);
  EXPECT_EQ(count("spare"), 3U);
}

TEST_F(FileJournalTest, AFullDiskLeavesTheSparesToWriteInto) {
  open();
  append();
  disk_.set_capacity(0);
  int appended = 0;
  while (append() == Kind::kDurable) ++appended;
  EXPECT_EQ(appended, 11) << "the rest of the first segment, and two spares";
  const Sequence end = journal_->end();
  EXPECT_EQ(append(), Kind::kNoSpace);
  EXPECT_EQ(journal_->seal().kind, Kind::kNoSpace);
  EXPECT_EQ(journal_->end(), end);
  ASSERT_TRUE(journal_->trim(Sequence(8)).ok());
  EXPECT_EQ(append(), Kind::kDurable) << "trimming gave segments back";
}

TEST_F(FileJournalTest, OpensOnAFullDisk) {
  open();
  append();
  journal_.reset();
  const auto names = disk_.list("/j");
  for (const std::string& name : *names) {
    if (!name.starts_with("spare")) continue;
    EXPECT_TRUE(disk_.remove("/j/" + name).ok());
  }
  disk_.set_capacity(0);
  open();
  EXPECT_EQ(events_left(), 1U);
  EXPECT_EQ(append(), Kind::kNoSpace);
  EXPECT_EQ(count("spare"), 0U);
  disk_.set_capacity(limits::kMiB);
  EXPECT_EQ(append(), Kind::kDurable);
}

// The room runs out inside a record that makes its segment grow, at every possible byte. Then the
// process dies: the record was refused, and must not be there, not even when only zeros were
// missing.
TEST_F(FileJournalTest, ARecordForWhichThereWasNoRoomIsNotThere) {
  for (size_t room = 0; room < 8192; room += 97) {
    MemoryFileSystem disk;
    ASSERT_TRUE(disk.make_directory("/j").ok());
    auto opened = FileJournal::open(disk, "/j", kSmall);
    ASSERT_TRUE(opened.ok());
    ASSERT_EQ((*opened)->append({Sequence(1), 1, "one"}, true).kind, Kind::kDurable);
    disk.set_capacity(3 * kSmall.segment_bytes + room);
    const std::string large(kSmall.segment_bytes + 100, 'l');  // needs 4 KiB more than a segment
    const Kind kind = (*opened)->append({Sequence(2), 1, large}, true).kind;
    ASSERT_EQ(kind, room < 4096 ? Kind::kNoSpace : Kind::kDurable) << room;
    const uint64_t end = kind == Kind::kDurable ? 3 : 2;
    ASSERT_EQ((*opened)->end().value(), end);
    opened = FileJournal::open(disk, "/j", kSmall);
    ASSERT_TRUE(opened.ok());
    ASSERT_EQ((*opened)->end().value(), end) << room;
  }
}

// The disk may have dropped what it could not write, and say nothing of it the second time.
TEST_F(FileJournalTest, AFailedSyncEndsItThoughTheNextWouldSucceed) {
  open();
  EXPECT_EQ(append(20, false), Kind::kWritten);
  disk_.fail_at(disk_.calls() + 1, Fault::kIo, false);
  EXPECT_EQ(journal_->sync().kind, Kind::kEnded);
  EXPECT_EQ(journal_->sync().kind, Kind::kEnded);
  EXPECT_EQ(append(), Kind::kEnded);
}

TEST_F(FileJournalTest, SaysWhereItCut) {
  open();
  append();
  append();
  const std::string segment = newest_segment();
  (*disk_.bytes_of(segment))[4096 + 70] = '?';
  open();
  EXPECT_EQ(journal_->end(), Sequence(2));
  EXPECT_EQ(journal_->cut(), segment + " at 4096");
  open();
  EXPECT_EQ(journal_->cut(), segment + " at 4096") << "nothing was changed";
  append();
  open();
  EXPECT_EQ(journal_->cut(), "") << "the journal went on from there";
  EXPECT_EQ(events_left(), 2U);
}

TEST_F(FileJournalTest, RefusesWhatIsNamedLikeNoSegment) {
  open();
  append();
  ASSERT_TRUE(disk_.rename(newest_segment(), newest_segment() + ".bak").ok());
  const auto opened = FileJournal::open(disk_, "/j", kSmall);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_NE(opened.error().message.find(".bak"), std::string::npos);
}

TEST_F(FileJournalTest, RefusesASegmentThatIsThereTwice) {
  open();
  for (int i = 0; i < 5; ++i) append();
  const std::string bytes = *disk_.bytes_of(newest_segment());
  const auto copy = disk_.open("/j/segment-0000000002-0000000000000004-16384", OpenMode::kCreate);
  ASSERT_TRUE(copy.ok() && write_all(**copy, 0, bytes).ok());
  const auto opened = FileJournal::open(disk_, "/j", kSmall);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kCorrupt);
}

TEST_F(FileJournalTest, RefusesASegmentThatBeginsOtherwiseThanItsNameSays) {
  open();
  append();
  ASSERT_TRUE(disk_.rename(newest_segment(), "/j/segment-0000000001-0000000000000002-16384").ok());
  const auto opened = FileJournal::open(disk_, "/j", kSmall);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_NE(opened.error().message.find("event 2 was expected"), std::string::npos);
}

TEST_F(FileJournalTest, SealsARecoveredTail) {
  open();
  append();
  const std::string segment = newest_segment();
  open();
  EXPECT_EQ(journal_->seal().kind, Kind::kDurable);
  EXPECT_EQ(count("segment"), 2U);
  EXPECT_EQ(journal_->seal().kind, Kind::kDurable);
  (*disk_.bytes_of(segment))[70] = '?';
  EXPECT_FALSE(FileJournal::open(disk_, "/j", kSmall).ok()) << "it was the last event, and sealed";
}

// Power went after the segment's name was durable and before anything was written into it.
TEST_F(FileJournalTest, AnEmptyNewestSegmentProvesWhatIsBefore) {
  open();
  append();
  append();
  const std::string segment = newest_segment();
  const auto begun = disk_.open("/j/segment-0000000002-0000000000000003-16384", OpenMode::kCreate);
  ASSERT_TRUE(begun.ok() && write_zeros(**begun, kSmall.segment_bytes).ok());
  open();
  EXPECT_EQ(events_left(), 2U);
  (*disk_.bytes_of(segment))[4096 + 70] = '?';
  const auto opened = FileJournal::open(disk_, "/j", kSmall);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_NE(opened.error().message.find(segment + " at 4096"), std::string::npos)
      << opened.error().message;
}

TEST_F(FileJournalTest, AReadThatFailsLaterIsNoEndOfTheJournal) {
  open();
  for (int i = 0; i < 3; ++i) append();
  (*disk_.bytes_of(newest_segment()))[4096 * 2 + 70] = '?';
  const StorageResult<Unit> read = journal_->read_from(
      Sequence(1), [](const JournalRecord&) { return StorageResult<Unit>(Unit{}); });
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
}

}  // namespace
}  // namespace muster::storage
