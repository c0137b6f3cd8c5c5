#include "sim/check/promises.h"

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

struct Assigned : testing::Test {
  Stream stream;
  JobSeq job = stream.submit("a");
  LeaseToken token = stream.lease(job, "w");
};

TEST_F(Assigned, AsOnDisk) {
  stream.read("a", "w", token);
  stream.expect_none();
}

TEST_F(Assigned, BeforeItIsDurable) {
  const JobSeq second = stream.submit("b");
  const JobLeased lease = stream.leased(second, "w");
  stream.apply(lease);
  stream.read("b", "w", lease.token);
  stream.expect("assigned");
}

TEST_F(Assigned, ToAnotherWorker) {
  stream.read("a", "w2", token);
  stream.expect("assigned");
}

TEST_F(Assigned, OfAnotherJob) {
  stream.submit("b");
  stream.read("b", "w", token);
  stream.expect("assigned");
}

TEST_F(Assigned, OfAnotherAttempt) {
  stream.read("a", "w", token, 2);
  stream.expect("assigned");
}

TEST_F(Assigned, Twice) {
  stream.read("a", "w", token);
  stream.read("a", "w", token);
  stream.expect("assigned");
}

TEST_F(Assigned, WithOtherContent) {
  stream.checkers.assigned({"w", "i1", "a", token, 1, 4711}, stream.at);
  stream.expect("content");
}

TEST_F(Assigned, ToTwoAfterALoss) {
  stream.read("a", "w", token);
  stream.pass(Stream::kTtl);
  stream.emit(stream.end(job, token, Outcome::kLost));
  stream.read("a", "w2", stream.lease(job, "w2"), 2);
  stream.expect_none();
  EXPECT_EQ(stream.checkers.figures().double_executions, 1U);
}

TEST(Plain, Assigned) {
  Stream stream;
  const JobSeq job = stream.submit_timed("a");
  const uint64_t content = content_of("default", "sleep", stream.spec("a").body);
  stream.lease_timed(job, "solo", true);
  stream.checkers.assigned({"solo", {}, "a", {}, 0, content}, stream.at);
  stream.expect_none();
}

TEST(Plain, AssignedBeforeItIsDurable) {
  Stream stream;
  stream.submit_timed("a");
  const uint64_t content = content_of("default", "sleep", stream.spec("a").body);
  stream.checkers.assigned({"solo", {}, "a", {}, 0, content}, stream.at);
  stream.expect("assigned");
}

TEST(Plain, AJobWithoutADuration) {
  Stream stream;
  stream.lease_timed(stream.submit("a"), "solo", true);
  stream.expect("lane");
}

struct ByHand : testing::Test {
  Stream stream;
  JobSeq job = stream.submit("a");

  void answer(std::string_view verb, std::string_view state = {}) {
    stream.checkers.answered(verb, "a", {true, false, ErrorCode::kInternal, state}, stream.at);
  }
};

TEST_F(ByHand, Cancelled) {
  stream.checkers.asks("cancel_job", "a", stream.at);
  stream.emit(JobCancelled{job, stream.at.now.wall});
  answer("cancel_job", "cancelled");
  stream.expect_none();
}

TEST_F(ByHand, CancelledWithoutARecord) {
  stream.checkers.asks("cancel_job", "a", stream.at);
  answer("cancel_job", "cancelled");
  stream.expect("acknowledged");
}

TEST_F(ByHand, MarkedWithoutARecord) {
  stream.lease(job, "w");
  stream.checkers.asks("cancel_job", "a", stream.at);
  answer("cancel_job", "running");
  stream.expect("acknowledged");
}

TEST_F(ByHand, DeletedWithoutARecord) {
  stream.checkers.asks("delete_job", "a", stream.at);
  answer("delete_job");
  stream.expect("acknowledged");
}

TEST_F(ByHand, RetriedWithoutARecord) {
  stream.checkers.asks("retry_job", "a", stream.at);
  answer("retry_job", "ready");
  stream.expect("acknowledged");
}

TEST_F(ByHand, PausedWithoutARecord) {
  stream.checkers.asks("queue_pause", "mail", stream.at);
  stream.checkers.answered("queue_pause", "mail", Stream::kOk, stream.at);
  stream.expect("acknowledged");
}

TEST_F(ByHand, SeenAsItWas) {
  stream.lease(job, "w");
  stream.checkers.asks("job_status", "a", stream.at);
  stream.checkers.saw("a", "ready", stream.at);  // decided before the lease
  stream.expect_none();
}

TEST_F(ByHand, SeenAsItNeverWas) {
  stream.checkers.asks("job_status", "a", stream.at);
  stream.checkers.saw("a", "completed", stream.at);
  stream.expect("seen");
}

TEST_F(ByHand, NotFoundThoughThere) {
  stream.checkers.asks("job_status", "a", stream.at);
  stream.checkers.saw("a", {}, stream.at);
  stream.expect("acknowledged");
}

TEST_F(ByHand, NotFoundBecauseAskedBefore) {
  stream.checkers.submits(stream.spec("b"), 0, false, stream.at);
  stream.checkers.asks("job_status", "b", stream.at);
  stream.emit(stream.submission(stream.spec("b")));
  stream.checkers.saw("b", {}, stream.at);
  stream.expect_none();
}

TEST(Conflicts, WithNothing) {
  Stream stream;
  stream.submit("a");
  stream.checkers.submits(stream.spec("a"), 0, false, stream.at);
  stream.checkers.refused("a", ErrorCode::kConflict, stream.at);
  stream.expect("conflict");
}

}  // namespace
}  // namespace muster::sim
