// run_worker: a whole worker, from registration to exit. Called on the main thread, before the
// process has made any other: it forks its spawner first.
#pragma once

#include "worker/config.h"

namespace muster::worker {

// Returns the exit code, as docs/worker.md lists them.
int run_worker(const WorkerConfig& config);

}  // namespace muster::worker
