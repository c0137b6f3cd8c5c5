// run_worker: a whole worker, from registration to exit. Called on the main thread, before the
// process has made any other: it forks its spawner first.
#pragma once

#include "worker/config.h"

namespace muster::worker {

// Returns the exit code: 0 drained on request, 1 stopped by a defect of the machine (no processes,
// no log), 5 another process took over this worker's name.
int run_worker(const WorkerConfig& config);

}  // namespace muster::worker
