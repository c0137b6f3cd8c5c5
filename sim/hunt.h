// Hunts: many worlds, one after the other; a failing one made small; and seeded bugs, each of which
// some world must expose.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/plan.h"
#include "sim/world.h"

namespace muster::sim {

// What many worlds came to.
struct Totals {
  uint64_t worlds = 0;
  uint64_t failed = 0;
  uint64_t steps = 0;
  uint64_t events = 0;
  uint64_t comparisons = 0;
  uint64_t lives = 0;
  Micros simulated = 0;
  Micros lively = 0;
  Checkers::Figures checked;
  uint64_t hash = 0;  // of all decisions and answers

  void add(const Outcome& outcome);
};

// The smallest plan found that still breaks the same rule: fewer faults, a smaller cast, less time.
struct Shrunk {
  Plan plan;
  std::vector<size_t> faults;  // by number in the seed's own plan
  Outcome outcome;
};
Shrunk shrink(const Plan& plan, const Outcome& outcome, uint32_t most_runs);

// The command that plays `plan` again.
std::string replay_command(const Plan& plan, const std::vector<size_t>& faults);

}  // namespace muster::sim
