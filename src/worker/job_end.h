// JobEnd: how one attempt ended on this worker, and what the server is to be told about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "worker/assignment.h"

namespace muster::worker {

enum class EndKind : uint8_t {
  kCompleted,
  kFailed,
  kTimedOut,   // ended because of timeout_ms
  kCancelled,  // ended because the server said so
  kReleased,   // ended because this worker stops; handed back, nothing charged
  kLeaseLost,  // ended because the job is no longer ours; nobody is told
};
// As in the log and on stderr.
constexpr std::string_view name(EndKind kind) {
  constexpr std::string_view kNames[] = {"completed", "failed",   "timed_out",
                                         "cancelled", "released", "lease_lost"};
  return kNames[static_cast<size_t>(kind)];
}

struct JobEnd {
  AttemptName name;
  EndKind kind = EndKind::kCompleted;
  std::string result;       // raw JSON; empty: none
  std::string error_class;  // not of kCompleted and kReleased
  std::string message;
  std::optional<int32_t> exit_code;
  std::optional<int32_t> signal;
};

}  // namespace muster::worker
