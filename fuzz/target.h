// A target: one program that libFuzzer feeds with inputs. Each *_target.cc defines these two
// functions; fuzz/entry.cc is the main program of all of them.
#pragma once

#include <string_view>
#include <vector>

namespace muster::fuzz {

// Judges one input: returns, or ends the process with CHECK. `input` is exactly as long as it says,
// so that AddressSanitizer sees any look behind it. Keeps nothing that could change what a later
// input does.
void run_input(std::string_view input);

// The bugs (MUSTER_PLANTED, MUSTER_MUTANT) in the code under test that this target must find in
// 60 s.
std::vector<std::string_view> planted_bugs();

}  // namespace muster::fuzz
