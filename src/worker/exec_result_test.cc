#include "worker/exec_result.h"

#include <gtest/gtest.h>

#include <csignal>

#include "protocol/json_text.h"
#include "protocol/json_view.h"
#include "worker/captured_text.h"

namespace muster::worker {
namespace {

constexpr size_t kKeep = limits::kCapturedBytes;

Captured captured(std::string_view bytes) {
  Capture capture;
  capture.append(bytes);
  return std::move(capture).finish();
}

std::string repeat(std::string_view unit, size_t size) {
  std::string text;
  while (text.size() < size) text += unit;
  return text;
}

TEST(ExecResult, Golden) {
  ExecReport report;
  report.exit_code = 0;
  report.duration_ms = 12;
  report.max_rss_bytes = 1234;
  report.out = captured("a\"\n");
  report.err = captured("\xFF!");
  EXPECT_EQ(
      result_json(report),
      R"({"exit_code":0,"signal":null,"duration_ms":12,"max_rss_bytes":1234,)"
      R"("stdout":{"head":"a\"\n","tail":"","dropped_bytes":0,"encoding":"utf8","bytes":3},)"
      R"("stderr":{"head":"/yE=","tail":"","dropped_bytes":0,"encoding":"base64","bytes":2}})");
}

TEST(ExecResult, StaysUnderItsLimitWhateverIsWritten) {
  for (const char* unit :
       {"x", "\n", "\x01", "\"", "\u00e4", "\u20ac", "\U0001F600", "\xFF", "ab\x01\"\xC3\xA4"}) {
    for (size_t size : {size_t{1}, kKeep - 1, kKeep + 1, 2 * kKeep, 2 * kKeep + 1, 5 * kKeep}) {
      for (bool both : {false, true}) {
        ExecReport report;
        report.exit_code = 1;
        const std::string written = repeat(unit, size);
        report.out = captured(written);
        if (both) report.err = captured(written);
        const std::string json = result_json(report);
        ASSERT_LE(json.size(), limits::kResultBytes) << unit << size;
        const auto value = protocol::check_json(json);
        ASSERT_TRUE(value) << unit << size;
        const protocol::JsonView out = protocol::JsonView(*value)["stdout"];
        EXPECT_EQ(out["bytes"].integer_or(0), static_cast<int64_t>(written.size()));
        if (out["encoding"].string_or("") == "base64") continue;
        // What is there is the start and the end of what was written, and nothing is unaccounted
        // for.
        const std::string head = out["head"].string_or("?");
        const std::string tail = out["tail"].string_or("?");
        EXPECT_TRUE(written.starts_with(head) && written.ends_with(tail)) << unit << size;
        EXPECT_EQ(out["dropped_bytes"].integer_or(-1),
                  static_cast<int64_t>(written.size() - head.size() - tail.size()));
        EXPECT_GE(head.size(), std::min<size_t>(size, 10'000)) << unit << size;
      }
    }
  }
}

TEST(StreamText, ACharacterSplitByTheCutDoesNotMakeItBase64) {
  // Every place of a 4-byte character on the border between head and tail, without and with a gap.
  for (size_t shift = 0; shift < 4; ++shift) {
    for (size_t size : {kKeep + 100, 4 * kKeep}) {
      const std::string written = std::string(shift, 'x') + repeat("\U0001F600", size);
      const StreamText text = StreamText::of(captured(written));
      EXPECT_TRUE(text.utf8) << shift << " " << size;
      EXPECT_EQ(text.captured.bytes(), written.size());
      EXPECT_TRUE(written.starts_with(text.captured.head));
      EXPECT_TRUE(written.ends_with(text.captured.tail));
      EXPECT_LT(text.captured.dropped, size == 4 * kKeep ? 2 * kKeep + 8 : 1);
    }
  }
}

TEST(StreamText, BadBytesAreKeptWhole) {
  for (const char* bad : {"\x80", "ok\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF5\x80\x80\x80"}) {
    const StreamText text = StreamText::of(captured(bad));
    EXPECT_FALSE(text.utf8) << bad;
    EXPECT_EQ(text.captured.head, bad);
  }
}

TEST(Base64, Vectors) {  // RFC 4648, section 10
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(base64("foobar"), "Zm9vYmFy");
}

JobEnd end_of(ExecReport report) {
  return end_of_command({"j", LeaseToken(1), 1}, "prog", std::move(report));
}

TEST(EndOfCommand, ZeroIsDone) {
  ExecReport report;
  report.exit_code = 0;
  report.err = captured("only a warning\n");
  const JobEnd end = end_of(report);
  EXPECT_EQ(end.kind, EndKind::kCompleted);
  EXPECT_EQ(end.message, "");
}

TEST(EndOfCommand, FailuresNameTheirCauseAndTheLastLine) {
  ExecReport report;
  report.exit_code = 3;
  report.err = captured("first\nlast one\n\n");
  JobEnd end = end_of(report);
  EXPECT_EQ(end.kind, EndKind::kFailed);
  EXPECT_EQ(end.error_class, "exit");
  EXPECT_EQ(end.message, "exit code 3: last one");
  EXPECT_EQ(end.exit_code, 3);

  report.exit_code.reset();
  report.signal = SIGSEGV;
  report.err = captured(std::string(5 * kKeep, 'x'));
  end = end_of(report);
  EXPECT_EQ(end.error_class, "signal");
  EXPECT_EQ(end.message, "ended by signal 11 (Segmentation fault): " + std::string(400, 'x'));
  EXPECT_EQ(end.signal, SIGSEGV);

  report = {};
  report.spawn_error = ENOENT;
  end = end_of(report);
  EXPECT_EQ(end.error_class, "spawn");
  EXPECT_EQ(end.message, "cannot run `prog`: No such file or directory");
  EXPECT_EQ(end.exit_code, 127);
  report.spawn_error = EACCES;
  EXPECT_EQ(end_of(report).exit_code, 126);
}

}  // namespace
}  // namespace muster::worker
