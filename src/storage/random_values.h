// For the tests of codecs: random values, the same on every machine for one seed, and bytes in hex.
#pragma once

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>

#include "model/job.h"

namespace muster::storage {

inline std::string hex_of(std::string_view bytes) {
  std::string hex;
  for (char byte : bytes) {
    hex += "0123456789abcdef"[static_cast<uint8_t>(byte) >> 4];
    hex += "0123456789abcdef"[static_cast<uint8_t>(byte) & 15];
  }
  return hex;
}

// Extremes and in-betweens of every number.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {
    for (char& byte : pool_) byte = "\0\xff\"a"[engine_() % 4];
  }
  uint64_t word() { return engine_() >> (engine_() % 64); }
  uint64_t below(uint64_t n) { return engine_() % n; }
  bool coin() { return below(2) == 0; }
  uint64_t id() { return word() & kMaxNumber; }
  uint32_t small() { return static_cast<uint32_t>(word()); }
  int64_t ms() { return static_cast<int64_t>(coin() ? word() : ~word()); }
  Duration duration() { return Duration::milliseconds(ms()); }
  WallTime time() { return WallTime::from_ms(ms()); }
  // At most 950 bytes, of kinds that matter to keys and JSON.
  std::string_view text(size_t most) {
    const size_t from = below(50);
    return std::string_view(pool_).substr(from, below(most + 1));
  }
  std::optional<int32_t> number() {
    if (coin()) return std::nullopt;
    return static_cast<int32_t>(ms());
  }
  AttemptError error() {
    return AttemptError{std::string(text(20)), std::string(text(300)), std::string(text(300)),
                        number(), number()};
  }

  JobOptions options() {
    JobOptions made;
    if (coin()) made.retry.max_attempts = small();
    if (coin()) made.retry.backoff = duration();
    if (coin()) made.retry.factor_milli = small();
    if (coin()) made.retry.cap = duration();
    if (coin()) made.retry.jitter_milli = small();
    if (coin()) made.max_lost = small();
    if (coin()) made.timeout = duration();
    if (coin()) made.deadline = time();
    if (coin()) made.result_ttl = duration();
    return made;
  }

 private:
  std::mt19937_64 engine_;
  std::string pool_ = std::string(1000, ' ');
};

}  // namespace muster::storage
