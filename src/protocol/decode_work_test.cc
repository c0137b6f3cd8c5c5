// What workers send: requests, outcomes, registration, heartbeats.
#include <gtest/gtest.h>

#include "protocol/decode_check.h"

namespace muster::protocol {
namespace {

constexpr auto kBadRequest = ErrorCode::kBadRequest;
using Names = std::vector<std::string_view>;

Names list(std::span<const std::string_view> names) { return {names.begin(), names.end()}; }

TEST(DecodeWork, RequestJob) {
  const Decode decode(
      R"({"type":"request_job","worker_id":"w","queues":["a","b"],"job_types":["t"],)"
      R"("select":"best",)"
      R"("max":10,"wait_ms":60000,"lease_ms":1000})");
  const auto& request = decode.command<RequestJobs>();
  EXPECT_EQ(request.worker_id, "w");
  EXPECT_EQ(list(request.selection.queues), (Names{"a", "b"}));
  EXPECT_EQ(list(request.selection.job_types), (Names{"t"}));
  EXPECT_TRUE(request.selection.best);
  EXPECT_EQ(request.max, 10U);
  EXPECT_TRUE(request.many);
  EXPECT_EQ(request.wait, Duration::seconds(60));
  EXPECT_EQ(request.lease, Duration::seconds(1));
  EXPECT_FALSE(
      Decode(R"({"type":"request_job","worker_id":"w","max":1})").command<RequestJobs>().many);
  const auto refused = [](std::string_view fields, std::string_view message) {
    expect_refused(R"({"type":"request_job",)" + std::string(fields) + "}", kBadRequest, message);
  };
  refused(R"("max":1)", "worker_id is missing: the name of the worker that asks");
  refused(R"("worker_id":"w","wait_ms":60001)",
          "wait_ms must be an integer from 0 to 60000, not 60001");
  refused(R"("worker_id":"w","max":1001)", "max must be an integer from 1 to 1000, not 1001");
  refused(R"("worker_id":"w","select":"worst")", R"(select must be "first" or "best")");
  refused(R"("worker_id":"w","queues":"a")", "queues must be an array of names, not a string");
  refused(R"("worker_id":"w","queues":["a",""])",
          "queues must be 1 to 200 bytes of A-Z a-z 0-9 . _ : / -");
}

TEST(DecodeWork, Consume) {
  const Decode decode(R"({"type":"consume","queues":["a"],"credit":50,"rid":1})");
  const auto& consume = decode.command<Consume>();
  EXPECT_EQ(list(consume.selection.queues), (Names{"a"}));
  EXPECT_EQ(consume.credit, 50U);
  expect_refused(R"({"type":"consume","credit":0})", kBadRequest,
                 "credit must be an integer from 1 to 10000, not 0");
}

TEST(DecodeWork, CompleteWithFollowUpsAndNext) {
  const Decode decode(
      R"({"type":"job_complete","submit":[{"duration":1},{"job_id":"f","command":["x"]}],)"
      R"("job_id":"a","lease":9007199254740991,"result":{"n": 1.0},"next":{"wait_ms":500}})");
  const auto& complete = decode.command<CompleteJobs>();
  EXPECT_FALSE(complete.plain);
  EXPECT_FALSE(complete.batch);
  ASSERT_EQ(complete.items.size(), 1U);
  EXPECT_EQ(complete.items[0].ref.job_id, "a");
  EXPECT_EQ(complete.items[0].ref.lease, LeaseToken(9007199254740991));
  EXPECT_EQ(complete.items[0].result, R"({"n": 1.0})");
  ASSERT_EQ(complete.follow_ups.size(), 2U);
  EXPECT_EQ(complete.follow_ups[1].job.id, "f");
  EXPECT_EQ(complete.next_wait, Duration::milliseconds(500));
  const Decode at_once(R"({"type":"job_complete","job_id":"a","lease":1,"next":{}})");
  EXPECT_EQ(at_once.command<CompleteJobs>().next_wait, Duration());
}

TEST(DecodeWork, CompleteRefusals) {
  const auto refused = [](std::string_view fields, ErrorCode code, std::string_view message) {
    expect_refused(R"({"type":"job_complete","job_id":"a",)" + std::string(fields) + "}", code,
                   message);
  };
  refused(R"("result":1)", kBadRequest, "lease is missing: the number that came with the job");
  refused(R"("lease":0)", kBadRequest,
          "lease must be an integer from 1 to 9007199254740991, not 0");
  refused(R"("lease":1,"submit":[{"duration":1},{"queue":"a b","duration":1}])", kBadRequest,
          "submit[1]: queue must be 1 to 200 bytes of A-Z a-z 0-9 . _ : / -");
  refused(R"("lease":1,"next":true)", kBadRequest,
          R"(next must be an object, {} or {"wait_ms":…}, not a boolean)");
  refused(R"("lease":1,"next":{"wait_ms":-1})", kBadRequest,
          "next.wait_ms must be an integer from 0 to 60000, not -1");
  const std::string big(limits::kResultBytes - 2, 'x');
  EXPECT_TRUE(Decode(R"({"type":"job_complete","job_id":"a","lease":1,"result":")" + big + "\"}")
                  .accepted());
  refused(R"("lease":1,"result":"x)" + big + "\"", ErrorCode::kTooLarge,
          "result may have at most 262144 bytes: store it elsewhere and report where");
  expect_refused(R"({"type":"job_complete","lease":1})", kBadRequest,
                 "job_id is missing: which job?");
}

TEST(DecodeWork, JobsComplete) {
  const Decode decode(
      R"({"type":"jobs_complete","jobs":[{"job_id":"a","lease":1,"result":[1]},{"id":"b",)"
      R"("lease":2}]})");
  const auto& complete = decode.command<CompleteJobs>();
  EXPECT_TRUE(complete.batch);
  ASSERT_EQ(complete.items.size(), 2U);
  EXPECT_EQ(complete.items[0].result, "[1]");
  EXPECT_EQ(complete.items[1].ref.job_id, "b");
  EXPECT_EQ(complete.items[1].ref.lease, LeaseToken(2));
  expect_refused(R"({"type":"jobs_complete","jobs":[{"job_id":"a","lease":1},{"job_id":"b"}]})",
                 kBadRequest, "jobs[1].lease is missing: the number that came with the job");
  expect_refused(R"({"type":"jobs_complete","jobs":[1]})", kBadRequest,
                 "jobs[0] must be an object");
  expect_refused(R"({"type":"jobs_complete","jobs":[]})", kBadRequest,
                 "jobs must hold at least one item");
}

TEST(DecodeWork, WhatIsCarriedIsOneLine) {
  const Decode decode(
      "{\"type\":\"jobs_complete\",\"jobs\":[{\"job_id\":\"\\u0061\",\"lease\":1,"
      "\"result\":[1,\n2]},{\"job_id\":\"b\",\"lease\":2,\"result\":{\r}}]}");
  const auto& complete = decode.command<CompleteJobs>();
  ASSERT_EQ(complete.items.size(), 2U);
  EXPECT_EQ(complete.items[0].ref.job_id, "a");
  EXPECT_EQ(complete.items[0].result, "[1, 2]");
  EXPECT_EQ(complete.items[1].result, "{ }");
  const Decode failed("{\"type\":\"job_failed\",\"job_id\":\"a\",\"lease\":1,\"result\":[\n]}");
  EXPECT_EQ(failed.command<FailJob>().result, "[ ]");
  const Decode worker(
      "{\"type\":\"register_worker\",\"worker_id\":\"w\",\"instance\":\"i\",\"labels\":{\n}}");
  EXPECT_EQ(worker.command<RegisterWorker>().labels, "{ }");
}

// Clients that always send the member have nothing to submit most of the time.
TEST(DecodeWork, FollowUpsMayBeNone) {
  const Decode decode(R"({"type":"job_complete","job_id":"a","lease":1,"submit":[]})");
  EXPECT_TRUE(decode.command<CompleteJobs>().follow_ups.empty());
  EXPECT_FALSE(decode.command<CompleteJobs>().plain);
}

TEST(DecodeWork, JobFailed) {
  const Decode decode(
      R"({"type":"job_failed","job_id":"a","lease":5,"error":{"class":"Oops",)"
      R"("message":"it\nbroke",)"
      R"("trace":"at x","exit_code":-3,"signal":9},"result":{"stderr":"x"},"retryable":false,)"
      R"("timed_out":true,"retry_after_ms":100})");
  const auto& fail = decode.command<FailJob>();
  EXPECT_EQ(fail.ref.lease, LeaseToken(5));
  EXPECT_EQ(fail.error, (AttemptError{"Oops", "it\nbroke", "at x", -3, 9}));
  EXPECT_EQ(fail.result, R"({"stderr":"x"})");
  EXPECT_FALSE(fail.retryable);
  EXPECT_TRUE(fail.timed_out);
  EXPECT_EQ(fail.retry_after, Duration::milliseconds(100));
  const Decode bare(R"({"type":"job_failed","job_id":"a","worker_id":"w"})");
  EXPECT_EQ(bare.command<FailJob>().error, AttemptError());
  EXPECT_TRUE(bare.command<FailJob>().retryable);
  expect_refused(R"({"type":"job_failed","job_id":"a","lease":1,"error":"bad"})", kBadRequest,
                 R"(error must be an object, {"class":…,"message":…}, not a string)");
}

// A report of a failure is always taken: its texts are cut between characters.
TEST(DecodeWork, LongErrorTextsAreCut) {
  std::string text(limits::kErrorMessageBytes - 1, 'x');
  const Decode decode(R"({"type":"job_failed","job_id":"a","lease":1,"error":{"message":")" + text +
                      "\xC3\xA4"
                      "tail\"}}");
  EXPECT_EQ(decode.command<FailJob>().error.message, text);
  const Decode lone(
      R"({"type":"job_failed","job_id":"a","lease":1,"error":{"message":"\ud800!"}})");
  EXPECT_EQ(lone.command<FailJob>().error.message, "\xEF\xBF\xBD!");
}

TEST(DecodeWork, ReleaseAndExtend) {
  const Decode release(R"({"type":"job_release","job_id":"a","lease":5,"delay_ms":7})");
  EXPECT_EQ(release.command<ReleaseJob>().delay, Duration::milliseconds(7));
  const Decode extend(R"({"type":"job_extend","job_id":"a","lease":5,"lease_ms":2000})");
  EXPECT_EQ(extend.command<ExtendJob>().lease, Duration::seconds(2));
  EXPECT_EQ(extend.command<ExtendJob>().ref.lease, LeaseToken(5));
  expect_refused(R"({"type":"job_extend","job_id":"a","lease":5})", kBadRequest,
                 "lease_ms is missing: how long the lease shall run from now");
}

TEST(DecodeWork, RegisterWorker) {
  const Decode decode(
      R"({"type":"register_worker","worker_id":"w","instance":"i","queues":["q"],)"
      R"("job_types":["exec"],)"
      R"("concurrency":4,"ttl_ms":5000,"labels":{"gpu":"a100"},"host":"h","pid":77,"version":"1",)"
      R"("notify":true,"held":[{"job_id":"a","lease":3}]})");
  const auto& worker = decode.command<RegisterWorker>();
  EXPECT_EQ(worker.worker_id, "w");
  EXPECT_EQ(worker.instance, "i");
  EXPECT_EQ(list(worker.queues), (Names{"q"}));
  EXPECT_EQ(list(worker.job_types), (Names{"exec"}));
  EXPECT_EQ(worker.concurrency, 4U);
  EXPECT_EQ(worker.ttl, Duration::seconds(5));
  EXPECT_EQ(worker.labels, R"({"gpu":"a100"})");
  EXPECT_EQ(worker.host, "h");
  EXPECT_EQ(worker.pid, 77U);
  EXPECT_EQ(worker.version, "1");
  EXPECT_TRUE(worker.notify);
  ASSERT_TRUE(worker.held.has_value());
  ASSERT_EQ(worker.held->size(), 1U);
  EXPECT_EQ(worker.held->front().lease, LeaseToken(3));
  const Decode bare(R"({"type":"register_worker","worker_id":"w","instance":"i"})");
  EXPECT_EQ(bare.command<RegisterWorker>().held, std::nullopt);
  EXPECT_EQ(bare.command<RegisterWorker>().ttl, limits::kSessionTtl);
  const Decode none(R"({"type":"register_worker","worker_id":"w","instance":"i","held":[]})");
  ASSERT_TRUE(none.command<RegisterWorker>().held.has_value());
  EXPECT_TRUE(none.command<RegisterWorker>().held->empty());
  expect_refused(R"({"type":"register_worker","worker_id":"w"})", kBadRequest,
                 "instance is missing: a text that this process chose at random");
  expect_refused(R"({"type":"register_worker","worker_id":"w","instance":"i","labels":[]})",
                 kBadRequest, "labels must be an object, not an array");
}

TEST(DecodeWork, Heartbeat) {
  const Decode decode(
      R"({"type":"heartbeat","worker_id":"w","instance":"i","started":[{"job_id":"a","lease":1}],)"
      R"("progress":[{"job_id":"b","lease":2,"percent":50,"note":"half"},{"job_id":"c",)"
      R"("lease":3}]})");
  const auto& heartbeat = decode.command<Heartbeat>();
  ASSERT_EQ(heartbeat.started.size(), 1U);
  EXPECT_EQ(heartbeat.started[0].job_id, "a");
  ASSERT_EQ(heartbeat.progress.size(), 2U);
  EXPECT_EQ(heartbeat.progress[0].percent, 50U);
  EXPECT_EQ(heartbeat.progress[0].note, "half");
  EXPECT_EQ(heartbeat.progress[1].percent, std::nullopt);
  const auto refused = [](std::string_view fields, std::string_view message) {
    expect_refused(
        R"({"type":"heartbeat","worker_id":"w","instance":"i",)" + std::string(fields) + "}",
        kBadRequest, message);
  };
  refused(R"("started":[{"job_id":"a"}])",
          "started[0].lease is missing: the number that came with the job");
  refused(R"("started":[1])", "started must hold objects only");
  refused(R"("started":{})", "started must be an array of objects, not an object");
  refused(R"("progress":[{"job_id":"a","lease":1,"percent":101}])",
          "progress[0].percent must be an integer from 0 to 100, not 101");
  expect_refused(R"({"type":"heartbeat","instance":"i"})", kBadRequest,
                 "worker_id is missing: the worker's name");
}

}  // namespace
}  // namespace muster::protocol
