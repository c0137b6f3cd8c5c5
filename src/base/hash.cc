#include "base/hash.h"

#include <bit>
#include <cstring>

namespace muster {

static_assert(std::endian::native == std::endian::little, "stored hashes read words little-endian");

uint64_t hash64(std::string_view bytes, uint64_t seed) {
  uint64_t hash = mix64(seed, bytes.size());
  const char* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    hash = mix64(hash ^ word, 0xA0761D6478BD642FULL);
  }
  uint64_t tail = 0;
  if (left > 0) std::memcpy(&tail, at, left);
  return mix64(hash ^ tail, 0xE7037ED1A0B428DBULL);
}

}  // namespace muster
