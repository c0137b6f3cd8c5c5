#include "cli/duration_text.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace muster::cli {
namespace {

int64_t ms(std::string_view text) {
  const auto parsed = parse_duration(text);
  return parsed ? parsed->count() : -1;
}

TEST(ParseDuration, TakesEveryUnitAndSums) {
  EXPECT_EQ(ms("250ms"), 250);
  EXPECT_EQ(ms("10s"), 10'000);
  EXPECT_EQ(ms("5m"), 300'000);
  EXPECT_EQ(ms("2h"), 7'200'000);
  EXPECT_EQ(ms("1d"), 86'400'000);
  EXPECT_EQ(ms("0s"), 0);
  EXPECT_EQ(ms("1h30m"), 5'400'000);
  EXPECT_EQ(ms("1m30s250ms"), 90'250);
  EXPECT_EQ(ms("1.5s"), 1'500);
  EXPECT_EQ(ms("1.1s"), 1'100);
  EXPECT_EQ(ms("0.1ms"), 0);
  EXPECT_EQ(ms("3660d"), 3660LL * 86'400'000);
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text : {"", "5", "s", "-5s", "+5s", "5 s", "5S", "5w", "5s5", "1e3s", "inf",
                           "nans", "0x5s", "3661d", "99999999999999999999d", "5ss", "5m s"}) {
    EXPECT_EQ(ms(text), -1) << text;
  }
}

TEST(ParseTime, TakesInternetTimes) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(parse_time("2026-11-24T06:00:00Z"), 1'795'500'000'000);
  EXPECT_EQ(parse_time("2026-11-24t06:00:00.25z"), 1'795'500'000'250);
  EXPECT_EQ(parse_time("2026-11-24T07:00:00.123456+01:00"), 1'795'500'000'123);
  EXPECT_EQ(parse_time("2026-11-23T22:30-0730"), 1'795'500'000'000);
  EXPECT_EQ(parse_time("@1795500000"), 1'795'500'000'000);
  EXPECT_EQ(parse_time("2024-02-29T00:00Z"), 1'709'164'800'000);
}

TEST(ParseTime, WithoutAZoneItIsLocal) {
  ::setenv("TZ", "XYZ-2", 1);  // two hours east of UTC
  ::tzset();
  EXPECT_EQ(parse_time("2026-11-24 08:00"), 1'795'500'000'000);
  EXPECT_EQ(parse_time("2026-11-24T08:00:01.5"), 1'795'500'001'500);
  ::unsetenv("TZ");
  ::tzset();
}

TEST(ParseTime, RefusesTheRest) {
  for (const char* text : {"", "now", "2026-11-24", "2026-13-01T00:00Z", "2026-02-30T00:00Z",
                           "2023-02-29T00:00Z", "2026-11-24T24:00Z", "2026-11-24T06:00:60Z",
                           "2026-11-24T06:00:00.Z", "2026-11-24T06:00+1:00", "2026-11-24T06:00Zx",
                           "1969-12-31T00:00Z", "@", "@-1", "@1x", "@999999999999999"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

TEST(DurationText, IsShort) {
  const auto text = [](int64_t n) { return duration_text(client::Milliseconds(n)); };
  EXPECT_EQ(text(-5), "0ms");
  EXPECT_EQ(text(0), "0ms");
  EXPECT_EQ(text(999), "999ms");
  EXPECT_EQ(text(1'999), "1s");
  EXPECT_EQ(text(60'000), "1m");
  EXPECT_EQ(text(250'000), "4m10s");
  EXPECT_EQ(text(3'600'000), "1h");
  EXPECT_EQ(text(86'399'999), "23h59m");
  EXPECT_EQ(text(86'400'000 * 2 + 3'600'000 * 4), "2d4h");
  EXPECT_EQ(text(86'400'000LL * 4'000), "4000d");
}

TEST(TimeText, ReadsBack) {
  EXPECT_EQ(time_text(1'795'500'000'250), "2026-11-24T06:00:00.250Z");
  EXPECT_EQ(parse_time(time_text(1'795'500'000'250)), 1'795'500'000'250);
}

}  // namespace
}  // namespace muster::cli
