// LoopListener: accepts connections for LoopConnections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "server/loop.h"
#include "server/loop_connections.h"

namespace muster::server {

class LoopListener {
 public:
  // Takes the address and does not listen yet: connections are refused until listen(). An address
  // beyond loopback is refused unless `insecure`. The error is one sentence for the person who
  // started the server.
  static Expected<std::unique_ptr<LoopListener>, std::string> bind(Loop& loop,
                                                                   const std::string& host,
                                                                   uint16_t port, bool insecure);
  struct Parts;
  LoopListener(std::unique_ptr<Parts> parts, std::string address);  // bind() is the way in
  ~LoopListener();

  // HOST:PORT as bound.
  const std::string& address() const { return address_; }

  // From here on connections come in, and wait in the system's queue until accept().
  Expected<Unit, std::string> listen();
  void accept(LoopConnections& connections);
  void close();

 private:
  void wait();
  void take_all();
  bool take_one();
  void pause();

  const std::unique_ptr<Parts> parts_;
  const std::string address_;
};

// As many open files as the system lets this process have.
void raise_open_file_limit();

}  // namespace muster::server
