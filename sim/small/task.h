// Task: one world to explore, in a process of its own, so that a CHECK of the engine ends one
// exploration and is told like any broken promise, and so that several run at once.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/small/configuration.h"

namespace muster::sim::small {

struct Task {
  Configuration world;
  std::string mutant;  // the seeded bug that is on; empty: none
  uint64_t seed = 0;
};

struct Found {
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t twice = 0;
  uint64_t finished = 0;
  uint64_t milliseconds = 0;
  bool complete = false;
  std::string broken;  // the first promise broken; empty: none
  std::string story;   // a shortest path to it
};

// Runs all tasks, `at_once` of them at a time; `seconds` for all together, 0: as long as it takes.
// `told` is called for each in their order.
void run_tasks(const std::vector<Task>& tasks, unsigned at_once, uint64_t seconds,
               const std::function<void(const Task&, const Found&)>& told);

// The engine's seeded bugs (src/base/mutant.h) that lie within the reach of a small world.
struct SeededBug {
  std::string_view mutant;
  std::string_view world;  // that finds it
};
std::span<const SeededBug> seeded_bugs();

}  // namespace muster::sim::small
