#include "protocol/json_writer.h"

#include <gtest/gtest.h>

#include "protocol/json_view.h"

namespace muster::protocol {
namespace {

std::string as_json(std::string_view text) {
  std::string out;
  append_json_string(text, &out);
  return out;
}

TEST(JsonWriter, EscapesWhatMustBe) {
  EXPECT_EQ(as_json("plain/text"), R"("plain/text")");
  EXPECT_EQ(as_json("\"\\\n\r\t\b\f\x01\x1f\x7f"), "\"\\\"\\\\\\n\\r\\t\\b\\f\\u0001\\u001f\x7f\"");
  EXPECT_EQ(as_json("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80"),
            "\"gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80\"");
  EXPECT_EQ(as_json("\xFF"
                    "a\xC3"),
            R"("\ufffda\ufffd")");
}

// Every byte, at every distance to the wide scan's words, comes back as it was.
TEST(JsonWriter, RoundTripsEveryAsciiByte) {
  for (size_t before = 0; before < 18; ++before) {
    for (char byte = 0; byte >= 0 && byte < 127; ++byte) {
      const std::string text = std::string(before, 'x') + byte + std::string(before % 5, 'y');
      const std::string json = as_json(text);
      const auto value = check_json(json);
      ASSERT_TRUE(value) << json;
      EXPECT_EQ(JsonView(*value).string(), text);
    }
  }
}

TEST(JsonWriter, PlacesCommas) {
  std::string out;
  JsonWriter json(&out);
  json.begin_object().member("a", "x").member("b", 5).member("c", true).key("d").begin_array();
  json.number(-1).string("y").begin_object().end_object().null().end_array();
  json.member_raw("e", "[1]").members("").members(R"("f":1,"g":2)").member_null("h");
  json.end_object().end_line();
  json.begin_array().end_array().end_line();
  EXPECT_EQ(out, R"({"a":"x","b":5,"c":true,"d":[-1,"y",{},null],"e":[1],"f":1,"g":2,"h":null})"
                 "\n[]\n");
}

TEST(JsonWriter, WritesThousandths) {
  const auto text = [](uint64_t value) {
    std::string out;
    JsonWriter(&out).thousandths(value);
    return out;
  };
  EXPECT_EQ(text(2000), "2");
  EXPECT_EQ(text(1500), "1.5");
  EXPECT_EQ(text(100), "0.1");
  EXPECT_EQ(text(1), "0.001");
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(12340), "12.34");
}

}  // namespace
}  // namespace muster::protocol
