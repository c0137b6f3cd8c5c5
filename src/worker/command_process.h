// Starting one command without a shell: the half of the supervisor that forks. Runs in a process of
// one thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "worker/supervision.h"
#include "worker/unique_fd.h"

namespace muster::worker {

// Files that `word` may mean: itself when it contains a slash, otherwise one per directory of
// `path` (empty directories are the current one, as for a shell).
std::vector<std::string> candidates(const std::string& word, std::string_view path);

// `inherited` (NAME=value) with the variables of `added` set, each once.
std::vector<std::string> merge_environment(const char* const* inherited,
                                           const std::vector<std::string>& added);

// A command that has been forked. Its descriptors do not block.
struct CommandProcess {
  pid_t pid = -1;  // -1: the fork failed with `fork_error`
  int fork_error = 0;
  UniqueFd out;
  UniqueFd err;
  UniqueFd exec_error;  // gives an errno when the command cannot be started; otherwise only ends
};

// In a session of its own, stdin /dev/null, signals at their defaults, no other descriptor open; it
// dies with the thread that called this.
CommandProcess start_command(const ExecSpec& spec);

}  // namespace muster::worker
