// The server's configuration: raw words of the command line -> defaults -> validated -> const. A
// wrong value dies at start with its name. Flags are described in docs/server.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "model/limits.h"

namespace muster::server {

enum class Durability : uint8_t {
  kSync,    // on disk before the answer
  kAsync,   // with the operating system before the answer, on disk within the interval
  kMemory,  // nothing on disk
};

// As given; what was not given is none.
struct RawServerOptions {
  std::optional<std::string> listen = {};         // HOST:PORT, [::1]:PORT
  std::optional<std::string> data = {};           // directory
  std::optional<std::string> durability = {};     // sync, async, memory
  std::optional<std::string> sync_interval = {};  // milliseconds, with async
  std::optional<std::string> max_line = {};       // bytes of a request line
  std::optional<std::string> job_memory = {};     // MiB
  bool insecure = false;
};

struct ServerConfig {
  std::string host = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free one
  std::string data = "./muster-data";
  Durability durability = Durability::kSync;
  Duration sync_interval = Duration::milliseconds(50);
  size_t request_line = limits::kRequestLine;
  uint64_t job_memory = 2 * limits::kGiB;                 // ids and bodies above it: queue_full
  bool insecure = false;                                  // may listen beyond loopback
  size_t checkpoint_jobs = limits::kCheckpointDirtyJobs;  // no flag: the simulator's alone
};

// The error is one sentence that names the flag and what was expected.
Expected<ServerConfig, std::string> validate(const RawServerOptions& raw);

std::string_view name(Durability durability);

}  // namespace muster::server
