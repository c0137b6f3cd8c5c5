#include "muster/backoff.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "muster/job.h"

namespace muster::client {
namespace {

// The largest pause of the n-th try over many clients.
int64_t longest(uint32_t tries_before, Milliseconds cap) {
  int64_t most = 0;
  for (uint64_t seed = 0; seed < 500; ++seed) {
    Backoff backoff(seed);
    for (uint32_t i = 0; i < tries_before; ++i) (void)backoff.next(cap);
    const int64_t pause = backoff.next(cap).count();
    EXPECT_GE(pause, 0);
    most = std::max(most, pause);
  }
  return most;
}

// With 500 samples the largest is above 95 % of the limit but for one run in 10^11; seeds are
// fixed.
void expect_limit(int64_t most, int64_t limit) {
  EXPECT_LE(most, limit);
  EXPECT_GT(most, limit * 95 / 100);
}

TEST(Backoff, FirstPauseIsShortThenItDoublesToTheCap) {
  expect_limit(longest(0, kCapOtherwise), 500);
  expect_limit(longest(1, kCapOtherwise), 1'000);
  expect_limit(longest(2, kCapOtherwise), 2'000);
  expect_limit(longest(5, kCapOtherwise), 16'000);
  expect_limit(longest(6, kCapOtherwise), 20'000);
  expect_limit(longest(1'000, kCapOtherwise), 20'000);
  expect_limit(longest(9, kCapHoldingJobs), 2'000);
}

TEST(Backoff, ResetBeginsAgain) {
  for (uint64_t seed = 0; seed < 100; ++seed) {
    Backoff backoff(seed);
    for (int i = 0; i < 10; ++i) (void)backoff.next(kCapOtherwise);
    EXPECT_EQ(backoff.tries(), 10u);
    backoff.reset();
    EXPECT_EQ(backoff.tries(), 0u);
    EXPECT_LE(backoff.next(kCapOtherwise).count(), 500);
  }
}

TEST(Backoff, ClientsOfOneMomentSpreadOut) {
  std::set<int64_t> pauses;
  for (int i = 0; i < 200; ++i) pauses.insert(Backoff().next(kCapOtherwise).count());
  EXPECT_GT(pauses.size(), 100u);
}

TEST(JobId, IsRandomAndPlain) {
  std::set<std::string> ids;
  for (int i = 0; i < 1'000; ++i) {
    const std::string id = random_job_id();
    EXPECT_EQ(id.size(), 26u);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos) << id;
    ids.insert(id);
  }
  EXPECT_EQ(ids.size(), 1'000u);
}

}  // namespace
}  // namespace muster::client
