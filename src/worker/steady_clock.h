// The clocks a worker reads: the steady one for everything it decides, the wall clock for its log.
#pragma once

#include <time.h>

#include <algorithm>
#include <climits>

#include "base/time.h"

namespace muster::worker {

inline int64_t clock_ms(clockid_t clock) {
  timespec now = {};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

inline Instant steady_now() { return Instant::from_ms(clock_ms(CLOCK_MONOTONIC)); }
inline WallTime wall_now() { return WallTime::from_ms(clock_ms(CLOCK_REALTIME)); }

// What poll() is to be told to return by then; never early, -1 for Instant::max().
inline int poll_timeout(Instant deadline) {
  if (deadline == Instant::max()) return -1;
  const int64_t left = (deadline - steady_now()).ms();
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
}

}  // namespace muster::worker
