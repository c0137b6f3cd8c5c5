#include "worker/drain.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

using Phase = Drain::Phase;
constexpr Duration kTimeout = Duration::seconds(30);
constexpr Duration kGrace = Duration::seconds(10);

class DrainTest : public testing::Test {
 protected:
  Phase at(int64_t second) {
    drain_.advance(Instant::from_ms(second * 1000));
    return drain_.phase();
  }
  void signal(int64_t second) { drain_.request(Instant::from_ms(second * 1000)); }
  Drain drain_{kTimeout, kGrace};
};

TEST_F(DrainTest, NothingHappensUnasked) {
  EXPECT_EQ(at(1'000'000), Phase::kWorking);
  EXPECT_TRUE(drain_.takes_jobs());
  EXPECT_EQ(drain_.next_deadline(), Instant::max());
}

TEST_F(DrainTest, JobsGetTheTimeoutThenTheirGraceThenItIsOver) {
  signal(100);
  EXPECT_FALSE(drain_.takes_jobs());
  EXPECT_EQ(at(129), Phase::kFinishing);
  EXPECT_EQ(drain_.next_deadline(), Instant::from_ms(130'000));
  EXPECT_EQ(at(130), Phase::kStopping);
  EXPECT_FALSE(drain_.impatient());
  EXPECT_EQ(at(144), Phase::kStopping);
  EXPECT_EQ(at(145), Phase::kOver);  // grace and farewell
}

TEST_F(DrainTest, TheSecondSignalStopsAtOnce) {
  signal(100);
  signal(101);
  EXPECT_EQ(at(101), Phase::kStopping);
  EXPECT_TRUE(drain_.impatient());
  EXPECT_EQ(at(105), Phase::kStopping);
  EXPECT_EQ(at(106), Phase::kOver);
}

TEST_F(DrainTest, ASignalWhileStoppingByItselfIsTheSecond) {
  signal(100);
  EXPECT_EQ(at(130), Phase::kStopping);
  signal(131);
  EXPECT_TRUE(drain_.impatient());
  EXPECT_EQ(at(136), Phase::kOver);
}

TEST_F(DrainTest, TheThirdSignalEndsEverything) {
  for (int i = 0; i < 3; ++i) signal(100);
  EXPECT_EQ(at(100), Phase::kOver);
}

}  // namespace
}  // namespace muster::worker
