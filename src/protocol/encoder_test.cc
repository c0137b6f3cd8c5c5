#include "protocol/encoder.h"

#include <gtest/gtest.h>

#include "protocol/answer.h"
#include "protocol/record_check.h"

namespace muster::protocol {
namespace {

std::string encoded(const Reply& reply, std::string_view rid = {}) {
  std::string out;
  encode_reply(rid, reply, ServerFacts{}, &out);
  EXPECT_TRUE(Answer::parse(out).ok()) << out;
  EXPECT_EQ(out.back(), '\n');
  out.pop_back();
  return out;
}

std::string pushed(const Push& push) {
  std::string out;
  encode_push(push, &out);
  EXPECT_TRUE(Answer::parse(out).ok()) << out;
  EXPECT_EQ(out.back(), '\n');
  out.pop_back();
  return out;
}

TEST(Encoder, ClassProjectAnswersByteForByte) {
  const JobRecord job = running_record("job1", R"("duration":5,"payload":{"a":1})");
  const JobRecord* jobs[] = {&job};
  EXPECT_EQ(encoded(Accepted{"job1"}), R"({"status":"accepted","job_id":"job1"})");
  EXPECT_EQ(encoded(Assigned{AssignForm::kPlain, jobs}),
            R"({"type":"assign_job","job_id":"job1","duration":5})");
  EXPECT_EQ(encoded(NoJob{}), R"({"type":"no_job"})");
  Done done;
  done.item.job_id = "job1";
  done.item.duplicate = true;
  done.plain = true;
  EXPECT_EQ(encoded(done), R"({"status":"ok","job_id":"job1"})");
}

TEST(Encoder, DurationIsEchoedAsSent) {
  for (const char* duration : {"5", "5.0", "0.25", "1e2", "5.00000000000000000001"}) {
    const JobRecord job = running_record("j", std::string("\"duration\":") + duration);
    const JobRecord* jobs[] = {&job};
    EXPECT_EQ(encoded(Assigned{AssignForm::kPlain, jobs}),
              std::string(R"({"type":"assign_job","job_id":"j","duration":)") + duration + "}");
  }
}

TEST(Encoder, RidStandsBehindTheFirstMember) {
  const JobRecord job = running_record("job1", R"("duration":5)");
  const JobRecord* jobs[] = {&job};
  EXPECT_EQ(encoded(Accepted{"a", true}, "\"r1\""),
            R"({"status":"accepted","rid":"r1","job_id":"a","duplicate":true})");
  EXPECT_EQ(encoded(NoJob{}, "7"), R"({"type":"no_job","rid":7})");
  EXPECT_EQ(
      encoded(Assigned{AssignForm::kOne, jobs}, "7"),
      R"({"type":"assign_job","rid":7,"job_id":"job1","lease":42,"attempt":2,"lease_ms":30000,)"
      R"("queue":"default","job_type":"sleep","duration":5})");
  EXPECT_EQ(encoded(Ok{}, "7"), R"({"status":"ok","rid":7})");
}

TEST(Encoder, AssignmentsCarryLimitsAndTheBodyAsSent) {
  JobRecord job = running_record("a\"b", R"("command":["ls"],"payload":{"x": 1.50})");
  JobOptions options;
  options.timeout = Duration::seconds(5);
  options.deadline = WallTime::from_ms(1'800'000'000'000);
  job.options = std::make_shared<JobOptions>(options);
  const JobRecord empty = running_record("b", "");
  const JobRecord* jobs[] = {&job, &empty};
  EXPECT_EQ(
      encoded(Assigned{AssignForm::kMany, jobs}),
      R"({"type":"assign_jobs","jobs":[{"job_id":"a\"b","lease":42,"attempt":2,"lease_ms":30000,)"
      R"("queue":"default","job_type":"sleep","timeout_ms":5000,"deadline_at_ms":1800000000000,)"
      R"("command":["ls"],"payload":{"x": 1.50}},{"job_id":"b","lease":42,"attempt":2,)"
      R"("lease_ms":30000,"queue":"default","job_type":"sleep"}]})");
}

TEST(Encoder, Batches) {
  const std::string_view ids[] = {"a", "", "j-3"};
  const uint32_t duplicates[] = {0};
  const BatchError errors[] = {{1, {ErrorCode::kBadRequest, "no"}}};
  EXPECT_EQ(encoded(AcceptedBatch{ids, duplicates, errors}),
            R"({"status":"accepted","job_ids":["a",null,"j-3"],"duplicates":[0],"errors":[)"
            R"({"index":1,"code":"bad_request","message":"no","retryable":false}]})");
  EXPECT_EQ(encoded(AcceptedBatch{{}, {}, {}}),
            R"({"status":"accepted","job_ids":[],"errors":[]})");
  ItemResult good;
  good.job_id = "a";
  good.state = "cancelled";
  ItemResult bad;
  bad.job_id = "b";
  bad.error = Error{ErrorCode::kLeaseLost, "late"};
  const ItemResult items[] = {good, bad};
  EXPECT_EQ(encoded(DoneBatch{items}),
            R"({"status":"ok","results":[{"status":"ok","job_id":"a","state":"cancelled"},)"
            R"({"status":"error","job_id":"b","code":"lease_lost",)"
            R"("message":"late","retryable":false}]})");
}

TEST(Encoder, CompletionWithFollowUpsAndNext) {
  const JobRecord next = running_record("n", R"("duration":5)");
  const std::string_view follow_ups[] = {"f1", "f2"};
  Done done;
  done.item.job_id = "a";
  done.item.duplicate = true;
  done.follow_ups = follow_ups;
  EXPECT_EQ(encoded(done),
            R"({"status":"ok","job_id":"a","duplicate":true,"submitted":["f1","f2"]})");
  done.has_next = true;
  EXPECT_EQ(encoded(done),
            R"({"status":"ok","job_id":"a","duplicate":true,"submitted":["f1","f2"],"next":null})");
  done.next = &next;
  done.follow_ups = {};
  EXPECT_EQ(
      encoded(done),
      R"({"status":"ok","job_id":"a","duplicate":true,"next":{"type":"assign_job","job_id":"n",)"
      R"("lease":42,"attempt":2,"lease_ms":30000,"queue":"default",)"
      R"("job_type":"sleep","duration":5}})");
  done.item.error = Error{ErrorCode::kLeaseLost, "late"};
  EXPECT_EQ(encoded(done, "1"), R"({"type":"error","status":"error","rid":1,"job_id":"a",)"
                                R"("code":"lease_lost","message":"late","retryable":false})");
}

TEST(Encoder, Errors) {
  std::string out;
  Error error{ErrorCode::kQueueFull, "full: \"q\""};
  error.retry_after = Duration::milliseconds(500);
  encode_error("\"r\"", error, "job1", &out);
  encode_error({}, {ErrorCode::kBadJson, "m"}, {}, &out);
  EXPECT_EQ(out,
            R"({"type":"error","status":"error","rid":"r","job_id":"job1","code":"queue_full",)"
            R"("message":"full: \"q\"","retryable":true,"retry_after_ms":500})"
            "\n"
            R"({"type":"error","status":"error","code":"bad_json","message":"m","retryable":false})"
            "\n");
  EXPECT_EQ(encoded(Refused{{ErrorCode::kNotFound, "m"}, "a"}),
            R"({"type":"error","status":"error","job_id":"a",)"
            R"("code":"not_found","message":"m","retryable":false})");
}

TEST(Encoder, WorkersAnswers) {
  EXPECT_EQ(encoded(Extended{"a", Duration::seconds(9)}),
            R"({"status":"ok","job_id":"a","lease_ms":9000})");
  EXPECT_EQ(encoded(Consuming{SubscriptionId(3)}), R"({"status":"ok","sub":3})");
  EXPECT_EQ(encoded(Registered{Duration::seconds(3), Duration::seconds(10), {}, true}),
            R"({"status":"ok","heartbeat_ms":3000,"ttl_ms":10000,"resumed":true})");
  EXPECT_EQ(
      encoded(Registered{Duration::seconds(3), Duration::seconds(10), SubscriptionId(1), false}),
      R"({"status":"ok","heartbeat_ms":3000,"ttl_ms":10000,"resumed":false,"sub":1})");
  const LeaseName cancel[] = {{"a", LeaseToken(5)}};
  EXPECT_EQ(encoded(HeartbeatAnswer{"running", cancel, Duration::seconds(3)}),
            R"({"status":"ok","state":"running",)"
            R"("cancel":[{"job_id":"a","lease":5}],"heartbeat_ms":3000})");
}

TEST(Encoder, Pushes) {
  const JobRecord job = running_record("a", R"("duration":5)");
  EXPECT_EQ(pushed(PushedJob{SubscriptionId(4), &job}),
            R"({"type":"assign_job","sub":4,"job_id":"a","lease":42,"attempt":2,"lease_ms":30000,)"
            R"("queue":"default","job_type":"sleep","duration":5})");
  EXPECT_EQ(pushed(PushedCancel{SubscriptionId(4), "a", LeaseToken(5)}),
            R"({"type":"cancel_job","sub":4,"job_id":"a","lease":5})");
  EXPECT_EQ(pushed(ConsumeEnded{SubscriptionId(4), {ErrorCode::kSessionReplaced, "m"}}),
            R"({"type":"consume_ended","sub":4,)"
            R"("code":"session_replaced","message":"m","retryable":false})");
}

TEST(Encoder, HelloAnnouncesWhatClientsMustKnow) {
  ServerFacts facts;
  facts.version = "0.1.0";
  facts.durability = "sync";
  facts.request_line = 2048;
  facts.now = WallTime::from_ms(1'795'491'000'000);
  std::string out;
  encode_hello("1", facts, &out);
  const auto parsed = Answer::parse(out);
  ASSERT_TRUE(parsed.ok()) << out;
  const Answer& hello = *parsed;
  EXPECT_EQ(hello.rid().integer(), 1);
  EXPECT_EQ(hello["proto"].integer(), 1);
  EXPECT_EQ(hello["version"].string(), "0.1.0");
  EXPECT_EQ(hello["now_ms"].integer(), 1'795'491'000'000);
  EXPECT_EQ(hello["heartbeat_ms"].integer(), 30'000);
  EXPECT_EQ(hello["ids_remembered"]["count"].integer(), 1'000'000);
  EXPECT_EQ(hello["limits"]["request_bytes"].integer(), 2048);
  EXPECT_EQ(hello["limits"]["batch"].integer(), 1000);
}

}  // namespace
}  // namespace muster::protocol
