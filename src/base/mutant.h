// MUSTER_MUTANT(name): a seeded bug, for tests that show that they would find it. Constant false,
// and no trace in the binary, unless MUSTER_MUTANTS is defined; then the one that active_mutant()
// names is on.
#pragma once

#include <string_view>

#ifdef MUSTER_MUTANTS

namespace muster {
inline std::string_view& active_mutant() {
  static std::string_view name;
  return name;
}
}  // namespace muster

#define MUSTER_MUTANT(name) (::muster::active_mutant() == #name)

#else

#define MUSTER_MUTANT(name) false

#endif
