#include "sim/check/attempt_rules.h"

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

struct Attempts : testing::Test {
  Stream stream;
  JobSpec spec = stream.spec("a");
  JobSeq job;
  LeaseToken token;

  void begin() {
    if (!job) job = stream.submit(spec);
    token = stream.lease(job, "w");
  }
  // A failure as reported, then due again.
  void fail(Duration pause) {
    stream.says(Report::kFail, "a", token, {});
    stream.emit(stream.failure(job, token, pause));
    stream.pass(pause);
    stream.emit(stream.ready(job));
  }
  AttemptEnded dead(Outcome outcome, DeathReason death) const {
    AttemptEnded event = stream.end(job, token, outcome);
    event.after = After::kDead;
    event.death = death;
    return event;
  }
};

TEST_F(Attempts, RetriedUntilDead) {
  spec.options.retry = {3, seconds(1), 2000, Duration::hours(1), 100};
  begin();
  fail(ms(900));
  begin();
  fail(ms(2200));
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(dead(Outcome::kFailed, DeathReason::kAttempts));
  stream.expect_none();
}

TEST_F(Attempts, DeadTooSoon) {
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(dead(Outcome::kFailed, DeathReason::kAttempts));
  stream.expect("budget");
}

TEST_F(Attempts, RetriedBeyondItsBudget) {
  spec.options.retry.max_attempts = 1;
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(stream.failure(job, token, seconds(1)));
  stream.expect("budget");
}

TEST_F(Attempts, RetriedThoughNotRetryable) {
  begin();
  stream.says(Report::kFail, "a", token, {{}, {}, false, false});
  stream.emit(stream.failure(job, token, seconds(1)));
  stream.expect("budget");
}

TEST_F(Attempts, DeadAsNotRetryable) {
  begin();
  stream.says(Report::kFail, "a", token, {{}, {}, false, false});
  stream.emit(dead(Outcome::kFailed, DeathReason::kNotRetryable));
  stream.expect_none();
}

TEST_F(Attempts, DeadOfNothing) {
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(dead(Outcome::kFailed, DeathReason::kNone));
  stream.expect("budget");
}

TEST_F(Attempts, RequeuedWithNewBudgets) {
  spec.options.retry.max_attempts = 2;
  begin();
  fail(seconds(1));
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(dead(Outcome::kFailed, DeathReason::kAttempts));
  stream.checkers.asks("retry_job", "a", stream.at);
  stream.emit(JobRequeued{job, stream.next_order(), stream.at.now.wall});
  begin();
  fail(seconds(1));
  stream.expect_none();
}

TEST_F(Attempts, PauseTooShort) {
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(stream.failure(job, token, ms(890)));
  stream.expect("pause");
}

TEST_F(Attempts, PauseTooLong) {
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(stream.failure(job, token, ms(1110)));
  stream.expect("pause");
}

TEST_F(Attempts, PauseAsTheWorkerAsked) {
  begin();
  stream.says(Report::kFail, "a", token, {{}, seconds(30), true, false});
  stream.emit(stream.failure(job, token, seconds(30)));
  stream.expect_none();
}

TEST_F(Attempts, OtherPauseThanTheWorkerAsked) {
  begin();
  stream.says(Report::kFail, "a", token, {{}, seconds(30), true, false});
  stream.emit(stream.failure(job, token, seconds(1)));
  stream.expect("pause");
}

TEST_F(Attempts, RetriedTooSoon) {
  begin();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(stream.failure(job, token, seconds(1)));
  stream.pass(ms(999));
  stream.emit(stream.ready(job));
  stream.expect("early");
}

TEST(RetryPause, GrowsToItsCap) {
  const RetryPolicy retry = {5, seconds(1), 3000, seconds(20), 0};
  EXPECT_LE(retry_pause(retry, 0).most, ms(1001));
  EXPECT_GE(retry_pause(retry, 2).least, ms(8997));
  EXPECT_LE(retry_pause(retry, 2).most, ms(9003));
  EXPECT_GE(retry_pause(retry, 900).least, ms(19'000));
  EXPECT_EQ(retry_pause({5, ms(0), 100'000, seconds(1), 100}, 900).most, ms(0));
}

TEST_F(Attempts, FailedUnreported) {
  begin();
  stream.emit(stream.failure(job, token, seconds(1)));
  stream.expect("end");
}

TEST_F(Attempts, FailedUncharged) {
  begin();
  stream.says(Report::kFail, "a", token, {});
  AttemptEnded event = stream.failure(job, token, seconds(1));
  event.charged = false;
  stream.emit(event);
  stream.expect("charge");
}

TEST_F(Attempts, ReleasedAndCharged) {
  begin();
  stream.says(Report::kRelease, "a", token, {});
  AttemptEnded event = stream.end(job, token, Outcome::kReleased);
  event.charged = true;
  stream.emit(event);
  stream.expect("charge");
}

TEST_F(Attempts, ReleasedUnreported) {
  begin();
  stream.emit(stream.end(job, token, Outcome::kReleased));
  stream.expect("end");
}

TEST_F(Attempts, ReleasedWithADelay) {
  begin();
  stream.says(Report::kRelease, "a", token, {{}, seconds(3), true, false});
  AttemptEnded event = stream.failure(job, token, seconds(3));
  event.outcome = Outcome::kReleased;
  event.charged = false;
  event.reason = ScheduleReason::kRelease;
  stream.emit(event);
  stream.pass(seconds(3));
  stream.emit(stream.ready(job));
  stream.expect_none();
}

TEST_F(Attempts, ReleasedWithoutItsDelay) {
  begin();
  stream.says(Report::kRelease, "a", token, {{}, seconds(3), true, false});
  stream.emit(stream.end(job, token, Outcome::kReleased));
  stream.expect("budget");
}

TEST_F(Attempts, AnOlderAttemptEnds) {
  begin();
  const LeaseToken old = token;
  stream.says(Report::kRelease, "a", token, {});
  stream.emit(stream.end(job, token, Outcome::kReleased));
  begin();
  stream.says(Report::kRelease, "a", token, {});
  stream.emit(stream.end(job, old, Outcome::kReleased));
  stream.expect("stale-token");
}

TEST_F(Attempts, ThirdLossIsDeath) {
  for (int loss = 1; loss <= 2; ++loss) {
    begin();
    stream.pass(Stream::kTtl);
    stream.emit(stream.end(job, token, Outcome::kLost));
  }
  begin();
  stream.pass(Stream::kTtl);
  stream.emit(dead(Outcome::kLost, DeathReason::kLost));
  stream.expect_none();
}

TEST_F(Attempts, ReturnedAfterItsThirdLoss) {
  for (int loss = 1; loss <= 3; ++loss) {
    begin();
    stream.pass(Stream::kTtl);
    stream.emit(stream.end(job, token, Outcome::kLost));
  }
  stream.expect("budget");
}

TEST_F(Attempts, DeadAfterOneLoss) {
  begin();
  stream.pass(Stream::kTtl);
  stream.emit(dead(Outcome::kLost, DeathReason::kLost));
  stream.expect("budget");
}

TEST_F(Attempts, TimedOutByTheServerAfterTheGrace) {
  spec.options.timeout = seconds(5);
  begin();
  stream.pass(seconds(20));
  AttemptEnded event = stream.failure(job, token, seconds(1));
  event.outcome = Outcome::kTimedOut;
  event.keep_order = true;
  stream.emit(event);
  stream.expect_none();
}

TEST_F(Attempts, TimedOutByTheServerInsideTheGrace) {
  spec.options.timeout = seconds(5);
  begin();
  stream.pass(ms(19'999));
  AttemptEnded event = stream.failure(job, token, seconds(1));
  event.outcome = Outcome::kTimedOut;
  event.keep_order = true;
  stream.emit(event);
  stream.expect("end");
}

TEST_F(Attempts, TimedOutGetsANewPlace) {
  begin();
  stream.says(Report::kFail, "a", token, {{}, {}, true, true});
  AttemptEnded event = stream.failure(job, token, seconds(1));
  event.outcome = Outcome::kTimedOut;
  stream.emit(event);
  stream.expect("budget");
}

TEST_F(Attempts, DeadlineNotPassed) {
  spec.options.deadline = stream.at.now.wall + seconds(9);
  begin();
  stream.pass(seconds(8));
  stream.emit(dead(Outcome::kDeadline, DeathReason::kDeadline));
  EXPECT_EQ(stream.checkers.violations().size(), 2U);  // neither the end nor the death
}

TEST_F(Attempts, DeadlinePassed) {
  spec.options.deadline = stream.at.now.wall + seconds(9);
  begin();
  stream.pass(seconds(9));
  stream.emit(dead(Outcome::kDeadline, DeathReason::kDeadline));
  stream.expect_none();
}

struct Cancels : Attempts {
  void cancel() {
    begin();
    stream.checkers.asks("cancel_job", "a", stream.at);
    stream.emit(CancelRequested{job});
  }
};

TEST_F(Cancels, EndsAtTheReport) {
  cancel();
  stream.says(Report::kFail, "a", token, {});
  AttemptEnded event = stream.end(job, token, Outcome::kCancelled);
  event.after = After::kCancelled;
  stream.emit(event);
  stream.expect_none();
}

TEST_F(Cancels, ACompletionThatArrivesFirstWins) {
  cancel();
  stream.complete(job, "a", token);
  stream.expect_none();
}

TEST_F(Cancels, Forgotten) {
  cancel();
  stream.says(Report::kRelease, "a", token, {});
  stream.emit(stream.end(job, token, Outcome::kReleased));
  stream.expect("cancel");
}

TEST_F(Cancels, NeverAskedFor) {
  begin();
  stream.says(Report::kRelease, "a", token, {});
  AttemptEnded event = stream.end(job, token, Outcome::kReleased);
  event.after = After::kCancelled;
  stream.emit(event);
  stream.expect("cancel");
}

TEST_F(Cancels, WithoutAReport) {
  cancel();
  stream.read("a", "w", token);
  AttemptEnded event = stream.end(job, token, Outcome::kCancelled);
  event.after = After::kCancelled;
  stream.emit(event);
  stream.expect("end");
}

struct Late : Attempts {
  void lose() {
    begin();
    stream.pass(Stream::kTtl);
    stream.emit(stream.end(job, token, Outcome::kLost));
  }
};

TEST_F(Late, ACompletionCountsWhileNobodyElseHadTheJob) {
  lose();
  stream.complete(job, "a", token);
  stream.expect_none();
}

TEST_F(Late, AFailureIsEvidence) {
  lose();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(EvidenceAdded{job, token, {}});
  stream.hears(Report::kFail, "a", token, Stream::kOk);
  stream.expect_none();
}

TEST_F(Late, AFailureIsEvidenceOnce) {
  lose();
  stream.says(Report::kFail, "a", token, {});
  stream.emit(EvidenceAdded{job, token, {}});
  stream.emit(EvidenceAdded{job, token, {}});
  stream.expect("duplicate");
}

TEST_F(Late, EvidenceUnreported) {
  lose();
  stream.emit(EvidenceAdded{job, token, {}});
  stream.expect("asked");
}

TEST_F(Late, EvidenceOfAnOlderAttempt) {
  lose();
  const LeaseToken old = token;
  begin();
  stream.emit(EvidenceAdded{job, old, {}});
  stream.expect("stale-token");
}

TEST_F(Late, CancelledMeanwhile) {
  lose();
  stream.checkers.asks("cancel_job", "a", stream.at);
  stream.emit(JobCancelled{job, stream.at.now.wall});
  stream.says(Report::kComplete, "a", token);
  stream.completes(job, token);
  stream.expect("stale-token");
}

}  // namespace
}  // namespace muster::sim
