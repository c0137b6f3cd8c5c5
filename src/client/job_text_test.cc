#include "client/job_text.h"

#include <gtest/gtest.h>

namespace muster::client {
namespace {

TEST(JobText, CarriesOnlyWhatWasGiven) {
  EXPECT_EQ(*job_text({.id = "a", .command = {"echo", "say \"hi\"", ""}}),
            R"({"job_id":"a","command":["echo","say \"hi\"",""]})");
  EXPECT_EQ(*job_text({.id = "a", .duration = Milliseconds(5'000)}),
            R"({"job_id":"a","duration":5})");
  EXPECT_EQ(*job_text({.id = "a", .duration = Milliseconds(250)}),
            R"({"job_id":"a","duration":0.25})");
}

TEST(JobText, CarriesEveryField) {
  const NewJob job{.id = "a",
                   .queue = "q",
                   .job_type = "t",
                   .payload = "{\"x\": 1e400}",
                   .priority = 0,
                   .delay = Milliseconds(10),
                   .run_at = 5,
                   .timeout = Milliseconds(20),
                   .deadline = 6,
                   .max_attempts = 1,
                   .max_lost = 2,
                   .tags = {"x", "y"},
                   .result_ttl = Milliseconds(30)};
  EXPECT_EQ(*job_text(job),
            R"({"job_id":"a","queue":"q","job_type":"t","priority":0,"delay_ms":10,"run_at":5,)"
            R"("timeout_ms":20,"deadline":6,"result_ttl_ms":30,"retry":{"max_attempts":1},)"
            R"("max_lost":2,"tags":["x","y"],"payload":{"x": 1e400}})");
}

TEST(JobText, PayloadsCannotBreakOutOfTheirPlace) {
  for (const char* payload : {"1},{\"x\":2", "{", "[1,]", "nope", "1 2", "\"\xff\""}) {
    const auto text = job_text({.id = "a", .payload = payload});
    ASSERT_FALSE(text) << payload;
    EXPECT_EQ(text.failure().kind, FailureKind::kBadInput);
    EXPECT_NE(text.failure().message.find("payload"), std::string::npos);
  }
}

TEST(JobText, LineEndsInsideAPayloadBecomeSpaces) {
  EXPECT_EQ(*job_text({.id = "a", .payload = "[\n{\"type\":1},\r\n\"a\\n\"]"}),
            R"({"job_id":"a","payload":[ {"type":1},  "a\n"]})");
}

TEST(NameJob, KeepsAnIdThatIsThere) {
  std::string text = R"({"command":["x"],"job_id":"mine"})";
  const std::string before = text;
  EXPECT_EQ(*name_job(&text), "mine");
  EXPECT_EQ(text, before);
  text = R"({"id":"\u006dine2"})";
  EXPECT_EQ(*name_job(&text), "mine2");
}

TEST(NameJob, GivesOneWhereThereIsNone) {
  std::string text = "  {\n\"command\":[\"x\"]}\r";
  const auto id = name_job(&text);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->size(), 26u);
  EXPECT_EQ(text, "  {\"job_id\":\"" + *id + "\", \"command\":[\"x\"]} ");
  text = "{}";
  EXPECT_EQ(text.size(), 2u);
  const auto other = name_job(&text);
  EXPECT_EQ(text, "{\"job_id\":\"" + *other + "\"}");
}

TEST(NameJob, RefusesWhatIsNoJob) {
  for (const char* bad :
       {"", "nope", "[1]", "\"x\"", "{\"a\":1", "{\"a\":1} {}", "{\"job_id\":5}", "{\"a\":01}"}) {
    std::string text = bad;
    const auto id = name_job(&text);
    ASSERT_FALSE(id) << bad;
    EXPECT_EQ(id.failure().kind, FailureKind::kBadInput);
    EXPECT_EQ(text, bad);
  }
}

}  // namespace
}  // namespace muster::client
