#include "protocol/answer.h"

#include <gtest/gtest.h>

namespace muster::protocol {
namespace {

TEST(Answer, ReadsFieldsOfEachKind) {
  const std::string line =
      R"({"type":"assign_job","rid":"r\n1","job_id":"j\u00e4","lease":9007199254740991,)"
      R"("attempt":1.0,)"
      R"("ok":true,"none":null,"payload":{"a":[1, 2,{"b":"x"}]}})"
      "\r\n";
  const auto answer = Answer::parse(line);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->type(), "assign_job");
  EXPECT_EQ(answer->status(), "");
  EXPECT_EQ(answer->rid().raw(), R"("r\n1")");
  EXPECT_FALSE(answer->sub().exists());
  const Answer& fields = *answer;
  EXPECT_EQ(fields["job_id"].string(), "j\xC3\xA4");
  EXPECT_EQ(fields["lease"].unsigned_integer(), 9007199254740991U);
  EXPECT_EQ(fields["attempt"].integer(), 1);
  EXPECT_EQ(fields["ok"].boolean(), true);
  EXPECT_TRUE(fields["none"].is_null());
  EXPECT_EQ(fields["payload"].raw(), R"({"a":[1, 2,{"b":"x"}]})");
  EXPECT_EQ(fields["payload"]["a"].size(), 3U);
  std::string walked;
  for (const JsonView item : fields["payload"]["a"].items()) walked.append(item.raw()).append(";");
  EXPECT_EQ(walked, R"(1;2;{"b":"x"};)");
}

TEST(Answer, WhatIsNotThereIsNothing) {
  const auto answer = Answer::parse(R"({"a":"x","n":-1,"f":1.5,"\u0061b":7})");
  ASSERT_TRUE(answer.ok());
  const Answer& fields = *answer;
  EXPECT_FALSE(fields["missing"].exists());
  EXPECT_EQ(fields["missing"]["deeper"].string(), std::nullopt);
  EXPECT_EQ(fields["missing"].raw(), "");
  EXPECT_EQ(fields["a"].integer(), std::nullopt);
  EXPECT_EQ(fields["n"].unsigned_integer(), std::nullopt);
  EXPECT_EQ(fields["n"].integer(), -1);
  EXPECT_EQ(fields["f"].integer(), std::nullopt);
  EXPECT_EQ(fields["a"].unsigned_integer(), std::nullopt);
  EXPECT_EQ(fields["ab"].integer(), 7);
  EXPECT_EQ(fields["a"].size(), 0U);
  EXPECT_EQ(fields["a"].boolean_or(true), true);
  EXPECT_EQ(fields["n"].string_or("else"), "else");
}

// A status that is no text is none that this program knows.
TEST(Answer, AStatusOfAnotherKindIsNone) {
  const auto answer = Answer::parse(R"({"status":5,"type":["x"]})");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(answer->status(), "");
  EXPECT_EQ(answer->type(), "");
}

TEST(Answer, ReadsRefusals) {
  const auto answer = Answer::parse(
      R"({"type":"error","status":"error","code":"queue_full","message":"full","retryable":true,)"
      R"("retry_after_ms":250})");
  ASSERT_TRUE(answer.ok());
  EXPECT_TRUE(answer->refused());
  EXPECT_TRUE(answer->retryable());
  const Error error = answer->error();
  EXPECT_EQ(error.code, ErrorCode::kQueueFull);
  EXPECT_EQ(error.message, "full");
  EXPECT_EQ(error.retry_after, Duration::milliseconds(250));
  const auto newer = Answer::parse(R"({"status":"error","code":"later","message":"m"})");
  EXPECT_EQ(newer->error().code, ErrorCode::kInternal);
  EXPECT_EQ(newer->error().message, "m (unknown code \"later\")");
}

TEST(Answer, RefusesWhatIsNoObject) {
  for (const char* line : {"", "[]", "nonsense", "{\"a\":1", "{} {}", "{\"a\":01}"}) {
    const auto answer = Answer::parse(line);
    ASSERT_FALSE(answer.ok()) << line;
    EXPECT_EQ(answer.error().code, ErrorCode::kBadJson);
  }
}

}  // namespace
}  // namespace muster::protocol
