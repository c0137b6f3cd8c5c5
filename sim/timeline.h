// Timeline: simulated time, in microseconds since the world began, and what is going to happen.
// Things due at one time happen in the order in which they were planned.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace muster::sim {

using Micros = int64_t;
inline constexpr Micros kMillisecond = 1'000;
inline constexpr Micros kSecond = 1'000'000;
inline constexpr Micros kNever = std::numeric_limits<Micros>::max();

class Timeline {
 public:
  using Action = std::function<void()>;  // captures of two words cost no allocation

  Micros now() const { return now_; }
  uint64_t steps() const { return steps_; }  // things that have happened
  Micros next() const { return heap_.empty() ? kNever : heap_.front().at; }

  void at(Micros when, Action action) {
    heap_.push_back({std::max(when, now_), ++planned_, std::move(action)});
    std::push_heap(heap_.begin(), heap_.end());
  }
  void after(Micros delay, Action action) { at(now_ + delay, std::move(action)); }

  // Lets the next thing happen; false: nothing is planned.
  bool step() {
    if (heap_.empty()) return false;
    std::pop_heap(heap_.begin(), heap_.end());
    const Entry entry = std::move(heap_.back());
    heap_.pop_back();
    now_ = entry.at;
    ++steps_;
    entry.action();
    return true;
  }

 private:
  struct Entry {
    Micros at;
    uint64_t order;
    Action action;
    // A heap's front is its greatest: the soonest.
    bool operator<(const Entry& other) const {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  std::vector<Entry> heap_;
  Micros now_ = 0;
  uint64_t planned_ = 0;
  uint64_t steps_ = 0;
};

}  // namespace muster::sim
