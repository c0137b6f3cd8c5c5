// What `muster server` and `muster worker` were told, as plain data. The programs themselves are
// run by main, the only place that knows all three: server, worker and command line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "muster/failure.h"

namespace muster::cli {

// As given; what was not given is none. The server checks the values itself.
struct ServerFlags {
  std::optional<std::string> listen;
  std::optional<std::string> data;
  std::optional<std::string> durability;
  std::optional<std::string> sync_interval;
  std::optional<std::string> max_line;
  std::optional<std::string> job_memory;
  bool insecure = false;
};

struct WorkerFlags {
  std::string server;  // HOST:PORT, checked
  std::vector<std::string> queues;
  uint32_t concurrency = 1;
  std::string id;
  std::optional<client::Milliseconds> drain_timeout;
  std::optional<client::Milliseconds> grace;
  std::string log;
};

// Run to their end; the exit code.
using RunServer = std::function<int(const ServerFlags&)>;
using RunWorker = std::function<int(const WorkerFlags&)>;

struct Daemons {
  RunServer server;
  RunWorker worker;
};

}  // namespace muster::cli
