// What a Muster server tells about itself: queues, workers, totals. Plain values; `json` is the
// record as it came, with everything that has no field here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/failure.h"

namespace muster::client {

struct JobCounts {
  uint64_t scheduled = 0, ready = 0, running = 0, completed = 0, dead = 0, cancelled = 0;
};

struct QueueInfo {
  std::string name = {};
  bool paused = false;
  JobCounts jobs = {};
  std::optional<Milliseconds> oldest_ready = {};  // age of the job that has waited longest
  std::string json = {};
};

struct WorkerInfo {
  std::string id = {};
  std::string state = {};
  std::string host = {};
  uint64_t pid = 0;
  std::string version = {};
  std::vector<std::string> queues = {};
  std::vector<std::string> job_types = {};
  uint32_t concurrency = 0;
  uint32_t running = 0;
  std::optional<Milliseconds> since_heartbeat = {};
  std::string json = {};
};

struct Stats {
  JobCounts jobs = {};
  std::string json = {};
};

// One job's outcome of cancel, retry or remove.
struct Acted {
  std::string job_id = {};
  std::string state = {};  // after it, where the server tells; may be empty
  bool duplicate = false;  // it already was so
};
using ActionOutcome = Expected<Acted>;

}  // namespace muster::client
