#include "worker/run_log.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "protocol/json_text.h"
#include "protocol/json_view.h"
#include "worker/progress.h"

namespace muster::worker {
namespace {

WorkerName worker() {
  WorkerName name;
  name.id = "w \"1\"";
  name.instance = "abc";
  name.pid = 42;
  return name;
}

TEST(RunLog, AppendsOneObjectPerLine) {
  char folder[] = "/tmp/muster-log-XXXXXX";
  ASSERT_NE(::mkdtemp(folder), nullptr);
  const std::string path = std::string(folder) + "/log";
  const AttemptName job{"j", LeaseToken(9), 2};
  for (int i = 0; i < 2; ++i) {  // as two workers would
    auto log = RunLog::open(path);
    ASSERT_TRUE(log);
    EXPECT_TRUE(log->write("start", worker(), job, ""));
    EXPECT_TRUE(log->write("end", worker(), job, "completed"));
  }
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  ASSERT_EQ(lines.size(), 4U);
  for (size_t i = 0; i < lines.size(); ++i) {
    const auto value = protocol::check_json(lines[i]);
    ASSERT_TRUE(value) << lines[i];
    const protocol::JsonView line(*value);
    EXPECT_GT(line["ts_ms"].integer_or(0), 1'700'000'000'000);
    EXPECT_EQ(line["event"].string_or(""), i % 2 == 0 ? "start" : "end");
    EXPECT_EQ(line["worker"].string_or(""), "w \"1\"");
    EXPECT_EQ(line["instance"].string_or(""), "abc");
    EXPECT_EQ(line["pid"].integer_or(0), 42);
    EXPECT_EQ(line["job_id"].string_or(""), "j");
    EXPECT_EQ(line["attempt"].integer_or(0), 2);
    EXPECT_EQ(line["lease"].integer_or(0), 9);
    EXPECT_EQ(line["outcome"].string_or("none"), i % 2 == 0 ? "none" : "completed");
  }
  std::filesystem::remove_all(folder);
}

TEST(RunLog, SaysWhyItCannotBeOpened) {
  const auto log = RunLog::open("/no/such/folder/log");
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().message.find("/no/such/folder/log: No such file"), std::string::npos);
}

TEST(RunLog, WithoutAFileItWritesNothing) {
  EXPECT_TRUE(RunLog().write("start", worker(), {"j", LeaseToken(1), 1}, ""));
}

TEST(RunLog, AFullDiskIsNoticed) {
  auto log = RunLog::open("/dev/full");
  ASSERT_TRUE(log);
  EXPECT_FALSE(log->write("start", worker(), {"j", LeaseToken(1), 1}, ""));
}

TEST(Logfmt, QuotesWhatNeedsIt) {
  EXPECT_EQ(logfmt_value("plain-1.2:3"), "plain-1.2:3");
  EXPECT_EQ(logfmt_value(""), "\"\"");
  EXPECT_EQ(logfmt_value("a b"), "\"a b\"");
  EXPECT_EQ(logfmt_value("a=\"b\"\\"), "\"a=\\\"b\\\"\\\\\"");
  EXPECT_EQ(logfmt_value("x\nfake=1"), "\"x\\x0afake=1\"");
  EXPECT_EQ(logfmt_value("\u00e4"), "\u00e4");
}

}  // namespace
}  // namespace muster::worker
