#include "server/log.h"

#include <gtest/gtest.h>

namespace muster::server {
namespace {

TEST(Log, WritesPlainValuesAsTheyAre) {
  EXPECT_EQ(log_line("listening", {{"address", "[::1]:8080"}, {"jobs", "12"}}),
            "event=listening address=[::1]:8080 jobs=12");
}

TEST(Log, QuotesWhatCouldForgeALine) {
  EXPECT_EQ(log_line("x", {{"why", "a b\n\"c\"\\=\x1b\xff"}, {"none", ""}}),
            "event=x why=\"a b\\x0a\\\"c\\\"\\\\=\\x1b\\xff\" none=\"\"");
}

TEST(Log, CutsLongValues) {
  const std::string line = log_line("x", {{"v", std::string(1000, 'a')}});
  EXPECT_LT(line.size(), 320U);
}

}  // namespace
}  // namespace muster::server
