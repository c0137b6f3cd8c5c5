#include "cli/exit_code.h"

#include <gtest/gtest.h>

#include "model/error.h"

namespace muster::cli {
namespace {

using client::Failure;
using client::FailureKind;

TEST(ExitCode, OfEveryErrorTheServerKnows) {
  for (const ErrorInfo& each : kErrorTable) {
    const int code =
        exit_code(Failure{.kind = FailureKind::kRefused, .code = std::string(each.name)});
    EXPECT_GE(code, 1) << each.name;
    EXPECT_LE(code, 6) << each.name;
    // Whoever may try again later finds 6; a session's end is the worker's business.
    const bool session = each.code == ErrorCode::kSessionUnknown;
    EXPECT_EQ(code == kUnavailable, each.retryable && !session) << each.name;
  }
}

TEST(ExitCode, OfTheRest) {
  const auto refused = [](const char* code) {
    return exit_code(Failure{.kind = FailureKind::kRefused, .code = code});
  };
  EXPECT_EQ(refused("not_found"), 3);
  EXPECT_EQ(refused("forbidden"), 4);
  EXPECT_EQ(refused("unauthorized"), 4);
  EXPECT_EQ(refused("conflict"), 5);
  EXPECT_EQ(refused("queue_full"), 6);
  EXPECT_EQ(refused("bad_request"), 2);
  EXPECT_EQ(refused("internal"), 1);
  EXPECT_EQ(refused("some_new_code"), 1);
  EXPECT_EQ(exit_code(Failure{.kind = FailureKind::kUnreachable}), 6);
  EXPECT_EQ(exit_code(Failure{.kind = FailureKind::kTimedOut}), 6);
  EXPECT_EQ(exit_code(Failure{.kind = FailureKind::kInterrupted}), 130);
  EXPECT_EQ(exit_code(Failure{.kind = FailureKind::kBadInput}), 2);
  EXPECT_EQ(exit_code(Failure{.kind = FailureKind::kBadAnswer}), 1);
}

}  // namespace
}  // namespace muster::cli
