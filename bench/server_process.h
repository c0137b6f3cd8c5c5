// ServerProcess: a queue server of its own for one measurement, on a free loopback port with a
// temporary data directory; stopped and removed with the object.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace muster::bench {

struct ServerOptions {
  std::string binary;
  std::string durability;    // sync, async, memory
  std::string directory;     // where the data directory is made; decides which disk is measured
  bool count_syncs = false;  // through strace, which must be installed
};

class ServerProcess {
 public:
  explicit ServerProcess(const ServerOptions& options);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  uint16_t port() const { return port_; }
  double cpu_seconds() const;  // user and system, all threads of the server so far
  uint64_t peak_rss_bytes() const;
  // Stops it; the fdatasync calls that strace counted over its whole life, if asked for.
  std::optional<uint64_t> stop();

 private:
  pid_t child_ = -1;  // what was started: the server, or strace
  pid_t server_ = -1;
  uint16_t port_ = 0;
  std::string data_;
  std::string counts_;  // strace's summary
};

}  // namespace muster::bench
