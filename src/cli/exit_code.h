// Exit codes of every verb but `run` and `--exit-code`, which end with the job's own.
#pragma once

#include "muster/failure.h"

namespace muster::cli {

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kNotFound = 3;
inline constexpr int kNotAllowed = 4;
inline constexpr int kConflict = 5;
inline constexpr int kUnavailable = 6;  // the server is unreachable or overloaded
inline constexpr int kWaitTimedOut = 124;
inline constexpr int kSignalBase = 128;  // plus the signal's number

int exit_code(const client::Failure& failure);

}  // namespace muster::cli
