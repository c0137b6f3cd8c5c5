// Children: processes of this same program, kept in the foreground by `muster dev`. One thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace muster::cli {

// A started process. `out` is its stdout, or -1 when it writes to ours; owned by whoever started
// it.
struct Child {
  std::string name;
  std::vector<std::string> words;  // its arguments without the program's name
  pid_t pid = -1;
  int out = -1;
};

// Starts this program with `words`: in a process group of its own, so that a Ctrl-C reaches only
// us, and sent SIGTERM when we die. SIGINT, SIGTERM and SIGCHLD must be blocked; the child begins
// with nothing blocked. pid is -1 if it could not be started.
Child start_child(std::string name, std::vector<std::string> words, bool capture_out);

// The next line of its captured stdout, without its end; empty if it closed that. Blocks.
std::string read_line(const Child& child);

}  // namespace muster::cli
