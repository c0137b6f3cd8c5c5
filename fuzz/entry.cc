// What libFuzzer calls. Flags of our own begin with two dashes, which libFuzzer leaves alone:
//   --list-planted    prints the names of the planted bugs, one a line, and exits
//   --planted=NAME    turns one of them on
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/mutant.h"
#include "fuzz/target.h"

#ifndef MUSTER_MUTANTS
#error "fuzz targets are built with their planted bugs: use the preset fuzz"
#endif

namespace muster::fuzz {
namespace {

void list_planted() {
  for (const std::string_view bug : planted_bugs()) {
    std::printf("%.*s\n", static_cast<int>(bug.size()), bug.data());
  }
}

void plant(std::string_view wanted) {
  const std::vector<std::string_view> bugs = planted_bugs();
  const auto found = std::find(bugs.begin(), bugs.end(), wanted);
  if (found == bugs.end()) {
    std::fprintf(stderr, "no planted bug is called '%.*s'; these are:\n",
                 static_cast<int>(wanted.size()), wanted.data());
    list_planted();
    std::exit(2);
  }
  active_mutant() = *found;
}

}  // namespace
}  // namespace muster::fuzz

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  constexpr std::string_view kPlanted = "--planted=";
  for (int i = 1; i < *argc; ++i) {
    const std::string_view argument = (*argv)[i];
    if (argument.starts_with(kPlanted)) muster::fuzz::plant(argument.substr(kPlanted.size()));
    if (argument == "--list-planted") {
      muster::fuzz::list_planted();
      std::exit(0);
    }
  }
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  muster::fuzz::run_input({reinterpret_cast<const char*>(data), size});
  return 0;
}
