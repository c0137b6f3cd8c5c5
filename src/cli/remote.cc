#include "cli/remote.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "cli/duration_text.h"
#include "cli/exit_code.h"

namespace muster::cli {

namespace {

// What to do about it, where a flag can help; otherwise "".
std::string remedy(const client::Failure& failure) {
  using client::FailureKind;
  if (failure.kind == FailureKind::kUnreachable) {
    return "; is `muster server` running there? --server HOST:PORT or MUSTER_SERVER names another";
  }
  if (failure.kind == FailureKind::kBadAnswer) {
    return "; is that a Muster server? --server HOST:PORT or MUSTER_SERVER names another";
  }
  if (failure.code == "not_found") return "; `muster list` shows the jobs that are kept";
  if (failure.code == "queue_full" || failure.code == "disk_low") {
    return "; `muster stats` shows what it holds";
  }
  return {};
}

}  // namespace

Remote::Remote() : server_(client::kDefaultServer) {
  const char* const from_environment = std::getenv("MUSTER_SERVER");
  if (from_environment != nullptr && *from_environment != '\0') server_ = from_environment;
}

void Remote::declare_server(Flags* flags) {
  flags->add("--server", "HOST:PORT", "the server; default MUSTER_SERVER or 127.0.0.1:8080",
             [this](const std::string& text) -> std::string {
               if (!client::Address::parse(text)) return "HOST:PORT, such as 127.0.0.1:8080";
               server_ = text;
               return {};
             });
}

void Remote::declare(Flags* flags) {
  declare_server(flags);
  declare_output(flags);
}

void Remote::declare_output(Flags* flags) {
  flags->add("-o,--output", "FORMAT",
             "json (one object per line) or table; default: a table on a terminal, "
             "tab-separated in a pipe",
             [this](const std::string& text) -> std::string {
               if (text != "json" && text != "table") return "json or table";
               format_ = text == "json" ? Format::kJson : Format::kTable;
               return {};
             });
}

client::Client Remote::client(Terminal& terminal, client::Waker* waker) const {
  const client::ClientOptions defaults;
  // Once per outage: it ends when a call has gone well, and then the code differs or time has
  // passed.
  const auto last = std::make_shared<std::string>();
  const auto on_retry = [&terminal, last, limit = defaults.reconnect_for](
                            const client::Failure& why, client::Milliseconds) {
    if (*last == why.message) return;
    *last = why.message;
    terminal.complain(
        fmt::format("{}; trying again for up to {}", why.message, duration_text(limit)));
  };
  return client::Client({.server = server_, .waker = waker, .on_retry = on_retry});
}

int Remote::complain(Terminal& terminal, const client::Failure& failure,
                     const std::string& before) const {
  const bool refused = failure.kind == client::FailureKind::kRefused;
  terminal.complain(before + (refused ? failure.code + ": " : "") + failure.message +
                    remedy(failure));
  return exit_code(failure);
}

}  // namespace muster::cli
