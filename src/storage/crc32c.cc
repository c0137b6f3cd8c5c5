#include "storage/crc32c.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace muster::storage {
namespace crc32c_internal {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read little-endian");

constexpr uint32_t kPolynomial = 0x82F63B78;  // bits reversed: the lowest bit comes first

using Table = std::array<uint32_t, 256>;

// tables[k][b]: what byte b does to the checksum when k more bytes follow it in the word.
constexpr std::array<Table, 8> make_tables() {
  std::array<Table, 8> tables = {};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t shorter = tables[k - 1][byte];
      tables[k][byte] = (shorter >> 8) ^ tables[0][shorter & 0xFF];
    }
  }
  return tables;
}
constexpr std::array<Table, 8> kTables = make_tables();

uint64_t load_word(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

}  // namespace

uint32_t by_table(std::string_view bytes, uint32_t before) {
  uint32_t crc = ~before;
  const char* at = bytes.data();
  size_t left = bytes.size();
  // Eight bytes a step: each byte's table already knows how many of the word follow it.
  for (; left >= 8; at += 8, left -= 8) {
    const uint64_t word = load_word(at) ^ crc;
    crc = 0;
    for (size_t byte = 0; byte < 8; ++byte) crc ^= kTables[7 - byte][(word >> (8 * byte)) & 0xFF];
  }
  for (; left > 0; ++at, --left) {
    crc = (crc >> 8) ^ kTables[0][(crc ^ static_cast<uint8_t>(*at)) & 0xFF];
  }
  return ~crc;
}

#if defined(__x86_64__)
bool has_instruction() { return __builtin_cpu_supports("sse4.2") != 0; }

__attribute__((target("sse4.2"))) uint32_t by_instruction(std::string_view bytes, uint32_t before) {
  uint64_t crc = ~before;
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) crc = _mm_crc32_u64(crc, load_word(at));
  auto low = static_cast<uint32_t>(crc);
  for (; left > 0; ++at, --left) low = _mm_crc32_u8(low, static_cast<uint8_t>(*at));
  return ~low;
}
#else
bool has_instruction() { return false; }
uint32_t by_instruction(std::string_view, uint32_t) {
  CHECK(has_instruction());
  return 0;
}
#endif

}  // namespace crc32c_internal

uint32_t crc32c(std::string_view bytes, uint32_t before) {
  // not covered: processors have the instruction since 2008; by_table() has tests of its own
  return crc32c_internal::has_instruction() ? crc32c_internal::by_instruction(bytes, before)
                                            : crc32c_internal::by_table(bytes, before);
}

}  // namespace muster::storage
