// WorkerConfig: what `muster worker` was asked to be. Plain data, checked by the command line
// before it gets here; run_worker (worker.h) takes it and never changes it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "muster/connection.h"

namespace muster::worker {

inline constexpr uint32_t kMaxConcurrency = 1024;

struct WorkerConfig {
  client::Address server = {"127.0.0.1", "8080"};
  std::vector<std::string> queues = {"default"};   // in this order of preference
  uint32_t concurrency = 1;                        // jobs at a time, 1 to kMaxConcurrency
  std::string id;                                  // names the session; empty: HOSTNAME-PID
  Duration drain_timeout = Duration::seconds(30);  // after SIGTERM, for the jobs that run
  Duration grace = Duration::seconds(10);          // between TERM and KILL of one job
  std::string log_path;                            // --log; empty: none
};

}  // namespace muster::worker
