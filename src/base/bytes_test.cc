#include "base/bytes.h"

#include <gtest/gtest.h>

#include <vector>

namespace muster {
namespace {

const std::vector<uint64_t> kNumbers = {0,         1,          0x7F,           0x80,
                                        0x3FFF,    0x4000,     UINT32_MAX,     uint64_t{1} << 32,
                                        INT64_MAX, UINT64_MAX, UINT64_MAX - 1, uint64_t{1} << 63};

TEST(Bytes, NumbersComeBack) {
  for (uint64_t number : kNumbers) {
    std::string bytes;
    ByteWriter out(&bytes);
    out.u8(static_cast<uint8_t>(number));
    out.u32(static_cast<uint32_t>(number));
    out.u64(number);
    out.varint(number);
    out.svarint(static_cast<int64_t>(number));
    out.be32(static_cast<uint32_t>(number));
    out.be64(number);
    ByteReader in(bytes);
    EXPECT_EQ(in.u8(), static_cast<uint8_t>(number));
    EXPECT_EQ(in.u32(), static_cast<uint32_t>(number));
    EXPECT_EQ(in.u64(), number);
    EXPECT_EQ(in.varint(), number);
    EXPECT_EQ(in.svarint(), static_cast<int64_t>(number));
    EXPECT_EQ(in.be32(), static_cast<uint32_t>(number));
    EXPECT_EQ(in.be64(), number);
    EXPECT_TRUE(in.done());
  }
}

TEST(Bytes, GoldenBytes) {
  std::string bytes;
  ByteWriter out(&bytes);
  out.u32(0x01020304);
  out.be32(0x01020304);
  out.varint(300);
  out.svarint(-1);
  out.svarint(1);
  out.bytes("ab");
  EXPECT_EQ(bytes, std::string("\x04\x03\x02\x01\x01\x02\x03\x04\xac\x02\x01\x02\x02"
                               "ab"));
}

TEST(Bytes, BigEndianSortsByNumber) {
  std::string previous;
  for (uint64_t number : {0ULL, 1ULL, 255ULL, 256ULL, 65535ULL, 65536ULL, ~0ULL}) {
    std::string bytes;
    ByteWriter(&bytes).be64(number);
    EXPECT_LT(previous, bytes);
    previous = bytes;
  }
}

TEST(Bytes, AVarintIsAsLongAsItMustBe) {
  for (int bits = 0; bits < 64; ++bits) {
    std::string bytes;
    ByteWriter(&bytes).varint(uint64_t{1} << bits);
    EXPECT_EQ(bytes.size(), static_cast<size_t>(bits / 7 + 1));
  }
}

// Everything that a disk can do to a varint.
TEST(Bytes, MalformedVarintsTurnTheReaderBad) {
  const std::vector<std::string> bad = {"",
                                        "\x80",
                                        std::string(9, '\x80'),
                                        std::string(10, '\x80') + '\x01',
                                        std::string(9, '\xff') + '\x02',
                                        std::string(9, '\xff') + '\x81' + '\x01'};
  for (const std::string& bytes : bad) {
    ByteReader in(bytes);
    EXPECT_EQ(in.varint(), 0U);
    EXPECT_FALSE(in.ok());
  }
  ByteReader largest(std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
  EXPECT_EQ(largest.varint(), UINT64_MAX);
  EXPECT_TRUE(largest.done());
}

TEST(Bytes, ABadReaderStaysBadAndReadsNothing) {
  ByteReader in(
      "\x05"
      "abc");
  EXPECT_EQ(in.bytes(), "");
  EXPECT_FALSE(in.ok());
  EXPECT_FALSE(in.done());
  EXPECT_EQ(in.u8(), 0U);
  EXPECT_EQ(in.u64(), 0U);
  EXPECT_EQ(in.be64(), 0U);
  EXPECT_EQ(in.svarint(), 0);
  EXPECT_EQ(in.take(0), "");
  EXPECT_EQ(in.rest(), "");
}

TEST(Bytes, TakesExactlyWhatThereIs) {
  ByteReader in("abc");
  EXPECT_EQ(in.take(0), "");
  EXPECT_EQ(in.take(2), "ab");
  EXPECT_EQ(in.rest(), "c");
  EXPECT_FALSE(in.done());
  EXPECT_EQ(in.take(1), "c");
  EXPECT_TRUE(in.done());
  EXPECT_EQ(in.take(UINT64_MAX), "");
  EXPECT_FALSE(in.ok());
}

}  // namespace
}  // namespace muster
