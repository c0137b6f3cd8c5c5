// Moment: when something happened in the simulated world, as nobody inside it can know it.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace muster::sim {

struct Moment {
  Now now;           // what the server's two clocks show; the wall clock may jump
  Instant listened;  // the steady clock without the time in which the server was paused or down
  uint32_t pauses =
      0;  // pauses of the server so far, each of which may age a lease by kSteadyPerTurn
};

}  // namespace muster::sim
