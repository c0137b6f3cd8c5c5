// Backoff: how long to wait before the next try to reach a server, so that thousands of clients
// which lost it in the same moment do not come back in the same moment.
//
// The first pause after a success is anywhere in 0–500 ms, the following are full jitter: anywhere
// in 0–min(cap, 1 s × 2^n). Reads no clock and sleeps nowhere; not thread-safe.
#pragma once

#include <cstdint>

#include "muster/failure.h"

namespace muster::client {

// Caps on a single pause: shorter while jobs are held, whose leases run on.
inline constexpr Milliseconds kCapHoldingJobs{2'000};
inline constexpr Milliseconds kCapOtherwise{20'000};

class Backoff {
 public:
  Backoff();  // seeded from the system
  explicit Backoff(uint64_t seed) : state_(seed) {}

  // The pause before the next try.
  Milliseconds next(Milliseconds cap);
  // A try succeeded: begin again.
  void reset() { tries_ = 0; }
  // Tries since the last reset.
  uint32_t tries() const { return tries_; }

 private:
  uint64_t random();

  uint64_t state_;
  uint32_t tries_ = 0;
};

}  // namespace muster::client
