#include "worker/supervision.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

ExecSpec some_spec() { return {{"sh", "-c", ""}, {"A=b", "C="}, Duration::milliseconds(1500)}; }

ExecReport some_report() {
  ExecReport report;
  report.signal = 15;
  report.duration_ms = 12;
  report.max_rss_bytes = uint64_t{5} << 32;
  report.leftovers = 3;
  report.survivors = 1;
  report.out = {"he", std::string("\0\xFF", 2), 70000};
  return report;
}

TEST(Supervision, SpecAndReportComeBackAsTheyWere) {
  const std::string spec = encode_frame(some_spec());
  EXPECT_EQ(decode_spec(frame_content(spec).value()), some_spec());
  const std::string report = encode_frame(some_report());
  EXPECT_EQ(decode_report(frame_content(report).value()), some_report());
}

TEST(Supervision, AFrameIsNothingUntilItsLastByte) {
  const std::string frame = encode_frame(some_report());
  for (size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(frame_content(frame.substr(0, size))) << size;
  }
  EXPECT_TRUE(frame_content(frame + "more"));
}

TEST(Supervision, EveryCutContentIsRefused) {
  const std::string spec_frame = encode_frame(some_spec());
  const std::string_view spec = *frame_content(spec_frame);
  for (size_t size = 0; size < spec.size(); ++size) {
    EXPECT_FALSE(decode_spec(spec.substr(0, size))) << size;
  }
  const std::string report_frame = encode_frame(some_report());
  const std::string_view report = *frame_content(report_frame);
  for (size_t size = 0; size < report.size(); ++size) {
    EXPECT_FALSE(decode_report(report.substr(0, size))) << size;
  }
}

TEST(Supervision, ACommandWithoutWordsIsRefused) {
  const std::string frame = encode_frame(ExecSpec{});
  EXPECT_FALSE(decode_spec(frame_content(frame).value()));
}

}  // namespace
}  // namespace muster::worker
