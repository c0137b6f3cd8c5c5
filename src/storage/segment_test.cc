#include "storage/segment.h"

#include <gtest/gtest.h>

#include "model/limits.h"
#include "storage/crc32c.h"
#include "storage/memory_file_system.h"

namespace muster::storage {
namespace {

TEST(SegmentNames, SayGenerationFirstSequenceAndSize) {
  const SegmentName name = {7, Sequence(1042), 64 * limits::kMiB};
  EXPECT_EQ(file_name(name), "segment-0000000007-0000000000001042-67108864");
  const std::optional<SegmentName> parsed = parse_segment_name(file_name(name));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->generation, 7U);
  EXPECT_EQ(parsed->first, Sequence(1042));
  EXPECT_EQ(parsed->bytes, 64 * limits::kMiB);
}

TEST(SegmentNames, OnlyAsWritten) {
  for (const char* name :
       {"", "segment-", "segment-7-1042-67108864", "segment-0000000007-0000000000001042-67108864~",
        "segment-0000000007-0000000000001042", "segment-0000000000-0000000000001042-67108864",
        "segment-0000000007-0000000000000000-67108864",
        "segment-0000000007-0000000000001042-99999999999999999999999", "spare-0000000001",
        "segment-0000000007+0000000000001042-67108864"}) {
    EXPECT_FALSE(parse_segment_name(name)) << name;
  }
}

TEST(SegmentNames, Spares) {
  EXPECT_EQ(spare_name(12), "spare-0000000012");
  EXPECT_EQ(parse_spare_name("spare-0000000012"), 12U);
  for (const char* name : {"spare-12", "spare-", "spare-0000000000", "spare-0000000012.old"}) {
    EXPECT_FALSE(parse_spare_name(name)) << name;
  }
}

class SegmentReaderTest : public testing::Test {
 protected:
  SegmentReaderTest() {
    EXPECT_TRUE(files_.make_directory("/j").ok());
    StorageResult<std::unique_ptr<File>> file =
        files_.open("/j/" + file_name(name_), OpenMode::kCreate);
    EXPECT_TRUE(file.ok() && write_zeros(**file, name_.bytes).ok());
  }
  std::string& bytes() { return *files_.bytes_of("/j/" + file_name(name_)); }
  void put(size_t offset, uint64_t generation, size_t event_bytes) {
    RecordHeader header;
    header.generation = generation;
    header.first = Sequence(1);
    header.count = 1;
    std::string record;
    encode_record(header, std::string(event_bytes, 'e'), &record);
    bytes().replace(offset, record.size(), record);
  }
  StorageResult<std::optional<ParsedRecord>> look(uint64_t offset) {
    StorageResult<SegmentReader> reader = SegmentReader::open(files_, "/j", name_);
    EXPECT_TRUE(reader.ok());
    return reader->record_at(offset);
  }

  MemoryFileSystem files_;
  SegmentName name_ = {3, Sequence(1), 1 * limits::kMiB};
};

TEST_F(SegmentReaderTest, FindsRecordsAnywhereInItsWindows) {
  put(0, 3, 10);
  put(4096, 3, 600'000);
  put(limits::kMiB - 4096, 3, 4032);
  StorageResult<SegmentReader> reader = SegmentReader::open(files_, "/j", name_);
  ASSERT_TRUE(reader.ok());
  for (const auto& [offset, size] : {std::pair<uint64_t, size_t>{limits::kMiB - 4096, 4032},
                                     {0, 10},
                                     {4096, 600'000},
                                     {0, 10}}) {
    const auto record = reader->record_at(offset);
    ASSERT_TRUE(record.ok() && record->has_value()) << offset;
    EXPECT_EQ((*record)->events, std::string(size, 'e'));
  }
}

TEST_F(SegmentReaderTest, ZerosStaleRecordsAndTheEndAreNoRecords) {
  put(4096, 2, 10);
  for (const uint64_t offset : {uint64_t{0}, uint64_t{4096}, uint64_t{limits::kMiB}}) {
    const auto record = look(offset);
    EXPECT_TRUE(record.ok() && !record->has_value()) << offset;
  }
}

TEST_F(SegmentReaderTest, ALengthBeyondTheFileIsNoRecord) {
  put(0, 3, 10);
  bytes()[15] = '\x7F';
  const auto record = look(0);
  EXPECT_TRUE(record.ok() && !record->has_value());
}

TEST_F(SegmentReaderTest, AShortFileIsRefused) {
  bytes().resize(name_.bytes - 1);
  const StorageResult<SegmentReader> reader = SegmentReader::open(files_, "/j", name_);
  ASSERT_FALSE(reader.ok());
  EXPECT_EQ(reader.error().kind, StorageErrorKind::kCorrupt);
}

// The header is read with the first call, a record that is longer than the window with the second.
TEST_F(SegmentReaderTest, AReadErrorIsPassedOn) {
  put(0, 3, 600'000);
  for (const uint64_t call : {1, 2}) {
    StorageResult<SegmentReader> reader = SegmentReader::open(files_, "/j", name_);
    ASSERT_TRUE(reader.ok());
    files_.fail_at(files_.calls() + call, Fault::kIo, false);
    const auto record = reader->record_at(0);
    ASSERT_FALSE(record.ok());
    EXPECT_EQ(record.error().kind, StorageErrorKind::kIo);
    files_.clear_faults();
    EXPECT_TRUE(reader->record_at(0)->has_value()) << "nothing of the failed read is kept";
  }
}

TEST_F(SegmentReaderTest, AFileThatGetsShorterWhileItIsReadIsNotTakenForZeros) {
  StorageResult<SegmentReader> reader = SegmentReader::open(files_, "/j", name_);
  ASSERT_TRUE(reader.ok());
  bytes().resize(1000);
  const auto record = reader->record_at(0);
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().kind, StorageErrorKind::kIo);
  EXPECT_NE(record.error().message.find("became shorter"), std::string::npos);
}

TEST_F(SegmentReaderTest, ARecordOfANewerFormatIsNamedWithItsPlace) {
  put(4096, 3, 10);
  bytes()[4096 + 8] = 2;
  const std::string_view checked(bytes().data() + 4096 + 8, kRecordHeaderBytes + 10 - 8);
  const uint32_t checksum = crc32c(checked);
  for (size_t i = 0; i < 4; ++i) bytes()[4096 + 4 + i] = static_cast<char>(checksum >> (8 * i));
  const auto record = look(4096);
  ASSERT_FALSE(record.ok());
  EXPECT_EQ(record.error().kind, StorageErrorKind::kVersion);
  EXPECT_EQ(record.error().message.rfind("/j/" + file_name(name_) + " at 4096: ", 0), 0U)
      << record.error().message;
}

}  // namespace
}  // namespace muster::storage
