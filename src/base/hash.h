// 64-bit hashing for identities, fingerprints and state hashes. The results are part of what is
// stored on disk (fingerprints of remembered ids), so they never change; not for use against
// adversaries who gain from collisions.
#pragma once

#include <cstdint>
#include <string_view>

namespace muster {

// Mixes two words into one; every input bit reaches every output bit.
constexpr uint64_t mix64(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a ^ 0x9E3779B97F4A7C15ULL) * (b ^ 0xD6E8FEB86659FD93ULL);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Hash of a byte string; equal on every machine (words are read little-endian).
uint64_t hash64(std::string_view bytes, uint64_t seed = 0);

}  // namespace muster
