// LoopExecutor: an Executor that is one thread; what is done is reported on its loop.
#pragma once

#include <deque>
#include <functional>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "server/executor.h"
#include "server/loop.h"

namespace muster::server {

class LoopExecutor : public Executor {
 public:
  // `name`: of the thread, at most 15 bytes. The loop must outlive the executor.
  LoopExecutor(Loop& loop, const char* name);
  // Waits until all work given to it is done; what was not yet reported is not reported any more.
  ~LoopExecutor() override;

  void run(std::function<void()> work, std::function<void()> done) override;

 private:
  void serve();

  Loop& loop_;
  Mutex mutex_;
  Condition more_;
  std::deque<std::pair<std::function<void()>, std::function<void()>>> queue_ GUARDED_BY(mutex_);
  bool ending_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace muster::server
