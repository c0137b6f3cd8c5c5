// What a scan refuses besides damage to records, which file_journal_damage_test does byte by byte.
#include "storage/journal_scan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/limits.h"
#include "storage/crc32c.h"
#include "storage/memory_file_system.h"

namespace muster::storage {
namespace {

class JournalScanTest : public testing::Test {
 protected:
  JournalScanTest() { EXPECT_TRUE(files_.make_directory("/j").ok()); }

  void create(const SegmentName& name) {
    StorageResult<std::unique_ptr<File>> file =
        files_.open("/j/" + file_name(name), OpenMode::kCreate);
    EXPECT_TRUE(file.ok() && write_zeros(**file, name.bytes).ok());
  }
  StorageResult<JournalScan> scan(const std::vector<SegmentName>& segments) {
    return scan_journal(files_, "/j", segments,
                        [](const ParsedRecord&) { return StorageResult<Unit>(Unit{}); });
  }
  MemoryFileSystem files_;
};

TEST_F(JournalScanTest, ALaterSegmentBeginsNoEarlier) {
  const SegmentName one = {1, Sequence(9), 16 * limits::kKiB};
  const SegmentName two = {2, Sequence(8), 16 * limits::kKiB};
  create(one);
  create(two);
  const auto scanned = scan({one, two});
  ASSERT_FALSE(scanned.ok());
  EXPECT_EQ(scanned.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_EQ(scanned.error().message,
            "journal damaged: /j/" + file_name(two) + " does not belong behind " + file_name(one));
}

TEST_F(JournalScanTest, GenerationsAreNotRepeated) {
  const SegmentName one = {2, Sequence(1), 16 * limits::kKiB};
  const SegmentName two = {2, Sequence(1), 32 * limits::kKiB};
  create(one);
  create(two);
  EXPECT_FALSE(scan({one, two}).ok());
}

// A program before this one was newer: its record behind the end is no reason to cut.
TEST_F(JournalScanTest, ANewerRecordBehindTheEndRefusesTheStart) {
  const SegmentName name = {1, Sequence(1), 16 * limits::kKiB};
  create(name);
  RecordHeader header;
  header.generation = 1;
  header.first = Sequence(4);
  header.count = 1;
  std::string record;
  encode_record(header, "event", &record);
  record[8] = 2;
  const uint32_t checksum = crc32c(std::string_view(record).substr(8, kRecordHeaderBytes + 5 - 8));
  for (size_t i = 0; i < 4; ++i) record[4 + i] = static_cast<char>(checksum >> (8 * i));
  files_.bytes_of("/j/" + file_name(name))->replace(8192, record.size(), record);
  const auto scanned = scan({name});
  ASSERT_FALSE(scanned.ok());
  EXPECT_EQ(scanned.error().kind, StorageErrorKind::kVersion);
}

}  // namespace
}  // namespace muster::storage
