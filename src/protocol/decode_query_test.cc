// What people ask: status, lists, actions, queues.
#include <gtest/gtest.h>

#include "protocol/decode_check.h"

namespace muster::protocol {
namespace {

constexpr auto kBadRequest = ErrorCode::kBadRequest;

TEST(DecodeQuery, OneJob) {
  EXPECT_EQ(Decode(R"({"type":"job_status","job_id":"a"})").command<GetJob>().job_id, "a");
  const Decode wait(R"({"type":"wait_job","job_id":"a","timeout_ms":500})");
  EXPECT_EQ(wait.command<WaitJob>().timeout, Duration::milliseconds(500));
  EXPECT_EQ(Decode(R"({"type":"wait_job","id":"a"})").command<WaitJob>().timeout, limits::kWaitMax);
  expect_refused(R"({"type":"wait_job","id":"a","timeout_ms":60001})", kBadRequest,
                 "timeout_ms must be an integer from 0 to 60000, not 60001");
  expect_refused(R"({"type":"job_status"})", kBadRequest, "job_id is missing: which job?");
}

TEST(DecodeQuery, ListJobs) {
  const Decode decode(R"({"type":"list_jobs","queue":"q","state":"dead","after":41,"limit":5})");
  const auto& listed = decode.command<ListJobs>();
  EXPECT_EQ(listed.queue, "q");
  EXPECT_EQ(listed.state, JobState::kDead);
  EXPECT_EQ(listed.after, JobSeq(41));
  EXPECT_EQ(listed.limit, 5U);
  const Decode bare(R"({"type":"list_jobs"})");
  EXPECT_EQ(bare.command<ListJobs>().queue, std::nullopt);
  EXPECT_EQ(bare.command<ListJobs>().state, std::nullopt);
  expect_refused(R"({"type":"list_jobs","state":"pending"})", kBadRequest,
                 "state must be scheduled, ready, running, completed, dead or cancelled");
  expect_refused(R"({"type":"list_jobs","limit":0})", kBadRequest,
                 "limit must be an integer from 1 to 1000, not 0");
}

TEST(DecodeQuery, ActionsOnOneOrMany) {
  const Decode one(R"({"type":"cancel_job","job_id":"a"})");
  EXPECT_EQ(one.command<ActOnJobs>().action, JobAction::kCancel);
  EXPECT_FALSE(one.command<ActOnJobs>().batch);
  ASSERT_EQ(one.command<ActOnJobs>().job_ids.size(), 1U);
  EXPECT_EQ(one.command<ActOnJobs>().job_ids[0], "a");
  const Decode many(R"({"type":"retry_job","ids":["a","\u0062"]})");
  EXPECT_EQ(many.command<ActOnJobs>().action, JobAction::kRetry);
  EXPECT_TRUE(many.command<ActOnJobs>().batch);
  ASSERT_EQ(many.command<ActOnJobs>().job_ids.size(), 2U);
  EXPECT_EQ(many.command<ActOnJobs>().job_ids[1], "b");
  EXPECT_EQ(Decode(R"({"type":"delete_job","id":"a"})").command<ActOnJobs>().action,
            JobAction::kDelete);
  expect_refused(R"({"type":"cancel_job","ids":["a"],"job_id":"a"})", kBadRequest,
                 "ids excludes job_id: give one of them");
  expect_refused(R"({"type":"cancel_job","ids":[]})", kBadRequest,
                 "ids must name at least one job");
  expect_refused(R"({"type":"cancel_job","ids":[7]})", kBadRequest,
                 "ids must be 1 to 200 bytes of UTF-8 without control characters");
  expect_refused(R"({"type":"cancel_job"})", kBadRequest, "job_id is missing: which job?");
  std::string ids = R"({"type":"cancel_job","ids":["a")";
  for (int i = 0; i < 1000; ++i) ids += ",\"a\"";
  expect_refused(ids + "]}", ErrorCode::kTooLarge, "ids may have at most 1000 ids");
}

TEST(DecodeQuery, Queues) {
  EXPECT_TRUE(Decode(R"({"type":"queue_pause","queue":"q"})").command<PauseQueue>().paused);
  EXPECT_FALSE(Decode(R"({"type":"queue_resume","queue":"q"})").command<PauseQueue>().paused);
  expect_refused(R"({"type":"queue_pause"})", kBadRequest, "queue is missing: which queue?");
}

TEST(DecodeQuery, WithoutFields) {
  Decode(R"({"type":"stats"})").command<GetStats>();
  Decode(R"({"type":"list_queues"})").command<ListQueues>();
  Decode(R"({"type":"list_workers"})").command<ListWorkers>();
}

TEST(DecodeQuery, Hello) {
  const Decode decode(R"({"type":"hello","proto":2,"client":"muster-cli/1","token":"secret"})");
  ASSERT_TRUE(std::holds_alternative<Hello>(decode->what));
  EXPECT_EQ(std::get<Hello>(decode->what).proto, 2U);
  // A token is never shown, not even a bad one.
  const Decode bad(R"({"type":"hello","token":["secret"]})");
  EXPECT_EQ(bad.error().code, kBadRequest);
  EXPECT_EQ(bad.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace muster::protocol
