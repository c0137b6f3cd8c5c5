// ManualExecutor: an Executor without a thread, for tests and the simulator. Work is done, and
// reported, when the test says so.
#pragma once

#include <deque>
#include <functional>
#include <utility>

#include "server/executor.h"

namespace muster::server {

class ManualExecutor : public Executor {
 public:
  void run(std::function<void()> work, std::function<void()> done) override {
    queue_.push_back({std::move(work), std::move(done)});
  }

  size_t waiting() const { return queue_.size(); }

  // Does the oldest piece of work and reports it; false: there was none.
  bool step() {
    if (queue_.empty()) return false;
    auto [work, done] = std::move(queue_.front());
    queue_.pop_front();
    work();
    done();
    return true;
  }
  void drain() {
    while (step()) {
    }
  }

 private:
  std::deque<std::pair<std::function<void()>, std::function<void()>>> queue_;
};

}  // namespace muster::server
