#include "protocol/json_cursor.h"

#include <gtest/gtest.h>

#include "model/limits.h"
#include "protocol/json_text.h"

namespace muster::protocol {
namespace {

bool accepts(std::string_view text) { return check_json(text).has_value(); }

TEST(JsonCursor, AcceptsWhatTheGrammarAllows) {
  for (const char* text :
       {"0",
        "-0",
        "10",
        "1.5",
        "-1.50e+10",
        "1E5",
        "1e400",
        "123456789012345678901234567890",
        "true",
        "false",
        "null",
        "\"\"",
        "[]",
        "{}",
        "[ ]",
        "{ }",
        " [1 , 2]\r\n",
        "{\"a\":{\"b\":[{}]}}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e4\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"\x7f\"",
        "\"\xC2\x80 \xE0\xA0\x80 \xED\x9F\xBF \xEF\xBF\xBF \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF\""}) {
    EXPECT_TRUE(accepts(text)) << text;
  }
}

TEST(JsonCursor, RefusesEverythingElse) {
  for (const char* text : {"",         " ",          "01",        "-",
                           "+1",       ".5",         "1.",        "1.e5",
                           "1e",       "1e+",        "0x10",      "NaN",
                           "Infinity", "tru",        "nul",       "True",
                           "[1,]",     "[,1]",       "[1 2]",     "[",
                           "]",        "[1}",        "{\"a\":1]", "{\"a\"}",
                           "{\"a\":}", "{\"a\":1,}", "{,}",       "{a:1}",
                           "{1:1}",    "{\"a\" 1}",  "\"",        "\"a",
                           "\"\\\"",   "\"\\x\"",    "\"\\u12\"", "\"\\u12g4\"",
                           "\"\\u123", "\"\n\"",     "\"\t\"",    "1 2",
                           "{} {}",    "// c\n1",    "'a'",       "\xEF\xBB\xBF{}",
                           "\"\\",     "[1,2"}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
  EXPECT_FALSE(accepts(std::string_view("\"\0\"", 3)));
}

TEST(JsonCursor, RefusesBytesThatAreNoUtf8) {
  for (const char* text :
       {"\"\x80\"", "\"\xC0\x80\"", "\"\xC1\xBF\"", "\"\xC2\"", "\"\xE0\x9F\xBF\"",
        "\"\xED\xA0\x80\"", "\"\xEF\xBF\"", "\"\xF0\x8F\xBF\xBF\"", "\"\xF4\x90\x80\x80\"",
        "\"\xF5\x80\x80\x80\"", "\"\xFF\"", "\"abcdefgh\xFF\"", "\"\xC3\xA4\xC3\""}) {
    EXPECT_FALSE(accepts(text)) << text;
  }
}

// The wide scan must find each stop at every position of a word and around its end.
TEST(JsonCursor, FindsStopsAtEveryPosition) {
  for (size_t length = 0; length < 40; ++length) {
    for (size_t at = 0; at < length; ++at) {
      for (const char stop : {'"', '\\', '\n', '\x1f', '\x80', '\xff'}) {
        std::string text(length, 'x');
        text[at] = stop;
        const char* end = text.data() + text.size();
        EXPECT_EQ(json_internal::skip_plain<true>(text.data(), end), text.data() + at);
        const bool ascii = static_cast<unsigned char>(stop) < 0x80;
        EXPECT_EQ(json_internal::skip_plain<false>(text.data(), end),
                  ascii ? text.data() + at : end);
      }
    }
  }
}

TEST(JsonCursor, BoundsDepth) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(accepts(nested(limits::kDepth)));
  EXPECT_FALSE(accepts(nested(limits::kDepth + 1)));
  std::string complaint;
  check_json(nested(100'000), &complaint);
  EXPECT_EQ(complaint, "nested deeper than 64 levels (at byte 64)");
}

TEST(JsonCursor, WalksMembersAsSpansOfTheText) {
  JsonCursor cursor(R"( {"a": 1.50 ,"b\n":[ 1,{"x":"]"}],"c":"d"} )");
  ASSERT_EQ(cursor.peek(), '{');
  cursor.enter();
  bool first = true;
  JsonValue key;
  JsonValue value;
  ASSERT_EQ(cursor.next_key(&first, &key), JsonCursor::Step::kItem);
  EXPECT_EQ(key.inner(), "a");
  ASSERT_TRUE(cursor.value(&value));
  EXPECT_EQ(value.text(), "1.50");
  EXPECT_EQ(value.kind, JsonKind::kNumber);
  ASSERT_EQ(cursor.next_key(&first, &key), JsonCursor::Step::kItem);
  EXPECT_TRUE(key.escaped);
  ASSERT_TRUE(cursor.value(&value));
  EXPECT_EQ(value.text(), R"([ 1,{"x":"]"}])");
  ASSERT_EQ(cursor.next_key(&first, &key), JsonCursor::Step::kItem);
  ASSERT_TRUE(cursor.value(&value));
  EXPECT_EQ(value.inner(), "d");
  EXPECT_EQ(cursor.next_key(&first, &key), JsonCursor::Step::kEnd);
  EXPECT_TRUE(cursor.at_end());
}

}  // namespace
}  // namespace muster::protocol
