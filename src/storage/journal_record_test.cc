#include "storage/journal_record.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/limits.h"
#include "storage/crc32c.h"

namespace muster::storage {
namespace {

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i > 0 && i % 4 == 0) text += i % 16 == 0 ? '\n' : ' ';
    text += kDigits[static_cast<uint8_t>(bytes[i]) >> 4];
    text += kDigits[static_cast<uint8_t>(bytes[i]) & 15];
  }
  return text;
}

RecordHeader example() {
  RecordHeader header;
  header.generation = 7;
  header.term = 0;
  header.first = Sequence(1042);
  header.count = 3;
  header.previous = 0x1122334455667788;
  header.durable_offset = 8192;
  return header;
}

// The worked example of docs/storage.md. A change here is a new format: raise kRecordVersion.
TEST(JournalRecord, GoldenBytes) {
  std::string bytes;
  const uint64_t hash = encode_record(example(), "three events", &bytes);
  ASSERT_EQ(bytes.size(), 4096U);
  EXPECT_EQ(hex(bytes.substr(0, 80)),
            "ff4d4afe 3ee9ff9a 01000000 0c000000\n"
            "01000000 03000000 07000000 00000000\n"
            "00000000 00000000 12040000 00000000\n"
            "88776655 44332211 00200000 00000000\n"
            "74687265 65206576 656e7473 00000000");
  EXPECT_EQ(bytes.find_first_not_of('\0', 76), std::string::npos);
  EXPECT_EQ(hash, 0x6DF4D667B3C54152U);
}

TEST(JournalRecord, ASealHasNoEvents) {
  RecordHeader seal = example();
  seal.kind = RecordKind::kSeal;
  seal.count = 0;
  std::string bytes;
  encode_record(seal, "", &bytes);
  EXPECT_EQ(bytes.size(), 4096U);
  const auto parsed = parse_record(bytes.substr(0, kRecordHeaderBytes), 7);
  ASSERT_TRUE(parsed.ok() && parsed->has_value());
  EXPECT_EQ((*parsed)->header.kind, RecordKind::kSeal);
  EXPECT_EQ((*parsed)->header.first, Sequence(1042));
}

TEST(JournalRecord, ParsesWhatItEncodes) {
  for (const size_t size : {1, 4031, 4032, 4033, 100'000}) {
    const std::string events(size, 'e');
    std::string bytes;
    const uint64_t hash = encode_record(example(), events, &bytes);
    ASSERT_EQ(bytes.size(), record_bytes(size));
    ASSERT_EQ(bytes.size() % limits::kRecordAlignment, 0U);
    ASSERT_EQ(promised_event_bytes(bytes.substr(0, kRecordHeaderBytes), 7), size);
    const auto parsed =
        parse_record(std::string_view(bytes).substr(0, kRecordHeaderBytes + size), 7);
    ASSERT_TRUE(parsed.ok() && parsed->has_value());
    EXPECT_EQ((*parsed)->events, events);
    EXPECT_EQ((*parsed)->hash, hash);
    EXPECT_EQ((*parsed)->bytes, bytes.size());
    EXPECT_EQ((*parsed)->header.first, Sequence(1042));
    EXPECT_EQ((*parsed)->header.count, 3U);
    EXPECT_EQ((*parsed)->header.previous, 0x1122334455667788U);
    EXPECT_EQ((*parsed)->header.durable_offset, 8192U);
  }
}

TEST(JournalRecord, EveryFlippedBitIsNoRecord) {
  std::string bytes;
  encode_record(example(), "three events", &bytes);
  bytes.resize(kRecordHeaderBytes + 12);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const auto parsed = parse_record(bytes, 7);
    ASSERT_TRUE(parsed.ok() && !parsed->has_value()) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(JournalRecord, EveryPrefixIsNoRecord) {
  std::string bytes;
  encode_record(example(), "three events", &bytes);
  for (size_t size = 0; size < kRecordHeaderBytes + 12; ++size) {
    const auto parsed = parse_record(std::string_view(bytes).substr(0, size), 7);
    ASSERT_TRUE(parsed.ok() && !parsed->has_value()) << size;
  }
}

TEST(JournalRecord, AnotherGenerationIsStale) {
  std::string bytes;
  encode_record(example(), "three events", &bytes);
  bytes.resize(kRecordHeaderBytes + 12);
  EXPECT_FALSE(promised_event_bytes(bytes, 8).has_value());
  const auto parsed = parse_record(bytes, 8);
  EXPECT_TRUE(parsed.ok() && !parsed->has_value());
}

// Made by hand: what a newer program may write, and an older one must not take for damage.
std::string of_format(uint32_t version, uint64_t generation) {
  RecordHeader header = example();
  header.generation = generation;
  std::string bytes;
  encode_record(header, "three events", &bytes);
  bytes.resize(kRecordHeaderBytes + 12);
  bytes[8] = static_cast<char>(version);
  const uint32_t checksum = crc32c(std::string_view(bytes).substr(8));
  for (int i = 0; i < 4; ++i) bytes[4 + i] = static_cast<char>(checksum >> (8 * i));
  return bytes;
}

TEST(JournalRecord, ANewerFormatIsSaidToBeOne) {
  const auto parsed = parse_record(of_format(2, 7), 7);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, StorageErrorKind::kVersion);
  EXPECT_NE(parsed.error().message.find("format 2"), std::string::npos);
}

TEST(JournalRecord, AStaleRecordOfANewerFormatIsStale) {
  const auto parsed = parse_record(of_format(2, 6), 7);
  EXPECT_TRUE(parsed.ok() && !parsed->has_value());
}

// The example with some fields of another value and a checksum that fits.
struct Field {
  size_t offset;
  uint64_t value;
  size_t size;
};
std::string altered(const std::vector<Field>& fields) {
  std::string bytes;
  encode_record(example(), "three events", &bytes);
  bytes.resize(kRecordHeaderBytes + 12);
  for (const Field& field : fields) {
    for (size_t i = 0; i < field.size; ++i) {
      bytes[field.offset + i] = static_cast<char>(field.value >> (8 * i));
    }
  }
  const uint32_t checksum = crc32c(std::string_view(bytes).substr(8));
  for (int i = 0; i < 4; ++i) bytes[4 + i] = static_cast<char>(checksum >> (8 * i));
  return bytes;
}

// Fields that contradict each other are no record, however right the checksum is.
TEST(JournalRecord, WhatNoWriterWritesIsNoRecord) {
  constexpr size_t kKind = 16, kCount = 20, kFirst = 40;
  ASSERT_TRUE(parse_record(altered({}), 7)->has_value());
  for (const std::vector<Field>& fields :
       std::vector<std::vector<Field>>{{{kFirst, 0, 8}},
                                       {{kFirst, kMaxNumber + 1, 8}},
                                       {{kKind, 0, 4}},
                                       {{kKind, 3, 4}},
                                       {{kCount, 0, 4}},
                                       {{kKind, 2, 4}},
                                       {{kKind, 2, 4}, {kCount, 0, 4}}}) {
    const auto parsed = parse_record(altered(fields), 7);
    EXPECT_TRUE(parsed.ok() && !parsed->has_value()) << fields[0].offset << ' ' << fields[0].value;
  }
  std::string empty = altered({{12, 0, 4}});
  empty.resize(kRecordHeaderBytes);
  const uint32_t checksum = crc32c(std::string_view(empty).substr(8));
  for (int i = 0; i < 4; ++i) empty[4 + i] = static_cast<char>(checksum >> (8 * i));
  const auto parsed = parse_record(empty, 7);
  EXPECT_TRUE(parsed.ok() && !parsed->has_value()) << "events of no bytes";
}

TEST(JournalRecord, BytesThatEndBeforeTheGenerationPromiseNothing) {
  EXPECT_FALSE(promised_event_bytes("", 0));
  EXPECT_FALSE(promised_event_bytes(std::string_view(altered({})).substr(0, 30), 0));
}

TEST(JournalRecord, TheHashTellsRecordsApart) {
  std::string bytes;
  const uint64_t one = encode_record(example(), "three events", &bytes);
  const uint64_t two = encode_record(example(), "three Events", &bytes);
  RecordHeader later = example();
  later.first = Sequence(1043);
  const uint64_t three = encode_record(later, "three events", &bytes);
  EXPECT_NE(one, two);
  EXPECT_NE(one, three);
}

}  // namespace
}  // namespace muster::storage
