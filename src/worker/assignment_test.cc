#include "worker/assignment.h"

#include <gtest/gtest.h>

#include "model/limits.h"

namespace muster::worker {
namespace {

std::vector<Assignment> read(std::string_view line) {
  const auto answer = protocol::Answer::parse(line);
  CHECK(answer.ok());
  return read_assignments(*answer);
}

std::string why(std::string_view job) {
  const auto list =
      read("{\"type\":\"assign_job\",\"job_id\":\"a\",\"lease\":7," + std::string(job) + "}");
  if (list.size() != 1 || !std::holds_alternative<BadWork>(list[0].work)) return {};
  return std::get<BadWork>(list[0].work).why;
}

TEST(Assignment, ACommandWithEverything) {
  const auto list =
      read(R"({"type":"assign_job","rid":"request","job_id":"a b","lease":7,"attempt":3,)"
           R"("lease_ms":10000,"queue":"q","job_type":"exec","timeout_ms":1500,)"
           R"("command":["sh","-c","echo \"\u00e4\""]})");
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].name, (AttemptName{"a b", LeaseToken(7), 3}));
  EXPECT_EQ(list[0].queue, "q");
  EXPECT_EQ(list[0].timeout, Duration::milliseconds(1500));
  EXPECT_EQ(std::get<ExecWork>(list[0].work).argv,
            (std::vector<std::string>{"sh", "-c", "echo \"\u00e4\""}));
}

TEST(Assignment, ASleepMayHaveAFraction) {
  const auto list = read(
      R"({"type":"assign_jobs","jobs":[{"job_id":"a","lease":1,"job_type":"sleep","duration":2.5},)"
      R"({"job_id":"b","lease":2,"job_type":"sleep","duration":1e300},)"
      R"({"job_id":"c","lease":3,"job_type":"sleep","duration":0}]})");
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(std::get<SleepWork>(list[0].work).duration, Duration::milliseconds(2500));
  EXPECT_EQ(std::get<SleepWork>(list[1].work).duration, limits::kLongest);
  EXPECT_EQ(std::get<SleepWork>(list[2].work).duration, Duration());
  EXPECT_EQ(list[0].timeout, std::nullopt);
}

TEST(Assignment, NoJobIsNone) { EXPECT_TRUE(read(R"({"type":"no_job"})").empty()); }

TEST(Assignment, WhatCannotRunSaysWhy) {
  EXPECT_EQ(why(R"("job_type":"exec")"), "an exec job without a command");
  EXPECT_EQ(why(R"("job_type":"exec","command":[])"), "an exec job without a command");
  EXPECT_EQ(why(R"("job_type":"exec","command":"ls")"), "an exec job without a command");
  EXPECT_EQ(why(R"("job_type":"exec","command":["a",1])"),
            "`command` holds something that is no string");
  EXPECT_EQ(why(R"("job_type":"exec","command":["a\u0000b"])"), "a word of `command` holds U+0000");
  EXPECT_EQ(why(R"("job_type":"sleep","duration":"2")"), "a sleep job without a duration");
  EXPECT_EQ(why(R"("job_type":"mail")"), "this worker cannot run jobs of type `mail`");
}

TEST(Assignment, WithoutIdOrLeaseItIsNone) {
  EXPECT_TRUE(read(R"({"type":"assign_job","job_id":"a","job_type":"exec"})").empty());
  EXPECT_TRUE(read(R"({"type":"assign_job","lease":1,"job_type":"exec"})").empty());
  EXPECT_TRUE(read(R"({"type":"assign_job","job_id":"a","lease":9007199254740992})").empty());
}

}  // namespace
}  // namespace muster::worker
