// muster: one program, whose first argument says what it is. The only file that knows the server,
// the worker and the command line together: it turns what was typed into what each of them asks
// for.
#include <csignal>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "muster/connection.h"
#include "server/config.h"
#include "server/run.h"
#include "worker/config.h"
#include "worker/worker.h"

namespace {

using muster::Duration;
using muster::cli::ServerFlags;
using muster::cli::Terminal;
using muster::cli::WorkerFlags;

int run_server(const ServerFlags& flags, Terminal& terminal) {
  const auto config = muster::server::validate({.listen = flags.listen,
                                                .data = flags.data,
                                                .durability = flags.durability,
                                                .sync_interval = flags.sync_interval,
                                                .max_line = flags.max_line,
                                                .job_memory = flags.job_memory,
                                                .insecure = flags.insecure});
  if (config) return muster::server::run_server(*config);
  terminal.complain(config.error() + "; see `muster help server`");
  return muster::cli::kUsage;
}

int run_worker(const WorkerFlags& flags, Terminal& terminal) {
  const auto address = muster::client::Address::parse(flags.server);
  if (!address) {
    terminal.complain(address.failure().message);
    return muster::cli::kUsage;
  }
  muster::worker::WorkerConfig config;
  config.server = *address;
  if (!flags.queues.empty()) config.queues = flags.queues;
  config.concurrency = flags.concurrency;
  config.id = flags.id;
  config.log_path = flags.log;
  if (flags.drain_timeout) {
    config.drain_timeout = Duration::milliseconds(flags.drain_timeout->count());
  }
  if (flags.grace) config.grace = Duration::milliseconds(flags.grace->count());
  return muster::worker::run_worker(config);
}

}  // namespace

int main(int argc, char** argv) {
  // A reader of ours that goes away (`| head`) is told apart from the work: see Terminal.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  Terminal terminal = Terminal::of_process();
  return muster::cli::command_line(
      words,
      {.server = [&](const ServerFlags& flags) { return run_server(flags, terminal); },
       .worker = [&](const WorkerFlags& flags) { return run_worker(flags, terminal); }},
      terminal);
}
