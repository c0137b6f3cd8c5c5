#include "storage/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace muster::storage {
namespace {

using crc32c_internal::by_instruction;
using crc32c_internal::by_table;
using crc32c_internal::has_instruction;

// The examples of RFC 3720, appendix B.4, and the usual check value.
TEST(Crc32c, AgreesWithPublishedValues) {
  std::string rising;
  for (int i = 0; i < 32; ++i) rising.push_back(static_cast<char>(i));
  const std::string falling(rising.rbegin(), rising.rend());
  EXPECT_EQ(crc32c("123456789"), 0xE3069283U);
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAU);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43U);
  EXPECT_EQ(crc32c(rising), 0x46DD794EU);
  EXPECT_EQ(crc32c(falling), 0x113FDB5CU);
  EXPECT_EQ(crc32c(""), 0U);
}

TEST(Crc32c, InstructionAndTableAgreeAtEveryLengthAndAlignment) {
  if (!has_instruction()) GTEST_SKIP() << "this processor has no CRC-32C instruction";
  std::string bytes;
  for (uint32_t i = 0; i < 300; ++i) bytes.push_back(static_cast<char>(i * 2654435761U >> 24));
  for (size_t from = 0; from < 9; ++from) {
    for (size_t size = 0; from + size <= bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(from, size);
      ASSERT_EQ(by_table(part, 7), by_instruction(part, 7)) << from << " " << size;
    }
  }
}

TEST(Crc32c, ContinuesAtEverySplit) {
  const std::string bytes = "a checksum may be taken piece by piece";
  for (size_t split = 0; split <= bytes.size(); ++split) {
    const uint32_t head = crc32c(bytes.substr(0, split));
    ASSERT_EQ(crc32c(bytes.substr(split), head), crc32c(bytes));
    ASSERT_EQ(by_table(bytes.substr(split), head), crc32c(bytes));
  }
}

TEST(Crc32c, FindsEveryFlippedBit) {
  std::string bytes = "every bit counts";
  const uint32_t whole = crc32c(bytes);
  for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    ASSERT_NE(crc32c(bytes), whole);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
  }
}

}  // namespace
}  // namespace muster::storage
