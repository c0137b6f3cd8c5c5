// The one table of errors: code, whether trying again later may help, what it means. Documents,
// command line and SDKs agree with it by construction.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace muster {

enum class ErrorCode : uint8_t {
  kBadJson,
  kBadRequest,
  kUnknownType,
  kTooLarge,
  kUnauthorized,
  kForbidden,
  kNotFound,
  kConflict,
  kLeaseLost,
  kSessionUnknown,
  kSessionReplaced,
  kQueueFull,
  kDiskLow,
  kRateLimited,
  kDraining,
  kNotLeader,
  kUnavailable,
  kInternal,
};

struct ErrorInfo {
  ErrorCode code;
  std::string_view name;  // as on the wire
  bool retryable;
  std::string_view meaning;
};

inline constexpr std::array<ErrorInfo, 18> kErrorTable = {{
    {ErrorCode::kBadJson, "bad_json", false, "the line is not one JSON object"},
    {ErrorCode::kBadRequest, "bad_request", false,
     "a field is missing, misplaced or of a wrong kind"},
    {ErrorCode::kUnknownType, "unknown_type", false, "no verb has this name"},
    {ErrorCode::kTooLarge, "too_large", false, "a line, value or batch is over its limit"},
    {ErrorCode::kUnauthorized, "unauthorized", false, "the server wants authentication first"},
    {ErrorCode::kForbidden, "forbidden", false, "the token does not allow this"},
    {ErrorCode::kNotFound, "not_found", false, "no such job, queue or worker (any more)"},
    {ErrorCode::kConflict, "conflict", false, "the id is taken or the state does not allow this"},
    {ErrorCode::kLeaseLost, "lease_lost", false, "the job was given to another attempt"},
    {ErrorCode::kSessionUnknown, "session_unknown", true, "register the worker again"},
    {ErrorCode::kSessionReplaced, "session_replaced", false,
     "another process took this worker's name"},
    {ErrorCode::kQueueFull, "queue_full", true, "the server holds as many jobs as it may"},
    {ErrorCode::kDiskLow, "disk_low", true, "the server's disk is nearly full"},
    {ErrorCode::kRateLimited, "rate_limited", true, "too many requests"},
    {ErrorCode::kDraining, "draining", true, "the server or worker is going away"},
    {ErrorCode::kNotLeader, "not_leader", true, "another server leads this namespace"},
    {ErrorCode::kUnavailable, "unavailable", true, "the server cannot serve this now"},
    {ErrorCode::kInternal, "internal", false, "a defect of the server"},
}};

constexpr const ErrorInfo& info(ErrorCode code) { return kErrorTable[static_cast<size_t>(code)]; }

constexpr bool error_table_is_in_order() {
  for (size_t i = 0; i < kErrorTable.size(); ++i) {
    if (static_cast<size_t>(kErrorTable[i].code) != i) return false;
  }
  return true;
}
static_assert(error_table_is_in_order());

// One error as a value. The message names the field and what was expected.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;
  std::optional<Duration> retry_after = {};
};

template <class T>
using Result = Expected<T, Error>;

}  // namespace muster
