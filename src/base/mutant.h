// MUSTER_MUTANT(name): a seeded bug, for tests that show that they would find it. Constant false,
// and no trace in the binary, unless MUSTER_MUTANTS is defined; then the one that active_mutant()
// names is on.
//
// MUSTER_PLANTED(name): the same, for mistakes in parsers and codecs that a target of fuzz/ finds
// (docs/fuzzing.md). A name of its own, because the simulator must find every mutant, and has no
// part in these.
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

#define MUSTER_PLANTED(name) MUSTER_MUTANT(name)
