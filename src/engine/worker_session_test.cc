// Who is alive, who is lost, and what becomes of their jobs.
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using WorkerSession = EngineFixture;

// An exec job, which only registered workers run.
void exec(JobSpec& job) {
  job.job_type = "exec";
  job.duration.reset();
}

TEST_F(WorkerSession, OneHeartbeatRenewsAllLeases) {
  enlist("w", "one", 1, 2);
  submit("a");
  submit("b");
  request("w");
  request("w");
  for (int i = 0; i < 20; ++i) {
    pass(Duration::seconds(3));
    EXPECT_EQ(beat("w", "one"), "beat 3000");
  }
  EXPECT_EQ(run(ListWorkers{}), "workers w:2:running");
}

TEST_F(WorkerSession, AnIdleWorkerBeatsEveryHalfMinute) {
  EXPECT_EQ(enlist("w", "one"), "registered 30000");
  pass(Duration::seconds(39));
  EXPECT_EQ(beat("w", "one"), "beat 30000");
  pass(Duration::seconds(41));
  EXPECT_EQ(beat("w", "one"), "session_unknown");
}

TEST_F(WorkerSession, SilenceLosesItsJobsAtOnce) {
  enlist("w", "one");
  submit("a");
  request("w");
  pass(Duration::milliseconds(9'900));
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  pass(Duration::milliseconds(200));
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
  EXPECT_EQ(job("a")->history->attempts.front().worker, "w");
  EXPECT_EQ(job("a")->history->attempts.front().outcome, Outcome::kLost);
}

TEST_F(WorkerSession, TheTermOfATakenJobBeginsWhenItIsTaken) {
  enlist("w", "one");
  pass(Duration::seconds(29));  // an idle worker need not have beaten
  submit("a");
  request("w");
  pass(Duration::milliseconds(9'900));
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
}

TEST_F(WorkerSession, ItsLastConnectionClosedLosesItAfterAShortGrace) {
  enlist("w", "one", 1);
  beat("w", "one", 2);
  submit("a");
  request("w", {}, {}, 1);
  close(1);
  pass(Duration::seconds(5));
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");  // one is left
  beat("w", "one", 2);
  close(2);
  pass(Duration::milliseconds(1'900));
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  pass(Duration::milliseconds(200));
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
}

TEST_F(WorkerSession, ReconnectingInTimeKeepsEverything) {
  enlist("w", "one", 1);
  submit("a");
  request("w");
  close(1);
  pass(Duration::seconds(1));
  EXPECT_EQ(enlist("w", "one", 2), "resumed 3000");
  pass(Duration::seconds(8));
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
}

TEST_F(WorkerSession, AnotherInstanceReplacesTheOldAtOnce) {
  enlist("w", "one", 1);
  submit("a", exec);
  request("w", {}, {}, 1);
  EXPECT_EQ(request("w", {}, Duration::seconds(30), 1), "");
  EXPECT_EQ(enlist("w", "two", 2), "registered 30000");
  // The lost job goes back at once; the old process's waiting request ends.
  EXPECT_EQ(others(), std::vector<std::string>{"1: session_replaced"});
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
  EXPECT_EQ(beat("w", "one", 1), "session_replaced");
  EXPECT_EQ(beat("w", "two", 2), "beat 30000");
}

TEST_F(WorkerSession, OnlyJobsThatHadBegunAreCharged) {
  enlist("w", "one", 1, 2);
  RequestJobs command;
  command.worker_id = "w";
  command.max = 4;
  command.many = true;
  for (const char* id : {"a", "b", "c", "d"}) submit(id);
  EXPECT_EQ(run(command), "assign_many a#1 b#2 c#3 d#4");
  const LeaseRef started[] = {{"d", LeaseToken(4), {}}, {"c", LeaseToken(77), {}}};
  run(Heartbeat{"w", "one", started, {}});
  enlist("w", "two", 2);
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
  EXPECT_EQ(state("b"), "ready attempts=1 failures=0 losses=1");
  EXPECT_EQ(state("c"), "ready attempts=1 failures=0 losses=0");
  EXPECT_EQ(state("d"), "ready attempts=1 failures=0 losses=1");
}

TEST_F(WorkerSession, APoisonJobIsDeadAfterItsThirdWorker) {
  submit("a", exec);
  for (const char* instance : {"1", "2", "3"}) {
    enlist("w", instance);
    EXPECT_NE(request("w"), "no_job");
  }
  enlist("w", "4");
  EXPECT_EQ(state("a"), "dead attempts=3 failures=0 losses=3");
  EXPECT_EQ(job("a")->death_reason, DeathReason::kLost);
  EXPECT_EQ(job("a")->history->attempts.size(), 3U);
}

TEST_F(WorkerSession, LeasesThatNeverArrivedReturnUnchargedWhenItSaysWhatItHolds) {
  enlist("w", "one", 1, 4);
  submit("a");
  submit("b");
  request("w");
  request("w");
  RegisterWorker command;
  command.worker_id = "w";
  command.instance = "one";
  const LeaseRef held[] = {{"a", LeaseToken(1), {}}};
  command.held = held;
  EXPECT_EQ(run(command, 2), "resumed 3000");
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  EXPECT_EQ(state("b"), "ready attempts=1 failures=0 losses=0");
}

TEST_F(WorkerSession, ARestartGivesLiveLeasesAFullTerm) {
  enlist("w", "one");
  submit("a");
  request("w");
  pass(Duration::seconds(9));
  restart();
  EXPECT_EQ(beat("w", "one"), "session_unknown");
  pass(Duration::milliseconds(9'800));
  EXPECT_EQ(run(ListWorkers{}), "workers w:1:lost_contact");
  EXPECT_EQ(enlist("w", "one", 5), "resumed 3000");
  pass(Duration::seconds(5));
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  EXPECT_EQ(complete("a", 1), "ok");
}

TEST_F(WorkerSession, AWorkerThatDoesNotComeBackAfterARestartIsLost) {
  enlist("w", "one");
  submit("a");
  request("w");
  restart();
  pass(Duration::milliseconds(10'100));
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
  restart();
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
}

TEST_F(WorkerSession, ACancelIsToldAfterARestartToo) {
  enlist("w", "one");
  submit("a");
  request("w");
  act(JobAction::kCancel, "a");
  restart();
  EXPECT_EQ(enlist("w", "one"), "resumed 3000");
  EXPECT_EQ(beat("w", "one"), "beat 3000 cancel a");
  EXPECT_EQ(fail("a", 1), "ok cancelled");
}

TEST_F(WorkerSession, CancelReachesTheWorkerAtOnceAndWithEveryBeat) {
  RegisterWorker command;
  command.worker_id = "w";
  command.instance = "one";
  command.notify = true;
  run(command, 3);
  submit("a");
  request("w", {}, {}, 4);
  EXPECT_EQ(act(JobAction::kCancel, "a"), "ok running");
  EXPECT_EQ(others(), std::vector<std::string>{"3: cancel a"});
  EXPECT_EQ(beat("w", "one", 3), "beat 3000 cancel a");
  EXPECT_EQ(beat("w", "one", 3), "beat 3000 cancel a");
  EXPECT_EQ(act(JobAction::kCancel, "a"), "ok running duplicate");
  EXPECT_EQ(fail("a", 1), "ok cancelled");
  EXPECT_EQ(job("a")->history->attempts.front().outcome, Outcome::kCancelled);
  EXPECT_EQ(beat("w", "one", 3), "beat 30000");
}

TEST_F(WorkerSession, ACancelledJobsWorkerThatIsLostEndsIt) {
  enlist("w", "one");
  submit("a");
  request("w");
  act(JobAction::kCancel, "a");
  restart();  // the mark is durable
  pass(Duration::seconds(11));
  EXPECT_EQ(state("a"), "cancelled attempts=1 failures=0 losses=0");
}

TEST_F(WorkerSession, ALostSessionEndsItsConsume) {
  enlist("w", "one", 1);
  run(Consume{{}, 1}, 1);
  pass(Duration::seconds(41));
  EXPECT_EQ(others(), std::vector<std::string>{"1: ended session_unknown"});
  submit("a");
  EXPECT_TRUE(others().empty());
}

TEST_F(WorkerSession, TimeInWhichTheServerDidNotListenAgesNothing) {
  enlist("w", "one");
  submit("a");
  request("w");
  now_.steady = now_.steady + Duration::minutes(10);  // one turn, ten minutes later
  run(Tick{}, 0);
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
}

TEST_F(WorkerSession, ProgressIsShownWhileItRuns) {
  enlist("w", "one");
  submit("a");
  request("w");
  const Progress progress[] = {{{"a", LeaseToken(1), {}}, 40, "epoch 4"}};
  run(Heartbeat{"w", "one", {}, progress});
  EXPECT_EQ(complete("a", 1), "ok");
}

}  // namespace
}  // namespace muster::engine
