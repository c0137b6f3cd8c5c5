#include "protocol/framer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace muster::protocol {
namespace {

void feed(Framer& framer, std::string_view bytes) {
  if (bytes.empty()) return;
  const std::span<char> room = framer.room(bytes.size());
  ASSERT_GE(room.size(), bytes.size());
  std::memcpy(room.data(), bytes.data(), bytes.size());
  framer.written(bytes.size());
}

void drain(Framer& framer, std::vector<std::string>* out) {
  while (const auto frame = framer.next()) {
    switch (frame->kind) {
      case Frame::Kind::kObject:
        out->emplace_back(frame->object);
        break;
      case Frame::Kind::kError:
        out->emplace_back(info(frame->error.code).name);
        break;
      case Frame::Kind::kClose:
        out->emplace_back("close");
        break;
    }
  }
}

// What a connection that sends these pieces and then stops is answered to.
std::vector<std::string> frames(std::initializer_list<std::string_view> pieces,
                                size_t limit = 150) {
  Framer framer(limit);
  std::vector<std::string> out;
  for (std::string_view piece : pieces) {
    feed(framer, piece);
    drain(framer, &out);
  }
  if (const auto last = framer.abandon()) {
    out.push_back("end: " + std::string(info(last->error.code).name));
  }
  return out;
}

using Frames = std::vector<std::string>;

std::string nested(size_t depth) {
  return R"({"a":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

struct Case {
  std::string input;
  Frames expected;
};

std::vector<Case> corpus() {
  const std::string big(200, 'x');
  return {
      {"", {}},
      {" \r\n\t\n", {}},
      {"{}", {"{}"}},
      {"{\"a\":1}\r\n{\"b\":2}\n", {R"({"a":1})", R"({"b":2})"}},
      {R"({"a":1}{"b":[{}]} {"c":"}"})", {R"({"a":1})", R"({"b":[{}]})", R"({"c":"}"})"}},
      {"{\n  \"a\":\n  [1,\r\n 2]\n}\n{}", {"{\n  \"a\":\n  [1,\r\n 2]\n}", "{}"}},
      {R"({"a":"\\"}{"b":"\"}{"}{"c":"\\\""})",
       {R"({"a":"\\"})", R"({"b":"\"}{"})", R"({"c":"\\\""})"}},
      {"hello\n{}\n", {"bad_json", "{}"}},
      {"tru\n{}\n", {"bad_json", "{}"}},
      {"true {}\n{}\n", {"bad_request", "{}"}},
      {"trust\n{}\n", {"bad_json", "{}"}},
      {"null\nfalse\n{}", {"bad_request", "bad_request", "{}"}},
      {"[1,2]\n-1\n7\n\"x\"\n{}",
       {"bad_request", "bad_request", "bad_request", "bad_request", "{}"}},
      {"{} garbage {}\n{}", {"{}", "bad_json", "{}"}},
      {"}\n]\n,\n{}", {"bad_json", "bad_json", "bad_json", "{}"}},
      {"{]} {}\n{}", {"bad_json", "{}"}},
      {"{[}]} {}\n{}", {"bad_json", "{}"}},
      {"{\"a\":\"x\ny\"}\n{}", {"bad_json", "bad_json", "{}"}},
      {"{\"a\":\"x\ty\"} {}\n{}", {"bad_json", "{}"}},
      {"{\"a\":\"x\\\n{}", {"bad_json", "{}"}},
      {"{\"a\":\"x\\\x01\"}\n{}", {"bad_json", "{}"}},
      {"{\"a\":[1,2\n{\"type\":\"stats\"}\n", {"bad_json", R"({"type":"stats"})"}},
      {"{\"a\":[\n{\"typ\":1},\n{\"types\":1},\n {\"type\":1}]}",
       {"{\"a\":[\n{\"typ\":1},\n{\"types\":1},\n {\"type\":1}]}"}},
      {"{\"a\":\"{\\n{\\\"type\\\"\"}", {"{\"a\":\"{\\n{\\\"type\\\"\"}"}},
      {nested(64), {nested(64)}},
      {nested(65) + "\n{}", {"too_large", "{}"}},
      {"{\"a\":\"" + std::string(142, 'x') + "\"}{}",
       {"{\"a\":\"" + std::string(142, 'x') + "\"}", "{}"}},
      {"{\"a\":\"" + std::string(143, 'x') + "\"}{}\n{}", {"too_large", "{}"}},
      {"{\"a\":\"" + std::string(143, '\\') + "\"}{}\n{}", {"too_large", "{}"}},
      {"{\"a\":\"" + std::string(144, '\\') + "\"}{}\n{}", {"too_large", "{}"}},
      // The limit parts a backslash from what it escapes.
      {"{\"a\":\"x" + std::string(143, '\\') + "\"}{}\n{}", {"too_large", "{}"}},
      {"{\"a\":\"" + big + "\"}\n{}\n", {"too_large", "{}"}},
      {"{\"a\":1,\n \"b\":\"" + big + "\"}\n{}\n", {"too_large", "{}"}},
      {std::string(5000, ' ') + "{}", {"{}"}},
      {"{\"a\":", {"end: bad_json"}},
      {"{\"a\":\"x", {"end: bad_json"}},
      {"{} {\"a\":\"\\", {"{}", "end: bad_json"}},
      {"{\"a\":1\n{\"ty", {"end: bad_json"}},
      {"tr", {"end: bad_json"}},
      {"nonsense", {"bad_json"}},
      {std::string("\0{}\n{}", 6), {"bad_json", "{}"}},
      {"\xEF\xBB\xBF{}\n{}", {"bad_json", "{}"}},
      {"{\"a\":\"" + std::string(2600, 'x') + "\n{}", {"too_large", "close"}},
      {"{\"a\":\"" + std::string(2394, 'x') + "\n{}", {"too_large", "{}"}},
      {"{\"a\":\"" + std::string(2395, 'x') + "\n{}", {"too_large", "close"}},
      {"oops" + std::string(2700, 'x') + "\n{}", {"bad_json", "close"}},
  };
}

TEST(Framer, CutsMessages) {
  for (const Case& example : corpus()) {
    EXPECT_EQ(frames({example.input}), example.expected) << example.input;
  }
}

TEST(Framer, EverySplitGivesTheSameFrames) {
  for (const Case& example : corpus()) {
    const std::string_view input = example.input;
    for (size_t at = 1; at < input.size(); ++at) {
      ASSERT_EQ(frames({input.substr(0, at), input.substr(at)}), example.expected)
          << input << " split at " << at;
    }
  }
}

TEST(Framer, ByteByByteGivesTheSameFrames) {
  for (const Case& example : corpus()) {
    Framer framer(150);
    Frames out;
    for (const char byte : example.input) {
      feed(framer, {&byte, 1});
      drain(framer, &out);
    }
    if (const auto last = framer.abandon()) {
      out.push_back("end: " + std::string(info(last->error.code).name));
    }
    EXPECT_EQ(out, example.expected) << example.input;
  }
}

TEST(Framer, AnAbandonedObjectsTailIsSkipped) {
  Framer framer;
  feed(framer, R"({"a":[1,)");
  EXPECT_EQ(framer.next(), std::nullopt);
  EXPECT_TRUE(framer.object_open());
  const auto error = framer.abandon();
  ASSERT_TRUE(error);
  EXPECT_EQ(error->error.code, ErrorCode::kBadJson);
  EXPECT_FALSE(framer.object_open());
  EXPECT_EQ(framer.abandon(), std::nullopt);
  feed(framer, "2]}\n{}");
  const auto next = framer.next();
  ASSERT_TRUE(next);
  EXPECT_EQ(next->object, "{}");
}

// What is left of a refused line says nothing new when the connection ends.
TEST(Framer, TheRestOfARefusedLineIsNotRefusedAgain) {
  Framer framer(150);
  feed(framer, "nonsense");
  const auto refused = framer.next();
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->error.code, ErrorCode::kBadJson);
  feed(framer, " and more of it");
  EXPECT_FALSE(framer.abandon().has_value());
}

TEST(Framer, ObjectsHavePaddingBehindThem) {
  Framer framer;
  std::string_view object = R"({"type":"stats"})";
  feed(framer, object);
  const auto frame = framer.next();
  ASSERT_TRUE(frame);
  // Read by the sanitizers' rules: the bytes are ours, whatever they hold.
  const char* behind = frame->object.data() + frame->object.size();
  std::string copy(behind, 64);
  EXPECT_EQ(copy.size(), 64U);
}

TEST(Framer, IdleConnectionsHoldNoMemory) {
  Framer framer;
  std::string line = R"({"a":")" + std::string(500'000, 'x') + "\"}\n";
  feed(framer, line);
  ASSERT_TRUE(framer.next());
  EXPECT_EQ(framer.next(), std::nullopt);
  EXPECT_EQ(framer.memory(), 0U);
  EXPECT_LE(sizeof(Framer), 128U);
}

TEST(Framer, APartialMessageHoldsLittleMoreThanItself) {
  Framer framer;
  framer.room(256 * 1024);
  framer.written(0);
  feed(framer, R"({"a":)");
  EXPECT_EQ(framer.next(), std::nullopt);
  EXPECT_EQ(framer.buffered(), 5U);
  EXPECT_LE(framer.memory(), 256U);
  feed(framer, "1}");
  const auto frame = framer.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->object, R"({"a":1})");
}

TEST(Framer, FramesOfOneReadStayValidTogether) {
  Framer framer;
  feed(framer, R"({"a":1} {"b":2} {"c":)");
  const auto a = framer.next();
  const auto b = framer.next();
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->object, R"({"a":1})");
  EXPECT_EQ(b->object, R"({"b":2})");
}

}  // namespace
}  // namespace muster::protocol
