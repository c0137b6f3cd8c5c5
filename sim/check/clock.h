// How the checkers measure the server's time from outside.
//
// The engine's steady time stands still while the server does not listen, but for the at most
// kSteadyPerTurn that one turn may take of it (docs/job_lifecycle.md, Time). So between two moments
// the engine can have seen at most the time listened and kSteadyPerTurn for each pause: that is the
// one tolerance of every "never early", and it is nothing while nothing pauses.
#pragma once

#include <cstdint>

#include "base/time.h"
#include "model/ids.h"
#include "model/limits.h"
#include "sim/moment.h"

namespace muster::sim {

// A moment as far as the engine's steady time goes.
struct Mark {
  Instant listened;
  uint32_t pauses = 0;

  static Mark of(const Moment& at) { return {at.listened, at.pauses}; }
};

// The most that the engine's steady time can have advanced from `from` until `at`.
inline Duration most_elapsed(const Mark& from, const Moment& at) {
  return at.listened - from.listened +
         limits::kSteadyPerTurn * (int64_t{at.pauses} - int64_t{from.pauses});
}

// Words are placed where they reach the server, which may handle them a moment earlier or later.
inline constexpr Duration kGrain = Duration::milliseconds(10);

// Whether the engine may believe that `length` has passed since `from`.
inline bool may_be_over(const Mark& from, Duration length, const Moment& at) {
  return most_elapsed(from, at) >= length;
}

// Of a settled event: its number, when it was applied, and its place among everything that the
// checkers were told (stamps), for events are judged only once they are durable.
struct When {
  Sequence sequence;
  uint64_t stamp = 0;
  Moment at;
};

}  // namespace muster::sim
