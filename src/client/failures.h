// Makes the failures that the library finds by itself (those of the server come from its answers).
#pragma once

#include <string>
#include <utility>

#include "muster/failure.h"

namespace muster::client {

// Unreachable, timed out: the same call may succeed later. Bad input and bad answers never do.
inline Failure failure(FailureKind kind, std::string message) {
  const bool retryable = kind == FailureKind::kUnreachable || kind == FailureKind::kTimedOut;
  return Failure{
      .kind = kind, .code = name(kind), .message = std::move(message), .retryable = retryable};
}

}  // namespace muster::client
