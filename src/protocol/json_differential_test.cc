// Our grammar and UTF-8 check against simdjson's, over texts broken in every way. The only file
// that includes simdjson.
#include <gtest/gtest.h>
#include <simdjson.h>

#include <array>
#include <string>

#include "protocol/json_text.h"

namespace muster::protocol {
namespace {

// A small generator of its own, so that every run sees the same texts.
class Random {
 public:
  uint64_t below(uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }

 private:
  uint64_t state_ = 0x9E3779B97F4A7C15ULL;
};

constexpr std::array<std::string_view, 8> kSeeds = {
    R"({"type":"submit_job","job_id":"job1","duration":5})",
    R"({"a":[1,2.5,-3e2,0,true,false,null,""],"b":{"c":{"d":[[],{}]}}})",
    R"(["\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00", "plain text that is longer than one word"])",
    "{\"utf8\":\"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xE6\x97\xA5\xE6\x9C\xAC\"}",
    " { \"a\" : [ 1 , 2 ] ,\r\n\t\"b\" : -0.5E+3 } ",
    "[[[[[[[[1]]]]]]]]",
    "-12.25e-2",
    R"("a string alone")",
};

constexpr std::string_view kBytes =
    "{}[]\",:\\/ "
    "\t\r\n0123456789.eE+-truefalsenullu\x01\x1f\x7f\x80\xBF\xC0\xC3\xE0\xED\xF0\xF4\xFF";

std::string mutated(Random& random) {
  std::string text(kSeeds[random.below(kSeeds.size())]);
  for (uint64_t edits = random.below(4); edits > 0 && !text.empty(); --edits) {
    const size_t at = random.below(text.size());
    const char byte = kBytes[random.below(kBytes.size())];
    switch (random.below(5)) {
      case 0:
        text[at] = byte;
        break;
      case 1:
        text.insert(at, 1, byte);
        break;
      case 2:
        text.erase(at, 1 + random.below(3));
        break;
      case 3:
        text.insert(at, text.substr(random.below(text.size()), random.below(12)));
        break;
      default:
        text.resize(at);
        break;
    }
  }
  return text;
}

// Where the two are meant to differ: simdjson refuses numbers beyond its types and treats
// surrogates without their partner its own way; both are valid by the grammar.
bool may_differ(simdjson::error_code error, std::string_view text) {
  if (error == simdjson::NUMBER_ERROR) {
    size_t digits = 0;
    for (const char c : text) {
      digits = c >= '0' && c <= '9' ? digits + 1 : 0;
      if (digits >= 16) return true;
    }
    return text.find_first_of("eE") != text.npos;
  }
  return text.find("\\u") != text.npos;
}

TEST(JsonDifferential, AgreesWithSimdjson) {
  Random random;
  simdjson::dom::parser parser;
  size_t accepted = 0;
  size_t refused = 0;
  for (int round = 0; round < 200'000; ++round) {
    const std::string text = mutated(random);
    const bool ours = check_json(text).has_value();
    const simdjson::error_code error = parser.parse(simdjson::padded_string(text)).error();
    (ours ? accepted : refused) += 1;
    if (ours == (error == simdjson::SUCCESS)) continue;
    ASSERT_TRUE(may_differ(error, text))
        << simdjson::error_message(error) << ", ours: " << ours << ": " << text;
  }
  EXPECT_GT(accepted, 10'000U);
  EXPECT_GT(refused, 10'000U);
}

}  // namespace
}  // namespace muster::protocol
