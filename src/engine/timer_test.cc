// Delays, backoff, timeouts, deadlines, retention, and the two clocks.
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using Timer = EngineFixture;

TEST_F(Timer, ADelayedJobIsNeverEarly) {
  submit("a", [](JobSpec& job) { job.delay = Duration::seconds(2); });
  EXPECT_EQ(job("a")->schedule_reason, ScheduleReason::kDelay);
  pass(Duration::milliseconds(1'900));
  EXPECT_EQ(request("w"), "no_job");
  pass(Duration::milliseconds(101));
  EXPECT_EQ(request("w"), "assign a#1");
}

TEST_F(Timer, DelaysIgnoreTheWallClock) {
  submit("a", [](JobSpec& job) { job.delay = Duration::seconds(2); });
  now_.wall = now_.wall + Duration::days(3650);
  pass(Duration::milliseconds(1'900));
  EXPECT_EQ(request("w"), "no_job");
  now_.wall = now_.wall - Duration::days(7300);
  pass(Duration::milliseconds(101));
  EXPECT_EQ(request("w"), "assign a#1");
}

TEST_F(Timer, LateEvidenceDoesNotMoveARetry) {
  submit("a");
  request("w");
  FailJob timed_out;
  timed_out.ref = {"a", LeaseToken(1), {}};
  timed_out.timed_out = true;
  timed_out.retry_after = Duration::seconds(10);
  EXPECT_EQ(run(timed_out), "ok scheduled");
  now_.wall = now_.wall + Duration::hours(1);
  EXPECT_EQ(run(timed_out), "ok scheduled duplicate");  // it says nothing new
  timed_out.error.message = "killed after its timeout";
  EXPECT_EQ(run(timed_out), "ok scheduled");
  EXPECT_EQ(state("a"), "scheduled attempts=1 failures=1 losses=0");
  EXPECT_EQ(run(timed_out), "ok scheduled duplicate");
  pass(Duration::milliseconds(9'900));
  EXPECT_EQ(request("w"), "no_job");
  pass(Duration::milliseconds(101));
  EXPECT_EQ(request("w"), "assign a#2");
}

TEST_F(Timer, ALateCompletionUndoesTheCharge) {
  submit("a");
  request("w");
  pass(limits::kUnregisteredLease + Duration::milliseconds(1));
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
  EXPECT_EQ(complete("a", 1), "ok");
  EXPECT_EQ(state("a"), "completed attempts=1 failures=0 losses=0");
}

TEST_F(Timer, ARestartGivesTimedLeasesAFullTerm) {
  submit("a");
  request("w");
  pass(Duration::seconds(29));
  restart();
  pass(Duration::seconds(29));
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  pass(Duration::seconds(2));
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
}

TEST_F(Timer, RunAtFollowsTheWallClockAsItIs) {
  const WallTime at = now_.wall + Duration::hours(1);
  submit("a", [&](JobSpec& job) { job.run_at = at; });
  EXPECT_EQ(engine().next_wakeup().wall, at);
  now_.wall = now_.wall - Duration::hours(1);
  pass(Duration::seconds(10));
  EXPECT_EQ(request("w"), "no_job");
  now_.wall = at;
  run(Tick{}, 0);
  EXPECT_EQ(request("w"), "assign a#1");
}

TEST_F(Timer, RunAtInThePastIsReadyAtOnce) {
  submit("a", [&](JobSpec& job) { job.run_at = now_.wall - Duration::hours(1); });
  EXPECT_EQ(request("w"), "assign a#1");
}

TEST_F(Timer, DelaysGoOnOverARestartWithWhatWasLeft) {
  submit("a", [](JobSpec& job) { job.delay = Duration::seconds(10); });
  pass(Duration::seconds(4));
  now_.wall = now_.wall + Duration::seconds(4);  // the server was away
  restart();
  pass(Duration::milliseconds(1'900));
  EXPECT_EQ(request("w"), "no_job");
  pass(Duration::milliseconds(101));
  EXPECT_EQ(request("w"), "assign a#1");
}

// A machine without a battery begins in 1970 until it is told the time, or a clock that was years
// ahead is put right: nobody may wait for years.
TEST_F(Timer, OverARestartNoMoreIsLeftThanWasAskedFor) {
  submit("delayed", [](JobSpec& job) { job.delay = Duration::seconds(10); });
  submit("failed", [](JobSpec& job) {
    job.queue = "f";
    job.options.retry = {3, Duration::seconds(20), 1000, Duration::seconds(20), 0};
  });
  request("w", {"f"});
  ASSERT_EQ(fail("failed", token_of("failed")), "ok scheduled");
  submit("released", [](JobSpec& job) { job.queue = "r"; });
  request("w", {"r"});
  ASSERT_EQ(release("released", token_of("released"), Duration::seconds(30)), "ok scheduled");
  now_.wall = now_.wall - Duration::days(3650);
  restart();
  for (const std::string_view queue : {"default", "f", "r"}) {
    pass(Duration::milliseconds(9'900));
    EXPECT_EQ(request("w", {queue}), "no_job");
    pass(Duration::milliseconds(101));
    EXPECT_NE(request("w", {queue}), "no_job");
  }
}

TEST_F(Timer, BackoffGrowsAndIsCapped) {
  submit("a", [](JobSpec& job) {
    job.options.retry = {10, Duration::seconds(1), 2000, Duration::seconds(5), 0};
  });
  for (int64_t expected : {1000, 2000, 4000, 5000, 5000}) {
    ASSERT_NE(request("w"), "no_job");
    const WallTime failed_at = now_.wall;
    EXPECT_EQ(fail("a", token_of("a")), "ok scheduled");
    EXPECT_EQ((job("a")->due_at - failed_at).ms(), expected);
    pass(Duration::milliseconds(expected + 1));
  }
}

TEST_F(Timer, JitterIsTheSameForTheSameJobAndAttemptAndStaysInItsBounds) {
  for (int i = 0; i < 50; ++i) {
    const std::string id = "a" + std::to_string(i);
    submit(id);
    request("w");
    fail(id, token_of(id));
    const int64_t delay = (job(id)->due_at - now_.wall).ms();
    EXPECT_GE(delay, 900);
    EXPECT_LE(delay, 1100);
  }
}

TEST_F(Timer, AttemptsUsedUpIsDeadWithTheEvidence) {
  submit("a", [](JobSpec& job) { job.options.retry = {2, Duration(), 1000, Duration(), 0}; });
  request("w");
  EXPECT_EQ(fail("a", 1), "ok scheduled");
  run(Tick{}, 0);
  request("w");
  EXPECT_EQ(fail("a", 2), "ok dead");
  EXPECT_EQ(job("a")->death_reason, DeathReason::kAttempts);
  ASSERT_EQ(job("a")->history->attempts.size(), 2U);
  EXPECT_EQ(job("a")->history->attempts[1].error.exit_code, 3);
}

TEST_F(Timer, EvidenceIsBounded) {
  submit("a", [](JobSpec& job) { job.options.retry = {100, Duration(), 1000, Duration(), 0}; });
  for (int i = 0; i < 40; ++i) {
    run(Tick{}, 0);
    request("w");
    fail("a", token_of("a"));
  }
  const auto& attempts = job("a")->history->attempts;
  ASSERT_EQ(attempts.size(), 20U);
  EXPECT_EQ(attempts[0].number, 1U);
  EXPECT_EQ(attempts[1].number, 22U);
  EXPECT_EQ(attempts[19].number, 40U);
}

TEST_F(Timer, RetryAfterIsHonoured) {
  submit("a");
  request("w");
  FailJob command;
  command.ref = {"a", LeaseToken(1), {}};
  command.retry_after = Duration::seconds(30);
  EXPECT_EQ(run(command), "ok scheduled");
  EXPECT_EQ(job("a")->due_at, now_.wall + Duration::seconds(30));
}

TEST_F(Timer, ATimeoutIsChargedAndKeepsItsPlace) {
  submit("a", [](JobSpec& job) { job.options.timeout = Duration::seconds(1); });
  submit("b");
  request("w");
  pass(Duration::seconds(16));
  EXPECT_EQ(state("a"), "scheduled attempts=1 failures=1 losses=0");
  pass(Duration::seconds(2));
  EXPECT_EQ(request("w"), "assign a#2");
}

TEST_F(Timer, ADeadlineEndsItInEveryState) {
  const WallTime deadline = now_.wall + Duration::seconds(5);
  for (const char* id : {"running", "ready"}) {
    submit(id, [&](JobSpec& job) { job.options.deadline = deadline; });
  }
  submit("delayed", [&](JobSpec& job) {
    job.options.deadline = deadline;
    job.delay = Duration::hours(1);
  });
  request("w");
  pass(Duration::milliseconds(4'900));
  EXPECT_EQ(state("running"), "running attempts=1 failures=0 losses=0");
  pass(Duration::milliseconds(100));
  for (const char* id : {"running", "ready", "delayed"}) {
    ASSERT_NE(job(id), nullptr);
    EXPECT_EQ(job(id)->state, JobState::kDead) << id;
    EXPECT_EQ(job(id)->death_reason, DeathReason::kDeadline) << id;
  }
}

TEST_F(Timer, WakeupsComeBeforeTheSteadyClockWouldLeap) {
  EXPECT_EQ(engine().next_wakeup().steady, Instant::max());
  submit("a", [](JobSpec& job) { job.delay = Duration::hours(1); });
  EXPECT_LE(engine().next_wakeup().steady, now_.steady + limits::kSteadyPerTurn);
}

TEST_F(Timer, ManyJobsDueAtOnceAreSpreadOverTurns) {
  for (int i = 0; i < 3000; ++i) {
    submit("a" + std::to_string(i), [](JobSpec& job) { job.delay = Duration::seconds(1); });
  }
  pass(Duration::milliseconds(1'001));
  EXPECT_EQ(run(GetStats{}), "stats ready=1024 submitted=3000");
  EXPECT_LE(engine().next_wakeup().steady, now_.steady);
  run(Tick{}, 0);
  run(Tick{}, 0);
  EXPECT_EQ(run(GetStats{}), "stats ready=3000 submitted=3000");
}

class Retention : public EngineFixture {
 protected:
  Retention() : EngineFixture(config()) {}
  static EngineConfig config() {
    EngineConfig config;
    config.finished_kept = 10;
    config.finished_age = Duration::minutes(1);
    config.dead_age = Duration::minutes(2);
    return config;
  }
  void finish(const std::string& id) {
    submit(id);
    request("w");
    complete(id, token_of(id), "{\"n\":1}");
  }
};

TEST_F(Retention, TheNewestAreKeptAndTheRestGoesInBatches) {
  for (int i = 0; i < 265; ++i) finish("a" + std::to_string(i));
  EXPECT_EQ(engine().live_jobs(), 265U);
  finish("last");
  EXPECT_EQ(engine().live_jobs(), 10U);
  EXPECT_EQ(state("a0"), "not_found");
  EXPECT_EQ(job("last")->history->result, "{\"n\":1}");
  restart();
  EXPECT_EQ(submit("a0"), "accepted a0 duplicate");
}

TEST_F(Retention, OldOnesGoByAge) {
  finish("a");
  pass(Duration::seconds(59));
  EXPECT_NE(state("a"), "not_found");
  pass(Duration::seconds(2));
  EXPECT_EQ(state("a"), "not_found");
}

TEST_F(Retention, AgeGoesOnOverARestart) {
  finish("a");
  pass(Duration::seconds(50));
  restart();
  pass(Duration::seconds(9));
  EXPECT_NE(state("a"), "not_found");
  pass(Duration::seconds(2));
  EXPECT_EQ(state("a"), "not_found");
}

TEST_F(Retention, AResultMayAskToGoSooner) {
  submit("a", [](JobSpec& job) { job.options.result_ttl = Duration::seconds(5); });
  request("w");
  pass(Duration::seconds(3));
  complete("a", 1);
  pass(Duration::milliseconds(4'900));
  EXPECT_NE(state("a"), "not_found");
  pass(Duration::milliseconds(200));
  EXPECT_EQ(state("a"), "not_found");
}

TEST_F(Retention, DeadJobsStayLonger) {
  submit("a");
  request("w");
  fail("a", 1, false);
  pass(Duration::seconds(100));
  EXPECT_EQ(state("a"), "dead attempts=1 failures=1 losses=0");
  pass(Duration::seconds(21));
  EXPECT_EQ(state("a"), "not_found");
}

class Memory : public EngineFixture {
 protected:
  Memory() : EngineFixture(config()) {}
  static EngineConfig config() {
    EngineConfig config;
    config.ids_remembered = 2000;
    config.ids_remembered_age = Duration::hours(1);
    return config;
  }
};

TEST_F(Memory, TheNewestIdsAreRememberedAndOldOnesForgotten) {
  for (int i = 0; i < 4000; ++i) {
    const std::string id = "a" + std::to_string(i);
    submit(id);
    act(JobAction::kDelete, id);
    if (i % 1000 == 500) restart();
  }
  EXPECT_EQ(submit("a0"), "accepted a0");
  EXPECT_EQ(submit("a3999"), "accepted a3999 duplicate");
  EXPECT_EQ(submit("a2000"), "accepted a2000 duplicate");
  now_.wall = now_.wall + Duration::hours(2);
  for (int i = 0; i < 2; ++i) {
    submit("b" + std::to_string(i));
    act(JobAction::kDelete, "b" + std::to_string(i));
  }
  EXPECT_EQ(submit("a2000"), "accepted a2000");
}

}  // namespace
}  // namespace muster::engine
