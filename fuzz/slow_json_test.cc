#include "fuzz/slow_json.h"

#include <gtest/gtest.h>

namespace muster::fuzz {
namespace {

TEST(SlowJson, TakesWhatTheGrammarTakes) {
  for (const std::string_view good :
       {"{}", " [ ] ", "0", "-0.5e+3", "1E400", "true", "null", "\"\"", "{\"a\":[1,{\"b\":null}]}",
        "\"\\u00e4\\ud83d\\ude00\\ud800\"", "\"\xC3\xA4\xF4\x8F\xBF\xBF\""}) {
    EXPECT_TRUE(parse_slowly(good).has_value()) << good;
  }
}

TEST(SlowJson, RefusesWhatItDoesNot) {
  for (const std::string_view bad : {"",
                                     "{",
                                     "[1,]",
                                     "{\"a\":1,}",
                                     "{a:1}",
                                     "01",
                                     "1.",
                                     ".5",
                                     "-",
                                     "1e",
                                     "tru",
                                     "nul",
                                     "\"",
                                     "\"\x01\"",
                                     "\"\\x\"",
                                     "\"\\u12g4\"",
                                     "\"\\u123",
                                     "\"\xC0\x80\"",
                                     "\"\xED\xA0\x80\"",
                                     "\"\xF4\x90\x80\x80\"",
                                     "\"\x80\"",
                                     "\"\xC3\"",
                                     "1 2",
                                     "[1}"}) {
    EXPECT_FALSE(parse_slowly(bad).has_value()) << bad;
  }
}

TEST(SlowJson, UnderstandsStrings) {
  const auto value = parse_slowly("\"a\\n\\u00e4\\ud83d\\ude00\"");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->text, "a\n\xC3\xA4\xF0\x9F\x98\x80");
  EXPECT_TRUE(value->whole);
  const auto lone = parse_slowly("\"\\udc00\\ud800\\n\"");
  ASSERT_TRUE(lone.has_value());
  EXPECT_EQ(lone->text, "\xEF\xBF\xBD\xEF\xBF\xBD\n");
  EXPECT_FALSE(lone->whole);
}

TEST(SlowJson, CountsBrackets) {
  EXPECT_EQ(parse_slowly("5")->depth, 0U);
  EXPECT_EQ(parse_slowly("[{\"a\":[]},1]")->depth, 3U);
  EXPECT_FALSE(parse_slowly(std::string(301, '[') + std::string(301, ']')).has_value());
}

}  // namespace
}  // namespace muster::fuzz
