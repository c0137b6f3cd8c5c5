#include "muster/backoff.h"

#include <algorithm>
#include <random>

namespace muster::client {

namespace {
constexpr int64_t kFirstMs = 500;
constexpr int64_t kSecondMs = 1'000;
constexpr uint32_t kDoublings = 20;  // far beyond every cap, far below overflow
}  // namespace

Backoff::Backoff() {
  std::random_device device;
  state_ = static_cast<uint64_t>(device()) << 32 | device();
}

Milliseconds Backoff::next(Milliseconds cap) {
  int64_t limit = kFirstMs;
  if (tries_ > 0) limit = kSecondMs << std::min(tries_ - 1, kDoublings);
  ++tries_;
  limit = std::clamp<int64_t>(cap.count(), 0, limit);
  return Milliseconds(random() % static_cast<uint64_t>(limit + 1));
}

// splitmix64: small, and its output is the same everywhere, so that tests can name a seed.
uint64_t Backoff::random() {
  uint64_t z = state_ += 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace muster::client
