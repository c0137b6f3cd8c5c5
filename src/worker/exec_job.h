// ExecJob: one command that runs under its supervisor, seen from the worker. Owned by one thread,
// which polls its socket; nothing here blocks. Destroying it kills the tree (the socket closes).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "worker/supervision.h"
#include "worker/unique_fd.h"

namespace muster::worker {

// The supervisor was killed before it reported; the spawner kills what it left.
struct SupervisorLost {};

class ExecJob {
 public:
  // `socket` as Spawner::spawn gave it.
  ExecJob(UniqueFd socket, const ExecSpec& spec);

  int fd() const { return socket_.get(); }
  short events() const;  // what poll() is to wait for

  // Sends and receives what goes without waiting. A value: the job is over.
  std::optional<std::variant<ExecReport, SupervisorLost>> pump();

  void order(SupervisorOrder order);  // sent with the next pump()

 private:
  bool send();  // false: nobody listens

  UniqueFd socket_;
  std::string unsent_;
  std::string received_;
};

}  // namespace muster::worker
