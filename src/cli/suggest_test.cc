#include "cli/suggest.h"

#include <gtest/gtest.h>

#include <vector>

namespace muster::cli {
namespace {

const std::vector<std::string>& verbs() {
  static const std::vector<std::string> names = {"submit", "status", "stats",   "list",
                                                 "cancel", "queues", "workers", "run"};
  return names;
}

TEST(Nearest, FindsTyposAndBeginnings) {
  EXPECT_EQ(nearest("sumbit", verbs()), "submit");
  EXPECT_EQ(nearest("submti", verbs()), "submit");
  EXPECT_EQ(nearest("canel", verbs()), "cancel");
  EXPECT_EQ(nearest("queue", verbs()), "queues");
  EXPECT_EQ(nearest("wor", verbs()), "workers");
  EXPECT_EQ(nearest("rum", verbs()), "run");
}

TEST(Nearest, TakesTheNearestOfSeveral) {
  EXPECT_EQ(nearest("statu", verbs()), "status");
  EXPECT_EQ(nearest("statz", verbs()), "stats");
}

TEST(Nearest, IsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest("frobnicate", verbs()), "");
  EXPECT_EQ(nearest("", verbs()), "");
  EXPECT_EQ(nearest("x", verbs()), "");
}

}  // namespace
}  // namespace muster::cli
