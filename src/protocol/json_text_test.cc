#include "protocol/json_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace muster::protocol {
namespace {

std::string unescaped(std::string_view inner, bool whole = true) {
  std::string out;
  EXPECT_EQ(append_unescaped(inner, &out), whole) << inner;
  return out;
}

TEST(JsonText, Unescapes) {
  EXPECT_EQ(unescaped("plain"), "plain");
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t)"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(unescaped(R"(a\u0041\u00e4\u20AC)"), "aA\xC3\xA4\xE2\x82\xAC");
  EXPECT_EQ(unescaped(R"(\ud83d\ude00!)"), "\xF0\x9F\x98\x80!");
  EXPECT_EQ(unescaped(R"(\u0000)"), std::string(1, '\0'));
}

TEST(JsonText, ReplacesLoneSurrogates) {
  EXPECT_EQ(unescaped(R"(\ud83d)", false), "\xEF\xBF\xBD");
  EXPECT_EQ(unescaped(R"(\ude00\ud83d)", false), "\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(unescaped(R"(\ud83d\u0041)", false),
            "\xEF\xBF\xBD"
            "A");
  EXPECT_EQ(unescaped(R"(\ud83d\n)", false), "\xEF\xBF\xBD\n");
  EXPECT_EQ(unescaped(R"(\ud83dplain text)", false), "\xEF\xBF\xBDplain text");
  EXPECT_EQ(unescaped(R"(\ud83d\nabcdef)", false), "\xEF\xBF\xBD\nabcdef");
}

TEST(JsonText, FindsNul) {
  EXPECT_TRUE(holds_nul(R"(a\u0000)"));
  EXPECT_FALSE(holds_nul(R"(a\\u0000)"));
  EXPECT_TRUE(holds_nul(R"(a\\\u0000)"));
  EXPECT_FALSE(holds_nul(R"(\u0001\n)"));
}

void expect_decimal(std::string_view text, int scale, int64_t value, Decimal::Fit fit) {
  const Decimal decimal = read_decimal(text, scale);
  EXPECT_EQ(decimal.value, value) << text;
  EXPECT_EQ(decimal.fit, fit) << text;
}

TEST(JsonText, ReadsDecimals) {
  using enum Decimal::Fit;
  expect_decimal("0", 0, 0, kExact);
  expect_decimal("-17", 0, -17, kExact);
  expect_decimal("5.0", 0, 5, kExact);
  expect_decimal("5.5", 0, 5, kCut);
  expect_decimal("-5.5", 0, -5, kCut);
  expect_decimal("1.5", 3, 1500, kExact);
  expect_decimal("0.0005", 3, 0, kCut);
  expect_decimal("2e3", 0, 2000, kExact);
  expect_decimal("2000e-3", 0, 2, kExact);
  expect_decimal("0e999999999999999999999999", 0, 0, kExact);
  expect_decimal("1e-999999999999999999999999", 0, 0, kCut);
  expect_decimal("9007199254740991", 0, 9007199254740991, kExact);
  expect_decimal("9007199254740992", 3, 9007199254740992000, kExact);
  expect_decimal("1e999999999999999999999999", 0, std::numeric_limits<int64_t>::max(), kTooLarge);
  expect_decimal("-1e19", 0, std::numeric_limits<int64_t>::min(), kTooLarge);
  expect_decimal("99999999999999999999", 0, std::numeric_limits<int64_t>::max(), kTooLarge);
  expect_decimal("9223372036854775807", 0, std::numeric_limits<int64_t>::max(), kExact);
  expect_decimal("9223372036854775808", 0, std::numeric_limits<int64_t>::max(), kTooLarge);
  expect_decimal("-9223372036854775808", 0, std::numeric_limits<int64_t>::min(), kExact);
  expect_decimal("-9223372036854775809", 0, std::numeric_limits<int64_t>::min(), kTooLarge);
  expect_decimal("9999999999999999999", 0, std::numeric_limits<int64_t>::max(), kTooLarge);
  expect_decimal("9999999999999999999e-1", 0, 999999999999999999, kCut);
  expect_decimal("922337203685477580.7", 1, std::numeric_limits<int64_t>::max(), kExact);
  expect_decimal("1.00000000000000000000", 0, 1, kExact);
  expect_decimal("1.00000000000000000001", 0, 1, kCut);
  expect_decimal("0.000000000000000000000000000001e30", 0, 1, kExact);
}

TEST(JsonText, RangesIncludeWhatIsCut) {
  const auto within = [](std::string_view text, int64_t least, int64_t most) {
    return read_decimal(text, 3).within(least, most);
  };
  EXPECT_TRUE(within("0", 0, 1000));
  EXPECT_TRUE(within("-0", 0, 1000));
  EXPECT_TRUE(within("0.0001", 0, 1000));
  EXPECT_TRUE(within("1", 0, 1000));
  EXPECT_TRUE(within("0.9999", 0, 1000));
  EXPECT_FALSE(within("1.0001", 0, 1000));
  EXPECT_FALSE(within("-0.0001", 0, 1000));
  EXPECT_FALSE(within("1e300", 0, std::numeric_limits<int64_t>::max()));
  EXPECT_TRUE(within("-0.0001", -1, 0));
  EXPECT_FALSE(within("-0.0011", -1, 0));
  EXPECT_TRUE(within("0.0001", -1, 1));
}

TEST(JsonText, ReadsRfc3339) {
  EXPECT_EQ(read_rfc3339("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(read_rfc3339("2026-11-24T03:30:00Z"), 1795491000000);
  EXPECT_EQ(read_rfc3339("2026-11-24T04:30:00.5+01:00"), 1795491000500);
  EXPECT_EQ(read_rfc3339("2026-11-23T22:30:00.123456-05:00"), 1795491000123);
  EXPECT_EQ(read_rfc3339("2000-02-29t12:00:00z"), 951825600000);
  EXPECT_EQ(read_rfc3339("2016-12-31T23:59:60Z"), 1483228800000);
  EXPECT_EQ(read_rfc3339("9999-12-31T23:59:59.999Z"), kLatestWallMs);
  for (const char* text :
       {"", "2026-11-24", "2026-11-24T03:30:00", "2026-11-24T03:30Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-24T03:30:00.5",
        "2026-02-29T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-24T24:00:00Z",
        "2026-11-24T00:60:00Z", "2026-11-24T00:00:00.Z", "2026-11-24T00:00:00+0100",
        "2026-11-24T00:00:00Z ", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-01:00",
        "26-11-24T00:00:00Z"}) {
    EXPECT_EQ(read_rfc3339(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace muster::protocol
