// Random: all chance of a simulation, from one seed; the same numbers on every machine and with
// every compiler (no distributions of the standard library). fork() gives each actor its own
// stream, so that what one does leaves the others' luck alone.
#pragma once

#include <cstdint>

#include "base/hash.h"

namespace muster::sim {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(mix64(seed, 0x5EED)) {}

  uint64_t next() {
    state_ += 0x9E3779B97F4A7C15ULL;
    return mix64(state_, state_ >> 31);
  }
  uint64_t below(uint64_t n) { return next() % n; }  // n > 0
  int64_t between(int64_t least, int64_t most) {     // both included
    return least + static_cast<int64_t>(below(static_cast<uint64_t>(most - least) + 1));
  }
  bool chance(uint32_t per_mille) { return below(1000) < per_mille; }
  Random fork(uint64_t tag) { return Random(mix64(next(), tag)); }

 private:
  uint64_t state_;
};

}  // namespace muster::sim
