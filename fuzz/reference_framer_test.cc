#include "fuzz/reference_framer.h"

#include <gtest/gtest.h>

namespace muster::fuzz {
namespace {

using Kind = protocol::Frame::Kind;

ReferenceFrame object(std::string text) {
  return {Kind::kObject, std::move(text), ErrorCode::kBadJson};
}
ReferenceFrame error(ErrorCode code) { return {Kind::kError, "", code}; }

// Each row of the table in docs/protocol.md.
TEST(ReferenceFramer, SaysWhatTheDocumentSays) {
  using Frames = std::vector<ReferenceFrame>;
  const auto frames_of = [](std::string_view text) { return ReferenceFramer(100).add(text); };
  EXPECT_EQ(frames_of("{\"a\":1}{\"b\":\n2} "),
            (Frames{object("{\"a\":1}"), object("{\"b\":\n2}")}));
  EXPECT_EQ(frames_of("x {}\n{}"), (Frames{error(ErrorCode::kBadJson), object("{}")}));
  EXPECT_EQ(frames_of("{]} {}\n{}"), (Frames{error(ErrorCode::kBadJson), object("{}")}));
  EXPECT_EQ(frames_of("{\"\n{}"), (Frames{error(ErrorCode::kBadJson), object("{}")}));
  EXPECT_EQ(frames_of("[1] {}\n{}"), (Frames{error(ErrorCode::kBadRequest), object("{}")}));
  EXPECT_EQ(frames_of("{\"a\":01}"), (Frames{object("{\"a\":01}")}));
  EXPECT_EQ(frames_of("{\n{\"type\":1}"),
            (Frames{error(ErrorCode::kBadJson), object("{\"type\":1}")}));
  EXPECT_EQ(frames_of("{" + std::string(100, ' ') + "}{}\n{}"),
            (Frames{error(ErrorCode::kTooLarge), object("{}")}));
  EXPECT_EQ(frames_of("{\"a\":" + std::string(64, '[') + "\n{}"),
            (Frames{error(ErrorCode::kTooLarge), object("{}")}));
}

TEST(ReferenceFramer, HangsUpOnEndlessLines) {
  ReferenceFramer framer(10);
  EXPECT_EQ(framer.add("x" + std::string(159, 'y')).size(), 1U);
  EXPECT_FALSE(framer.closed());
  EXPECT_EQ(framer.add("y").at(0).kind, Kind::kClose);
  EXPECT_TRUE(framer.closed());
  EXPECT_TRUE(framer.add("\n{}").empty());
}

TEST(ReferenceFramer, DropsWhatWasNotEnded) {
  ReferenceFramer framer(100);
  EXPECT_TRUE(framer.add("{\"a\":").empty());
  EXPECT_TRUE(framer.object_open());
  EXPECT_EQ(framer.abandon(), error(ErrorCode::kBadJson));
  EXPECT_TRUE(framer.add("1} {}").empty());
  EXPECT_EQ(framer.add("\n{}").size(), 1U);
  EXPECT_FALSE(framer.abandon().has_value());
}

}  // namespace
}  // namespace muster::fuzz
