// Explorer: visits every state of a small world and makes every move in each, breadth first, so
// that a broken promise is told by a shortest path. Engines are not copied: a state is reached by
// making its moves from the start.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/small/configuration.h"
#include "sim/small/move.h"

namespace muster::sim::small {

struct Exploration {
  uint64_t states = 0;
  uint64_t transitions = 0;
  uint64_t twice = 0;      // states whose moves were also made after a second path
  uint64_t finished = 0;   // states that were run to the end by a healthy worker
  bool complete = false;   // there is no state that was not visited
  std::string broken;      // the first promise broken; empty: none
  std::vector<Move> path;  // to it
};

struct ExplorerOptions {
  uint64_t seed = 0;  // chooses the states for `twice` and `finish_one_in`
  uint64_t most_states = UINT64_MAX;
  uint64_t twice = 500;
  uint64_t finish_one_in = 16;
  std::chrono::steady_clock::time_point until = std::chrono::steady_clock::time_point::max();
  // Told which moves are about to be made, for when the engine ends the process.
  std::function<void(const std::vector<Move>&)> about_to;
};

Exploration explore(const Configuration& configuration, const ExplorerOptions& options);

// The path as a numbered story, with what each move caused.
std::string story(const Configuration& configuration, const std::vector<Move>& path);

}  // namespace muster::sim::small
