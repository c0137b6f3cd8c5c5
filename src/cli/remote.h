// Remote: what every verb that talks to a server has in common: --server, -o, the connection, and
// how failures are told.
#pragma once

#include <string>

#include "cli/flags.h"
#include "cli/terminal.h"
#include "muster/client.h"

namespace muster::cli {

class Remote {
 public:
  // MUSTER_SERVER, if it is set, else the default address.
  Remote();

  void declare_server(Flags* flags);  // --server
  void declare_output(Flags* flags);  // -o
  void declare(Flags* flags);         // both

  // Connects with its first call. Says on stderr, once per outage, that it tries again.
  client::Client client(Terminal& terminal, client::Waker* waker = nullptr) const;

  // One line on stderr with the remedy, and the exit code that goes with it.
  int complain(Terminal& terminal, const client::Failure& failure,
               const std::string& before = {}) const;

  Format format() const { return format_; }
  const std::string& server() const { return server_; }

 private:
  std::string server_;
  Format format_ = Format::kAuto;
};

}  // namespace muster::cli
