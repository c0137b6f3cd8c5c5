#include "cli/exit_code.h"

#include <array>
#include <csignal>
#include <string_view>

namespace muster::cli {

namespace {

struct CodeOf {
  std::string_view error;  // of docs/protocol.md
  int exit_code;
};
// What is not listed is kFailed.
constexpr std::array<CodeOf, 15> kCodes = {{
    {"bad_json", kUsage},
    {"bad_request", kUsage},
    {"unknown_type", kUsage},
    {"too_large", kUsage},
    {"unauthorized", kNotAllowed},
    {"forbidden", kNotAllowed},
    {"not_found", kNotFound},
    {"conflict", kConflict},
    {"lease_lost", kConflict},
    {"queue_full", kUnavailable},
    {"disk_low", kUnavailable},
    {"rate_limited", kUnavailable},
    {"draining", kUnavailable},
    {"not_leader", kUnavailable},
    {"unavailable", kUnavailable},
}};

int refused(std::string_view error) {
  for (const CodeOf& each : kCodes) {
    if (each.error == error) return each.exit_code;
  }
  return kFailed;
}

}  // namespace

int exit_code(const client::Failure& failure) {
  switch (failure.kind) {
    case client::FailureKind::kRefused:
      return refused(failure.code);
    case client::FailureKind::kUnreachable:
    case client::FailureKind::kTimedOut:
      return kUnavailable;
    case client::FailureKind::kInterrupted:
      return kSignalBase + SIGINT;
    case client::FailureKind::kBadInput:
      return kUsage;
    case client::FailureKind::kBadAnswer:
      break;
  }
  return kFailed;
}

}  // namespace muster::cli
