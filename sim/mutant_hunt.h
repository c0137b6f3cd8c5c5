// The hunt for seeded bugs (MUSTER_MUTANT): each one of the table is switched on alone, and worlds
// are played until one breaks a promise. A bug that no world of the budget exposes is a hole in the
// checkers, or in what the cast does. Those that only a CHECK of the server's own ends are counted
// apart, and a canary, a promise that is always broken, shows that the hunt can fail.
#pragma once

#include <cstdint>
#include <string>

namespace muster::sim {

struct MutantHunt {
  std::string table;    // names in its first column, one line each
  uint64_t first_seed;  // of the worlds that are tried
  uint64_t budget;      // worlds for each bug
};

// The exit code: 0 when every bug was found.
int hunt_mutants(const MutantHunt& hunt);

// Switches one on, by name; empty: none.
void activate(const std::string& name);

}  // namespace muster::sim
