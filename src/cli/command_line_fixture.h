// For tests only: runs whole command lines and keeps what they wrote.
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.h"

namespace muster::cli {

struct CommandRun {
  int code = -1;
  std::string out;
  std::string err;
};

struct CommandSetting {
  std::string server;  // given as --server behind the verb; empty: none
  Terminal::Traits traits = {};
  Daemons daemons = {};
};

// A terminal that writes into `run`, which must outlive it.
inline Terminal terminal_into(CommandRun* run, Terminal::Traits traits) {
  return Terminal(
      [run](std::string_view text) {
        run->out += text;
        return true;
      },
      [run](std::string_view text) {
        run->err += text;
        return true;
      },
      traits);
}

// `words` as typed; --server goes in front of a `--`.
inline CommandRun run_command(std::vector<std::string> words, const CommandSetting& setting = {}) {
  CommandRun run;
  Terminal terminal = terminal_into(&run, setting.traits);
  if (!setting.server.empty()) words.insert(words.begin() + 1, {"--server", setting.server});
  run.code = command_line(words, setting.daemons, terminal);
  return run;
}

}  // namespace muster::cli
