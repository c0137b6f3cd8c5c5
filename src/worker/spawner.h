// Spawner: forks the supervisors. It is itself a process, made before the worker has threads, of
// one thread and small, so that starting a job costs one cheap fork and runs no code that a fork in
// a process of many threads may not run. It is a child subreaper too: the tree of a supervisor that
// was killed becomes its own, and it kills it.
//
//   worker ── spawner ── supervisor (one per job) ── command ── …
//
// When the worker dies, the spawner's socket and the supervisors' sockets close; each supervisor
// kills its tree, and the spawner stays until the last of them is gone, so that nobody becomes a
// zombie.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "model/error.h"
#include "worker/unique_fd.h"

namespace muster::worker {

class Spawner {
 public:
  // Forks; the process must have one thread.
  static Result<Spawner> start();

  Spawner(Spawner&& other) noexcept;
  Spawner& operator=(Spawner&&) = delete;
  ~Spawner();  // waits until every supervisor is gone, which their closed sockets bring about

  // The worker's end of a new supervisor's socket, non-blocking: it wants an ExecSpec next. When
  // the spawner cannot fork, a report that says so is already waiting there. Fails when the spawner
  // is gone.
  Result<UniqueFd> spawn();

  pid_t pid() const { return pid_; }

 private:
  Spawner(pid_t pid, UniqueFd socket) : pid_(pid), socket_(std::move(socket)) {}

  pid_t pid_;
  UniqueFd socket_;
};

}  // namespace muster::worker
