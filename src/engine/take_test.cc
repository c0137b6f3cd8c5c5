// Order, lanes, selection, waiting and consuming.
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using Take = EngineFixture;

TEST_F(Take, FirstComeFirstServed) {
  EXPECT_EQ(submit("a"), "accepted a");
  EXPECT_EQ(submit("b"), "accepted b");
  EXPECT_EQ(request("w"), "assign a#1");
  EXPECT_EQ(request("w"), "assign b#2");
  EXPECT_EQ(request("w"), "no_job");
}

TEST_F(Take, SmallerPriorityIsSooner) {
  submit("late", [](JobSpec& job) { job.priority = 1001; });
  submit("normal");
  submit("soon", [](JobSpec& job) { job.priority = 1; });
  EXPECT_EQ(request("w"), "assign soon#1");
  EXPECT_EQ(request("w"), "assign normal#2");
  EXPECT_EQ(request("w"), "assign late#3");
}

TEST_F(Take, AReturnedJobGoesBackToItsPlace) {
  submit("a");
  submit("b");
  request("w");
  EXPECT_EQ(release("a", 1), "ok ready");
  EXPECT_EQ(request("w"), "assign a#2");
  EXPECT_EQ(request("w"), "assign b#3");
}

TEST_F(Take, ARetryGetsAPlaceAtTheEnd) {
  submit("a");
  submit("b");
  request("w");
  fail("a", 1);
  pass(Duration::seconds(3));
  EXPECT_EQ(request("w"), "assign b#2");
  EXPECT_EQ(request("w"), "assign a#3");
}

TEST_F(Take, UnregisteredWorkersOnlyGetJobsWithADuration) {
  submit("x", [](JobSpec& job) {
    job.job_type = "exec";
    job.duration.reset();
  });
  EXPECT_EQ(request("w"), "no_job");
  enlist("r", "one", 2);
  EXPECT_EQ(request("r", {}, {}, 2), "assign x#1");
}

TEST_F(Take, JobTypesAreHonoured) {
  submit("x", [](JobSpec& job) { job.job_type = "resize"; });
  submit("y", [](JobSpec& job) { job.job_type = "mail"; });
  RegisterWorker command;
  command.worker_id = "r";
  command.instance = "one";
  const std::string_view type = "mail";
  command.job_types = {&type, 1};
  run(command);
  EXPECT_EQ(request("r"), "assign y#1");
  EXPECT_EQ(request("r"), "no_job");
}

TEST_F(Take, QueuesAreTriedInTheOrderNamedUnlessBestIsAskedFor) {
  submit("b1", [](JobSpec& job) { job.queue = "b"; });
  submit("a1", [](JobSpec& job) { job.queue = "a"; });
  submit("a2", [](JobSpec& job) { job.queue = "a"; });
  EXPECT_EQ(request("w", {"a", "b"}), "assign a1#1");
  RequestJobs best;
  best.worker_id = "w";
  const std::string_view queues[] = {"a", "b"};
  best.selection = {queues, {}, true};
  EXPECT_EQ(run(best), "assign b1#2");
  EXPECT_EQ(run(best), "assign a2#3");
  EXPECT_EQ(request("w", {"a", "b", "none"}), "no_job");
}

// Each take would look at every job type that ever was: minutes, instead of a blink.
TEST_F(Take, ManyJobTypesCostNothingToSkip) {
  constexpr int kTypes = 50'000;
  enlist("r", "one", 1, kTypes);
  for (int type = 0; type < kTypes; ++type) {
    const std::string name = "t" + std::to_string(type);
    submit("", [&](JobSpec& job) { job.job_type = name; });
  }
  for (int type = 1; type <= kTypes; ++type) {
    const std::string id = "j-" + std::to_string(type);
    ASSERT_EQ(request("r"), "assign " + id + "#" + std::to_string(type));
    ASSERT_EQ(complete(id, static_cast<uint64_t>(type)), "ok");
  }
}

TEST_F(Take, ManyAtOnce) {
  for (const char* id : {"a", "b", "c"}) submit(id);
  RequestJobs command;
  command.worker_id = "w";
  command.max = 2;
  command.many = true;
  EXPECT_EQ(run(command), "assign_many a#1 b#2");
  EXPECT_EQ(run(command), "assign_many c#3");
  EXPECT_EQ(run(command), "no_job");
}

TEST_F(Take, AnAnswerStopsBeforeItsLimit) {
  const std::string body(3 * limits::kMiB, 'x');
  for (const char* id : {"a", "b"}) submit(id, [&](JobSpec& job) { job.body = body; });
  RequestJobs command;
  command.worker_id = "w";
  command.max = 2;
  command.many = true;
  EXPECT_EQ(run(command), "assign_many a#1");
}

TEST_F(Take, PlainRequestsGetThePlainForm) {
  submit("a");
  EXPECT_EQ(request_plain("w"), "plain a#1");
  EXPECT_EQ(complete_plain("a", "other"), "lease_lost");
  EXPECT_EQ(complete_plain("a", "w"), "ok");
  EXPECT_EQ(complete_plain("a", "w"), "ok duplicate");
  EXPECT_EQ(complete_plain("a", "other"), "lease_lost");
}

TEST_F(Take, ALeaseWithATokenNeedsIt) {
  submit("a");
  request("w");
  EXPECT_EQ(complete_plain("a", "w"), "bad_request");
}

TEST_F(Take, UnregisteredLeasesLastTwiceTheDuration) {
  submit("short");
  submit("long", [](JobSpec& job) { job.duration = Duration::seconds(40); });
  request("w");
  request("w");
  pass(Duration::milliseconds(29'900));
  EXPECT_EQ(state("short"), "running attempts=1 failures=0 losses=0");
  pass(Duration::milliseconds(200));
  EXPECT_EQ(state("short"), "ready attempts=1 failures=0 losses=1");
  pass(Duration::milliseconds(49'800));
  EXPECT_EQ(state("long"), "running attempts=1 failures=0 losses=0");
  pass(Duration::milliseconds(200));
  EXPECT_EQ(state("long"), "ready attempts=1 failures=0 losses=1");
}

TEST_F(Take, WaitersAreServedInOrder) {
  EXPECT_EQ(request("w1", {}, Duration::seconds(10), 1), "");
  EXPECT_EQ(request("w2", {}, Duration::seconds(10), 2), "");
  submit("a");
  EXPECT_EQ(others(), std::vector<std::string>{"1: assign a#1"});
  submit("b");
  EXPECT_EQ(others(), std::vector<std::string>{"2: assign b#2"});
  submit("c");
  EXPECT_TRUE(others().empty());
}

TEST_F(Take, AWaiterIsAnsweredWhenItsTimeIsUp) {
  EXPECT_EQ(request("w", {}, Duration::seconds(1)), "");
  pass(Duration::milliseconds(900));
  EXPECT_TRUE(others().empty());
  pass(Duration::milliseconds(200));
  EXPECT_EQ(others(), std::vector<std::string>{"1: no_job"});
}

TEST_F(Take, AHalfClosedConnectionIsAnsweredAtOnce) {
  EXPECT_EQ(request("w", {}, Duration::seconds(1)), "");
  run(ConnectionHalfClosed{ConnectionId(1)}, 0);
  EXPECT_EQ(others(), std::vector<std::string>{"1: no_job"});
}

TEST_F(Take, AClosedConnectionWaitsNoMore) {
  EXPECT_EQ(request("w", {}, Duration::seconds(1), 1), "");
  close(1);
  submit("a");
  EXPECT_TRUE(others().empty());
  EXPECT_EQ(state("a"), "ready attempts=0 failures=0 losses=0");
}

TEST_F(Take, AWaiterSkipsJobsItCannotRun) {
  RequestJobs command;
  command.worker_id = "w";
  const std::string_view type = "mail";
  command.selection.job_types = {&type, 1};
  command.wait = Duration::seconds(5);
  EXPECT_EQ(run(command, 1), "");
  EXPECT_EQ(request("w2", {}, Duration::seconds(5), 2), "");
  submit("a");
  EXPECT_EQ(others(), std::vector<std::string>{"2: assign a#1"});
  submit("m", [](JobSpec& job) { job.job_type = "mail"; });
  EXPECT_EQ(others(), std::vector<std::string>{"1: assign m#2"});
}

TEST_F(Take, PausedQueuesHideTheirJobs) {
  submit("a");
  EXPECT_EQ(run(PauseQueue{"default", true}), "ok");
  EXPECT_EQ(request("w", {}, Duration::seconds(5), 2), "");
  RequestJobs by_type;
  by_type.worker_id = "w";
  const std::string_view type = job("a")->lane->job_type;
  by_type.selection = {{}, {&type, 1}, false};
  EXPECT_EQ(run(by_type), "no_job");
  EXPECT_EQ(run(PauseQueue{"default", false}), "ok");
  EXPECT_EQ(others(), std::vector<std::string>{"2: assign a#1"});
}

TEST_F(Take, ConsumersGetJobsUpToTheirCredit) {
  EXPECT_EQ(run(Consume{{}, 2}), "session_unknown");
  enlist("r", "one", 1, 2);
  EXPECT_EQ(run(Consume{{}, 2}), "consuming");
  for (const char* id : {"a", "b", "c"}) submit(id);
  EXPECT_EQ(others(), (std::vector<std::string>{"1: push a#1", "1: push b#2"}));
  EXPECT_EQ(complete("a", 1), "ok");
  EXPECT_EQ(others(), std::vector<std::string>{"1: push c#3"});
  for (const char* id : {"d", "e"}) submit(id);
  EXPECT_EQ(fail("b", 2), "ok scheduled");
  EXPECT_EQ(others(), std::vector<std::string>{"1: push d#4"});
  act(JobAction::kCancel, "c");
  EXPECT_EQ(release("c", 3), "ok cancelled");
  EXPECT_EQ(others(), std::vector<std::string>{"1: push e#5"});
}

TEST_F(Take, ConsumersTakeTurns) {
  enlist("r1", "one", 1, 8);
  enlist("r2", "one", 2, 8);
  run(Consume{{}, 8}, 1);
  run(Consume{{}, 8}, 2);
  for (const char* id : {"a", "b", "c", "d"}) submit(id);
  EXPECT_EQ(others(),
            (std::vector<std::string>{"1: push a#1", "2: push b#2", "1: push c#3", "2: push d#4"}));
}

TEST_F(Take, ANewConsumeReplacesTheOldAndKeepsCountOfWhatItPushed) {
  enlist("r", "one", 1, 8);
  run(Consume{{}, 1}, 1);
  submit("a");
  submit("b");
  run(Consume{{}, 1}, 1);
  EXPECT_EQ(others(), std::vector<std::string>{"1: push a#1"});
  run(Consume{{}, 2}, 1);
  EXPECT_EQ(others(), std::vector<std::string>{"1: push b#2"});
}

TEST_F(Take, UndeliveredJobsReturnUncharged) {
  submit("a");
  request("w");
  run(ReturnUndelivered{job("a")->seq, LeaseToken(1)});
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=0");
  run(ReturnUndelivered{job("a")->seq, LeaseToken(1)});  // again: nothing
  EXPECT_EQ(request("w"), "assign a#2");
}

TEST_F(Take, AckAndNext) {
  submit("a");
  submit("b");
  request("w");
  const CompleteItem item{{"a", LeaseToken(1), {}}, {}};
  CompleteJobs command;
  command.items = {&item, 1};
  command.next_wait = Duration();
  EXPECT_EQ(run(command), "ok next b#2");
  const CompleteItem second{{"b", LeaseToken(2), {}}, {}};
  command.items = {&second, 1};
  EXPECT_EQ(run(command), "ok next -");
  EXPECT_EQ(run(command), "ok duplicate next -");
  command.next_wait = Duration::seconds(5);
  EXPECT_EQ(run(command, 3), "");
  submit("c");
  EXPECT_EQ(others(), std::vector<std::string>{"3: ok duplicate next c#3"});
}

}  // namespace
}  // namespace muster::engine
