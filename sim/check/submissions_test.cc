#include "sim/check/submissions.h"

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

TEST(Submissions, AcceptedWhenOnDisk) {
  Stream stream;
  stream.submit("a");
  stream.checkers.accepted("a", Stream::content(stream.spec("a")), true, stream.at);
  stream.expect_none();
}

TEST(Submissions, AcknowledgedBeforeItIsDurable) {
  Stream stream;
  const JobSpec job = stream.spec("a");
  stream.checkers.submits(job, 0, false, stream.at);
  stream.apply(stream.submission(job));
  stream.checkers.accepted("a", Stream::content(job), false, stream.at);
  stream.expect("acknowledged");
}

TEST(Submissions, NobodyAsked) {
  Stream stream;
  stream.emit(stream.submission(stream.spec("a")));
  stream.expect("asked");
}

TEST(Submissions, OtherBodyThanAsked) {
  Stream stream;
  JobSpec job = stream.spec("a");
  stream.checkers.submits(job, 0, false, stream.at);
  job.body = R"("payload":2)";
  stream.emit(stream.submission(job));
  stream.expect("content");
}

TEST(Submissions, OtherOptionsThanAsked) {
  Stream stream;
  JobSpec job = stream.spec("a");
  stream.checkers.submits(job, 0, false, stream.at);
  job.options.retry.max_attempts = 4;
  stream.emit(stream.submission(job));
  stream.expect("content");
}

TEST(Submissions, OneOfTwoContentsOfAnId) {
  Stream stream;
  JobSpec job = stream.spec("a");
  stream.checkers.submits(job, 0, false, stream.at);
  job.priority = 3;
  stream.checkers.submits(job, 0, false, stream.at);
  stream.emit(stream.submission(job));
  stream.checkers.refused("a", ErrorCode::kConflict, stream.at);
  stream.expect_none();
}

TEST(Submissions, AcknowledgedToOneWhoSentOtherContent) {
  Stream stream;
  stream.submit("a");
  stream.checkers.accepted("a", 12345, true, stream.at);
  stream.expect("content");
}

TEST(Submissions, TwiceForOneId) {
  Stream stream;
  const JobSpec job = stream.spec("a");
  stream.submit(job);
  stream.checkers.submits(job, 0, false, stream.at);
  stream.emit(stream.submission(job));
  stream.expect("one-job");
}

TEST(Submissions, AcknowledgedAsNewTwice) {
  Stream stream;
  const JobSpec job = stream.spec("a");
  stream.submit(job);
  stream.checkers.accepted("a", Stream::content(job), false, stream.at);
  stream.expect("duplicate");
}

TEST(Submissions, RefusedAndThere) {
  Stream stream;
  const JobSpec job = stream.spec("a");
  stream.checkers.submits(job, 0, false, stream.at);
  stream.emit(stream.submission(job));
  stream.checkers.refused("a", ErrorCode::kQueueFull, stream.at);
  stream.expect("refused");
}

TEST(Submissions, RefusedAndCreatedLater) {
  Stream stream;
  const JobSpec job = stream.spec("a");
  stream.checkers.submits(job, 0, false, stream.at);
  stream.checkers.refused("a", ErrorCode::kDiskLow, stream.at);
  stream.emit(stream.submission(job));
  stream.expect("refused");
}

TEST(Submissions, RefusedOnceAndSentAgain) {
  Stream stream;
  const JobSpec job = stream.spec("a");
  stream.checkers.submits(job, 0, false, stream.at);
  stream.checkers.refused("a", ErrorCode::kQueueFull, stream.at);
  stream.submit(job);
  stream.expect_none();
}

TEST(Submissions, ServerNames) {
  Stream stream;
  JobSpec job = stream.spec("");
  for (std::string_view id : {"j-1", "j-2"}) {
    stream.checkers.submits(job, 0, false, stream.at);
    JobSubmitted event = stream.submission(job);
    event.spec.id = id;
    event.named = false;
    stream.emit(event);
    stream.checkers.accepted(id, Stream::content(job), false, stream.at);
  }
  stream.expect_none();
  JobSubmitted third = stream.submission(job);  // asked for twice only
  third.spec.id = "j-3";
  third.named = false;
  stream.emit(third);
  stream.expect("asked");
}

TEST(Submissions, NameThatNobodyGave) {
  Stream stream;
  JobSpec job = stream.spec("");
  stream.checkers.submits(job, 0, false, stream.at);
  JobSubmitted event = stream.submission(job);
  event.spec.id = "mine";
  event.named = false;
  stream.emit(event);
  stream.expect("asked");
}

TEST(Submissions, AtomicGroupWhole) {
  Stream stream;
  for (std::string_view id : {"a", "b"}) {
    stream.checkers.submits(stream.spec(id), 7, true, stream.at);
  }
  stream.apply(stream.submission(stream.spec("a")));
  stream.apply(stream.submission(stream.spec("b")));
  stream.commit();
  stream.expect_none();
}

TEST(Submissions, AtomicGroupHalfThere) {
  Stream stream;
  for (std::string_view id : {"a", "b"}) {
    stream.checkers.submits(stream.spec(id), 7, true, stream.at);
  }
  stream.emit(stream.submission(stream.spec("a")));
  stream.expect("atomic");
}

TEST(Submissions, HalfOfABatchThatIsNotAtomic) {
  Stream stream;
  for (std::string_view id : {"a", "b"}) {
    stream.checkers.submits(stream.spec(id), 7, false, stream.at);
  }
  stream.emit(stream.submission(stream.spec("a")));
  stream.expect_none();
}

TEST(Submissions, AtomicGroupHalfThereAlone) {
  Stream stream;  // one of them was also sent alone, which explains it
  for (std::string_view id : {"a", "b"}) {
    stream.checkers.submits(stream.spec(id), 7, true, stream.at);
  }
  stream.submit("a");
  stream.expect_none();
}

struct FollowUps : testing::Test {
  Stream stream;
  JobSeq job = stream.submit("a");
  LeaseToken token = stream.lease(job, "w");

  void announce() {
    for (std::string_view id : {"b", "c"}) {
      stream.checkers.submits(stream.spec(id), 9, false, stream.at);
    }
    stream.checkers.reports(Report::kComplete, "a", token, 9, stream.at);
  }
};

TEST_F(FollowUps, WithTheirCompletion) {
  announce();
  stream.apply(JobCompleted{job, token, {}, stream.at.now.wall});
  stream.apply(stream.submission(stream.spec("b")));
  stream.apply(stream.submission(stream.spec("c")));
  stream.commit();
  stream.expect_none();
}

TEST_F(FollowUps, OneIsMissing) {
  announce();
  stream.apply(JobCompleted{job, token, {}, stream.at.now.wall});
  stream.apply(stream.submission(stream.spec("b")));
  stream.commit();
  stream.expect("follow-ups");
}

TEST_F(FollowUps, WithoutTheCompletion) {
  announce();
  stream.emit(stream.submission(stream.spec("b")));
  stream.expect("follow-ups");
}

TEST_F(FollowUps, OfAStaleReport) {
  stream.says(Report::kRelease, "a", token);
  stream.emit(stream.end(job, token, Outcome::kReleased));
  stream.lease(job, "w2");
  announce();
  stream.emit(stream.submission(stream.spec("b")));
  stream.expect("follow-ups");
}

TEST_F(FollowUps, SentTwiceWithAndWithout) {
  announce();
  stream.says(Report::kComplete, "a", token);
  stream.completes(job, token);
  stream.expect_none();
}

struct IdMemory : testing::Test {
  Stream stream;
  JobSpec spec = stream.spec("a");
  JobSeq job = stream.submit(spec);

  void remove() {
    stream.complete(job, "a", stream.lease(job, "w"));
    stream.checkers.asks("delete_job", "a", stream.at);
    stream.emit(JobsRemoved{std::span(&job, 1), stream.at.now.wall});
  }
};

TEST_F(IdMemory, RemovedIsStillAcknowledged) {
  remove();
  stream.checkers.accepted("a", Stream::content(spec), true, stream.at);
  stream.expect_none();
}

TEST_F(IdMemory, UsedAgainTooSoon) {
  remove();
  stream.pass(Duration::hours(23));
  stream.checkers.submits(spec, 0, false, stream.at);
  stream.emit(stream.submission(spec));
  stream.expect("id-memory");
}

TEST_F(IdMemory, ForgottenAfterADay) {
  remove();
  stream.pass(Duration::hours(24));
  stream.submit(spec);
  stream.expect_none();
}

}  // namespace
}  // namespace muster::sim
