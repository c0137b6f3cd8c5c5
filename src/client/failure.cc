#include "muster/failure.h"

namespace muster::client {

const char* name(FailureKind kind) {
  switch (kind) {
    case FailureKind::kRefused:
      return "refused";
    case FailureKind::kUnreachable:
      return "unreachable";
    case FailureKind::kTimedOut:
      return "timed_out";
    case FailureKind::kInterrupted:
      return "interrupted";
    case FailureKind::kBadAnswer:
      return "bad_answer";
    case FailureKind::kBadInput:
      return "bad_input";
  }
  return "unknown";
}

}  // namespace muster::client
