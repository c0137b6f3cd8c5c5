#include "sim/check/lifecycle.h"

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

TEST(Transitions, OfAJobThatDoesNotExist) {
  Stream stream;
  stream.beat("w");
  stream.emit(stream.leased(JobSeq(77), "w"));
  stream.expect("transition");
}

TEST(Transitions, LeasedTwice) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.lease(job, "w");
  stream.lease(job, "w2");
  stream.expect("transition");
}

TEST(Transitions, ReadyWhileReady) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.emit(stream.ready(job));
  stream.expect("transition");
}

TEST(Transitions, CancelledWhileRunning) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.lease(job, "w");
  stream.checkers.asks("cancel_job", "a", stream.at);
  stream.emit(JobCancelled{job, stream.at.now.wall});
  stream.expect("transition");
}

TEST(Transitions, CompletedIsRequeued) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.complete(job, "a", stream.lease(job, "w"));
  stream.checkers.asks("retry_job", "a", stream.at);
  stream.emit(JobRequeued{job, stream.next_order(), stream.at.now.wall});
  stream.expect("transition");
}

TEST(Transitions, CompletedTwice) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  const LeaseToken token = stream.lease(job, "w");
  stream.complete(job, "a", token);
  stream.completes(job, token);
  stream.expect("one-completion");
}

TEST(Transitions, CompletedByAnOlderToken) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  const LeaseToken old = stream.lease(job, "w");
  stream.says(Report::kRelease, "a", old);
  stream.emit(stream.end(job, old, Outcome::kReleased));
  stream.says(Report::kComplete, "a", stream.lease(job, "w"));
  stream.completes(job, old);
  stream.expect("stale-token");
}

TEST(Transitions, CompletedThoughReleased) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  const LeaseToken token = stream.lease(job, "w");
  stream.says(Report::kRelease, "a", token);
  stream.says(Report::kComplete, "a", token);
  stream.emit(stream.end(job, token, Outcome::kReleased));
  stream.completes(job, token);
  stream.expect("stale-token");
}

TEST(Transitions, CompletedUnasked) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.completes(job, stream.lease(job, "w"));
  stream.expect("asked");
}

TEST(Transitions, CancelledUnasked) {
  Stream stream;
  stream.emit(JobCancelled{stream.submit("a"), stream.at.now.wall});
  stream.expect("asked");
}

TEST(Transitions, MarkedForCancellingUnasked) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.lease(job, "w");
  stream.emit(CancelRequested{job});
  stream.expect("asked");
}

TEST(Transitions, RequeuedUnasked) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.checkers.asks("cancel_job", "a", stream.at);
  stream.emit(JobCancelled{job, stream.at.now.wall});
  stream.emit(JobRequeued{job, stream.next_order(), stream.at.now.wall});
  stream.expect("asked");
}

TEST(Transitions, ExtendedUnasked) {
  Stream stream;
  const JobSeq job = stream.submit_timed("a");
  stream.lease_timed(job, "solo");
  stream.emit(LeaseExtended{job, seconds(60)});
  stream.expect("asked");
}

TEST(Order, FirstComeFirstServed) {
  Stream stream;
  const JobSeq first = stream.submit("a");
  const JobSeq second = stream.submit("b");
  stream.lease(first, "w");
  stream.lease(second, "w");
  stream.expect_none();
}

TEST(Order, OvertakenInsideAPriority) {
  Stream stream;
  stream.submit("a");
  stream.lease(stream.submit("b"), "w");
  stream.expect("order");
}

TEST(Order, OvertakenByALessUrgentOne) {
  Stream stream;
  const JobSeq first = stream.submit("a");
  JobSpec urgent = stream.spec("b");
  urgent.priority = 3;
  stream.submit(urgent);
  stream.lease(first, "w");
  stream.expect("order");
}

TEST(Order, OtherLanesDoNotMatter) {
  Stream stream;
  stream.submit("a");
  JobSpec other = stream.spec("b");
  other.queue = "mail";
  stream.lease(stream.submit(other), "w");
  stream.expect_none();
}

TEST(Order, ReturnsToItsPlace) {
  Stream stream;
  const JobSeq first = stream.submit("a");
  const JobSeq second = stream.submit("b");
  const LeaseToken token = stream.lease(first, "w");
  stream.says(Report::kRelease, "a", token);
  stream.emit(stream.end(first, token, Outcome::kReleased));
  stream.lease(second, "w");
  stream.expect("order");
}

TEST(Order, ANewPlaceIsBehindAllOthers) {
  Stream stream;
  stream.submit("a");
  JobSubmitted event = stream.submission(stream.spec("b"));
  event.order = OrderSeq(1);
  stream.checkers.submits(stream.spec("b"), 0, false, stream.at);
  stream.emit(event);
  stream.expect("order");
}

TEST(Order, RetryGetsANewPlace) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  const LeaseToken token = stream.lease(job, "w");
  stream.says(Report::kFail, "a", token);
  stream.emit(stream.failure(job, token, seconds(1)));
  stream.submit("b");
  stream.pass(seconds(1));
  stream.emit(JobReady{job, OrderSeq(1)});  // its old one
  stream.expect("order");
}

TEST(Order, TimedOutKeepsItsPlace) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  const LeaseToken token = stream.lease(job, "w");
  stream.says(Report::kFail, "a", token, {{}, {}, true, true});
  AttemptEnded end = stream.failure(job, token, seconds(1));
  end.outcome = Outcome::kTimedOut;
  end.keep_order = true;
  stream.emit(end);
  stream.pass(seconds(1));
  stream.emit(stream.ready(job));
  stream.expect("order");
}

TEST(Order, PausedQueueGivesNothing) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.checkers.asks("queue_pause", "default", stream.at);
  stream.emit(QueuePaused{"default", true});
  stream.lease(job, "w");
  stream.expect("paused");
}

TEST(Order, ResumedQueueGives) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  for (const bool paused : {true, false}) {
    stream.checkers.asks(paused ? "queue_pause" : "queue_resume", "default", stream.at);
    stream.emit(QueuePaused{"default", paused});
  }
  stream.lease(job, "w");
  stream.expect_none();
}

TEST(Order, PausedUnasked) {
  Stream stream;
  stream.checkers.asks("queue_pause", "mail", stream.at);
  stream.emit(QueuePaused{"default", true});
  stream.expect("asked");
}

struct Early : testing::Test {
  Stream stream;
  JobSpec spec = stream.spec("a");
};

TEST_F(Early, DelayInTime) {
  spec.delay = seconds(5);
  const JobSeq job = stream.submit(spec);
  stream.pass(seconds(5));
  stream.emit(stream.ready(job));
  stream.expect_none();
}

TEST_F(Early, DelayAMillisecondShort) {
  spec.delay = seconds(5);
  const JobSeq job = stream.submit(spec);
  stream.pass(ms(4999));
  stream.emit(stream.ready(job));
  stream.expect("early");
}

TEST_F(Early, DelayByAJumpOfTheWallClock) {
  spec.delay = seconds(5);
  const JobSeq job = stream.submit(spec);
  stream.jump(Duration::days(3650));
  stream.emit(stream.ready(job));
  stream.expect("early");
}

TEST_F(Early, APauseCountsFor250MsAtMost) {
  spec.delay = seconds(5);
  const JobSeq job = stream.submit(spec);
  stream.pass(ms(4749));
  stream.pause(seconds(60));
  stream.emit(stream.ready(job));
  stream.expect("early");
}

TEST_F(Early, APauseMayCountFor250Ms) {
  spec.delay = seconds(5);
  const JobSeq job = stream.submit(spec);
  stream.pass(ms(4750));
  stream.pause(seconds(60));
  stream.emit(stream.ready(job));
  stream.expect_none();
}

TEST_F(Early, OverARestartByTheWallClock) {
  spec.delay = seconds(5);
  const JobSeq job = stream.submit(spec);
  stream.pass(seconds(1));
  stream.crash();
  stream.pause(seconds(3));
  stream.start();
  stream.pass(ms(1000));
  stream.emit(stream.ready(job));
  stream.expect_none();
}

TEST_F(Early, OverARestartTooSoon) {
  spec.delay = seconds(5);
  const JobSeq job = stream.submit(spec);
  stream.pass(seconds(1));
  stream.crash();
  stream.pause(seconds(3));
  stream.start();
  stream.pass(ms(999));
  stream.emit(stream.ready(job));
  stream.expect("early");
}

TEST_F(Early, RunAtFollowsTheWallClock) {
  spec.run_at = stream.at.now.wall + Duration::days(1);
  const JobSeq job = stream.submit(spec);
  stream.jump(Duration::days(1));
  stream.emit(stream.ready(job));
  stream.expect_none();
}

TEST_F(Early, RunAtBackwards) {
  spec.run_at = stream.at.now.wall + seconds(10);
  const JobSeq job = stream.submit(spec);
  stream.pass(seconds(10));
  stream.jump(ms(-1));
  stream.emit(stream.ready(job));
  stream.expect("early");
}

TEST_F(Early, ReadyAtOnceDespiteADelay) {
  spec.delay = seconds(5);
  JobSubmitted event = stream.submission(spec);
  event.order = stream.next_order();
  stream.checkers.submits(spec, 0, false, stream.at);
  stream.emit(event);
  stream.expect("early");
}

TEST_F(Early, DueAtAnotherTimeThanAsked) {
  spec.delay = seconds(5);
  JobSubmitted event = stream.submission(spec);
  event.due_at = event.due_at + ms(1);
  stream.checkers.submits(spec, 0, false, stream.at);
  stream.emit(event);
  stream.expect("pause");
}

TEST_F(Early, DeadlineNotPassed) {
  spec.options.deadline = stream.at.now.wall + seconds(10);
  const JobSeq job = stream.submit(spec);
  stream.pass(ms(9999));
  stream.emit(JobDied{job, DeathReason::kDeadline, stream.at.now.wall});
  stream.expect("early");
}

TEST_F(Early, DeadlinePassed) {
  spec.options.deadline = stream.at.now.wall + seconds(10);
  const JobSeq job = stream.submit(spec);
  stream.pass(seconds(10));
  stream.emit(JobDied{job, DeathReason::kDeadline, stream.at.now.wall});
  stream.expect_none();
}

TEST_F(Early, RequeuedPastItsDeadline) {
  spec.options.deadline = stream.at.now.wall + seconds(10);
  const JobSeq job = stream.submit(spec);
  stream.pass(seconds(10));
  stream.emit(JobDied{job, DeathReason::kDeadline, stream.at.now.wall});
  stream.checkers.asks("retry_job", "a", stream.at);
  stream.emit(JobRequeued{job, stream.next_order(), stream.at.now.wall});
  stream.expect("transition");
}

TEST(Time, EventsCarryTheServersWallClock) {
  Stream stream;
  stream.checkers.submits(stream.spec("a"), 0, false, stream.at);
  JobSubmitted event = stream.submission(stream.spec("a"));
  event.at = event.at + ms(1);
  stream.emit(event);
  stream.expect("event-time");
}

TEST(Leases, LengthOfASessionsLease) {
  Stream stream;
  stream.beat("w");
  JobLeased event = stream.leased(stream.submit("a"), "w");
  event.lease = seconds(11);
  stream.emit(event);
  stream.expect("lease-length");
}

TEST(Leases, LengthOfAPlainLease) {
  Stream stream;
  JobSpec spec = stream.spec("a");
  spec.duration = seconds(20);
  const JobSeq job = stream.submit(spec);
  stream.lease_timed(job, "solo", true);  // 30 s, and must be 40
  stream.expect("lease-length");
}

TEST(Leases, ToAnInstanceThatHasNotRegistered) {
  Stream stream;
  stream.emit(stream.leased(stream.submit("a"), "w"));
  stream.expect("session");
}

TEST(Leases, ToAnInstanceThatRegisteredBeforeTheRestart) {
  Stream stream;
  const JobSeq job = stream.submit("a");
  stream.beat("w");
  stream.crash();
  stream.start();
  stream.emit(stream.leased(job, "w"));
  stream.expect("session");
}

}  // namespace
}  // namespace muster::sim
