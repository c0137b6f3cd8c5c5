// SlowExecutor: the Executor of the simulator. Work takes simulated time: it is done at one moment
// and reported at a later one, so that the process can die before, between and after.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <utility>

#include "server/executor.h"
#include "sim/random.h"
#include "sim/timeline.h"

namespace muster::sim {

class SlowExecutor final : public server::Executor {
 public:
  struct Pace {
    Micros least = 50;
    Micros most = 300;
    uint32_t hiccup = 2;  // ‰ of works that take a hundred times as long
  };

  // `awake`: the process runs; while it doesn't nothing is done. `reported`: after each report, a
  // turn is due.
  SlowExecutor(Timeline& timeline, Random random, const Pace& pace, std::function<bool()> awake,
               std::function<void()> reported)
      : timeline_(timeline),
        random_(random),
        pace_(pace),
        awake_(std::move(awake)),
        reported_(std::move(reported)) {}

  void run(std::function<void()> work, std::function<void()> done) override {
    queue_.push_back({std::move(work), std::move(done), false});
    if (queue_.size() == 1) plan();
  }

  bool busy() const { return !queue_.empty(); }
  // Does the work on its way without reporting it: the process dies in the middle of it.
  void do_unreported() {
    if (!queue_.empty() && !queue_.front().worked) queue_.front().work();
  }
  void resumed() {
    if (std::exchange(held_, false)) step();
  }
  // The process is gone; what was planned never happens.
  void die() {
    ++life_;
    held_ = false;
    queue_.clear();
  }

 private:
  struct Item {
    std::function<void()> work;
    std::function<void()> done;
    bool worked;
  };

  void plan() {
    Micros delay = random_.between(pace_.least, pace_.most) / 2;
    if (random_.chance(pace_.hiccup)) delay *= 100;
    timeline_.after(delay, [this, life = life_] {
      if (life == life_) step();
    });
  }
  void step() {
    if (!awake_()) {
      held_ = true;
      return;
    }
    if (!queue_.front().worked) {
      queue_.front().worked = true;
      queue_.front().work();
      return plan();
    }
    const Item item = std::move(queue_.front());
    queue_.pop_front();
    if (!queue_.empty()) plan();
    item.done();
    reported_();
  }

  Timeline& timeline_;
  Random random_;
  const Pace pace_;
  const std::function<bool()> awake_;
  const std::function<void()> reported_;
  std::deque<Item> queue_;
  uint64_t life_ = 0;
  bool held_ = false;
};

}  // namespace muster::sim
