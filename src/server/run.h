// run_server: one queue server as a process: recovers, listens, serves, stops on SIGTERM or SIGINT.
#pragma once

#include "server/config.h"

namespace muster::server {

// Exit codes of `muster server`, documented in docs/server.md.
inline constexpr int kExitClean = 0;
inline constexpr int kExitCannotStart = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitJournalEnded = 74;

// Blocks until the server has stopped; the exit code. Takes over the process's signals.
int run_server(const ServerConfig& config);

}  // namespace muster::server
