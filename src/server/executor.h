// Executor: work that blocks (a sync, a checkpoint) done elsewhere, so that the loop never waits.
// Threads (loop_executor) or, in tests and the simulator, whenever the caller says
// (manual_executor).
#pragma once

#include <functional>

namespace muster::server {

class Executor {
 public:
  virtual ~Executor() = default;

  // Runs `work` on the executor's thread, pieces of work one at a time and in order, then `done` on
  // the loop's thread. Called on the loop's thread only.
  virtual void run(std::function<void()> work, std::function<void()> done) = 0;
};

}  // namespace muster::server
