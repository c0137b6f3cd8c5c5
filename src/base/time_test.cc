#include "base/time.h"

#include <gtest/gtest.h>

namespace muster {
namespace {

constexpr int64_t kMax = INT64_MAX;
constexpr int64_t kMin = INT64_MIN;

constexpr Duration ms(int64_t n) { return Duration::milliseconds(n); }

TEST(Duration, UnitsAreMilliseconds) {
  EXPECT_EQ(Duration::seconds(2).ms(), 2'000);
  EXPECT_EQ(Duration::minutes(2).ms(), 120'000);
  EXPECT_EQ(Duration::hours(2).ms(), 7'200'000);
  EXPECT_EQ(Duration::days(2).ms(), 172'800'000);
  EXPECT_EQ(Duration(), ms(0));
}

TEST(Duration, ArithmeticSaturates) {
  EXPECT_EQ(ms(1) + ms(2), ms(3));
  EXPECT_EQ(ms(1) - ms(2), ms(-1));
  EXPECT_EQ(ms(3) * -2, ms(-6));
  EXPECT_EQ(ms(7) / 2, ms(3));
  EXPECT_EQ(Duration::max() + ms(1), Duration::max());
  EXPECT_EQ(ms(kMin) + ms(-1), ms(kMin));
  EXPECT_EQ(ms(kMin) - ms(1), ms(kMin));
  EXPECT_EQ(ms(kMax) - ms(-1), ms(kMax));
  EXPECT_EQ(Duration::max() * 2, Duration::max());
  EXPECT_EQ(Duration::max() * -2, ms(kMin));
  EXPECT_EQ(ms(kMin) * 2, ms(kMin));
  EXPECT_EQ(ms(kMin) * -1, Duration::max());
  EXPECT_EQ(Duration::days(kMax), Duration::max());
}

TEST(Duration, Orders) {
  EXPECT_LT(ms(-1), ms(0));
  EXPECT_GT(Duration::seconds(1), ms(999));
}

TEST(TimePoint, MovesByDurationsAndSaturates) {
  const Instant start = Instant::from_ms(100);
  EXPECT_EQ((start + ms(5)).ms(), 105);
  EXPECT_EQ((start - ms(5)).ms(), 95);
  EXPECT_EQ(start + ms(5) - start, ms(5));
  EXPECT_EQ(Instant::max() + ms(1), Instant::max());
  EXPECT_EQ((WallTime::from_ms(kMin) - ms(1)).ms(), kMin);
  EXPECT_EQ(WallTime::from_ms(kMax) - WallTime::from_ms(kMin), Duration::max());
  EXPECT_EQ(WallTime::from_ms(kMin) - WallTime::from_ms(kMax), ms(kMin));
  EXPECT_LT(start, start + ms(1));
}

}  // namespace
}  // namespace muster
