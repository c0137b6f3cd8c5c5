// The processes below one process, by /proc, and signals to them. A process leaves its tree neither
// by a double fork nor by setsid when the root is a child subreaper: orphans become the root's
// children.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace muster::worker {

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  char state = '?';          // 'Z': dead, not yet waited for
  uint64_t start_ticks = 0;  // with the pid, names the process for ever
  bool alive() const { return state != 'Z' && state != 'X'; }
};

// One line of /proc/PID/stat; nothing when it is none.
std::optional<Process> parse_stat(std::string_view line);
std::optional<Process> read_process(pid_t pid);

// Everything that runs now, and of that what descends from `root` (without it), the dead left out.
std::vector<Process> all_processes();
std::vector<Process> descendants(const std::vector<Process>& processes, pid_t root);

// Signals exactly this process, even when its pid has been given to another one meanwhile.
void signal_process(const Process& process, int signal);
// Signals everything below `root` that is seen now and returns how many these were. What they fork
// meanwhile may be missed: repeat until nothing is left.
size_t signal_descendants(pid_t root, int signal);

}  // namespace muster::worker
