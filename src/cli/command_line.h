// The command line as a whole: finds the verb, parses what is behind it, runs it.
#pragma once

#include <string>
#include <vector>

#include "cli/daemons.h"
#include "cli/terminal.h"

namespace muster::cli {

// `words` are the arguments without the program's name. The exit code of the process.
int command_line(const std::vector<std::string>& words, Daemons daemons, Terminal& terminal);

}  // namespace muster::cli
