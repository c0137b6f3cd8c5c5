// The full life of a job, submit → lease → complete, in two shapes.
#pragma once

#include <cstdint>
#include <string>

#include "bench/server_process.h"

namespace muster::bench {

struct Shape {
  std::string name;
  uint64_t jobs = 0;
  uint32_t batch = 1;         // jobs per message; 1: the single-job verbs
  uint32_t producers = 4;     // connections that submit
  uint32_t workers = 4;       // connections that take and complete
  uint32_t in_flight = 2;     // messages outstanding on each
  bool ack_and_next = false;  // completing and asking for the next job in one message
  size_t payload_bytes = 100;
  uint64_t backlog = 20'000;  // producers wait while this many jobs are waiting
};

struct Measured {
  double seconds = 0;
  double server_cpu_seconds = 0;
  double client_cpu_seconds = 0;
  uint64_t checkpoints = 0;
  double longest_capture_ms = 0;
  uint64_t peak_rss_bytes = 0;
};

// Throws std::runtime_error when anything was lost, given out twice or refused.
Measured run_lifecycle(const ServerProcess& server, const Shape& shape);

}  // namespace muster::bench
