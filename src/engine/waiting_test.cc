// Whose turn it is, and whose session a waiting request belongs to.
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using Texts = std::vector<std::string>;

class Waiting : public EngineFixture {
 protected:
  std::string complete_and_next(std::string_view id, uint64_t token, Duration wait,
                                uint64_t connection) {
    const CompleteItem item{{id, LeaseToken(token), {}}, {}};
    CompleteJobs command;
    command.items = {&item, 1};
    command.next_wait = wait;
    return run(command, connection);
  }
  std::string consume(uint32_t credit, uint64_t connection) {
    return run(Consume{{}, credit}, connection);
  }
};

// The old process's request must not fetch a job for the new one's session: the new process would
// keep a job alive that it never heard of.
TEST_F(Waiting, ARequestEndsWithItsSessionThoughItsConnectionSpeaksForAnother) {
  enlist("w", "one", 1);
  EXPECT_EQ(request("w", {}, Duration::seconds(60), 1), "");
  enlist("other", "x", 1);
  EXPECT_EQ(request("other", {}, Duration::seconds(60), 1), "");
  enlist("w", "two", 2);
  EXPECT_EQ(others(), Texts{"1: session_replaced"});
  submit("a");
  EXPECT_EQ(others(), Texts{"1: assign a#1"});  // for `other`, whose session lives
  EXPECT_EQ(run(ListWorkers{}), "workers other:1:running w:0:running");
}

TEST_F(Waiting, ARequestOutlivesAnotherSessionOfItsConnection) {
  enlist("w", "one", 1);
  EXPECT_EQ(request("w", {}, Duration::seconds(60), 1), "");
  beat("w", "one", 2);
  enlist("other", "x", 1);
  enlist("other", "y", 3);  // the session that connection 1 speaks for is lost
  EXPECT_EQ(others(), Texts{});
  submit("a");
  EXPECT_EQ(others(), Texts{"1: assign a#1"});
}

TEST_F(Waiting, AReplacedProcessGetsNoMoreJobs) {
  enlist("w", "one", 1);
  enlist("w", "two", 2);
  submit("a");
  EXPECT_EQ(request("w", {}, {}, 1), "session_replaced");
  EXPECT_EQ(request("w", {}, {}, 2), "assign a#1");
}

// Else it would be taken for one that never registered, under a lease that no heartbeat renews.
TEST_F(Waiting, ALostWorkerIsToldToRegisterBeforeItGetsMore) {
  enlist("w", "one", 1);
  pass(Duration::seconds(41));
  submit("a");
  EXPECT_EQ(request("w", {}, {}, 1), "session_unknown");
  enlist("w", "one", 2);  // that one of its connections does
  EXPECT_EQ(request("w", {}, {}, 1), "assign a#1");
  restart();
  submit("b");
  EXPECT_EQ(request("w", {}, {}, 5), "session_unknown");
  EXPECT_EQ(request_plain("w"), "plain b#1048577");  // the class project knows no such answer
}

TEST_F(Waiting, TheNextJobOfALateReportIsNotForTheSessionThatReplacedIt) {
  enlist("w", "one", 1);
  submit("a");
  submit("b");
  request("w", {}, {}, 1);
  enlist("w", "two", 2);
  EXPECT_EQ(complete_and_next("a", 1, Duration::seconds(5), 1), "ok next -");
  EXPECT_EQ(run(ListWorkers{}), "workers w:0:running");
}

TEST_F(Waiting, TheNextJobOfAnUnregisteredWorkerIsItsOwn) {
  submit("a");
  submit("b");
  request("w", {}, {}, 1);
  enlist("w", "two", 2);  // another process, which happens to have its name
  EXPECT_EQ(complete_and_next("a", 1, {}, 1), "ok next b#2");
  EXPECT_EQ(run(ListWorkers{}), "workers w:0:running");
}

// A worker that is dead and holds jobs is lost in time, however many more it is sent.
TEST_F(Waiting, BeingSentAJobIsNoSignOfLife) {
  enlist("w", "one", 1, 100);
  consume(100, 1);
  for (int second = 0; second < 11; ++second) {
    submit("");
    pass(Duration::seconds(1));
  }
  EXPECT_EQ(run(ListWorkers{}), "workers");
  EXPECT_EQ(state("j-1"), "ready attempts=1 failures=0 losses=1");
}

// A connection may be broken without the server's knowing: jobs pushed there would be lost for as
// long as the worker's heart beats on another.
TEST_F(Waiting, OneThatSaysWhatItHoldsIsGivenNothingOnItsOtherConnections) {
  enlist("w", "one", 1);
  EXPECT_EQ(consume(5, 1), "consuming");
  submit("a");
  EXPECT_EQ(others(), Texts{"1: push a#1"});
  enlist("w", "one", 2);
  EXPECT_EQ(request("w", {}, Duration::seconds(5), 2), "");
  RegisterWorker command;
  command.worker_id = "w";
  command.instance = "one";
  command.held = std::span<const LeaseRef>{};
  EXPECT_EQ(run(command, 3), "resumed 30000");
  EXPECT_EQ(others(), (Texts{"1: ended session_unknown", "2: no_job"}));
  submit("b");
  EXPECT_EQ(others(), Texts{});
  EXPECT_EQ(request("w", {}, {}, 3), "assign a#2");
}

TEST_F(Waiting, CreditIsCountedForOneSessionOnly) {
  enlist("w", "one", 1);
  consume(1, 1);
  submit("a");
  EXPECT_EQ(others(), Texts{"1: push a#1"});
  beat("w", "one", 2);
  enlist("other", "x", 1);
  EXPECT_EQ(others(), Texts{"1: ended session_unknown"});  // its connection changed sides
  EXPECT_EQ(consume(1, 1), "consuming");
  EXPECT_EQ(complete("a", 1), "ok");  // not pushed by this consume: no credit comes back
  submit("b");
  submit("c");
  EXPECT_EQ(others(), Texts{"1: push b#2"});
  EXPECT_EQ(complete("b", 2), "ok");
  EXPECT_EQ(others(), Texts{"1: push c#3"});
}

TEST_F(Waiting, FreedCreditFindsWorkInEveryQueue) {
  enlist("w", "one", 1);
  const std::string_view queues[] = {"x", "y"};
  run(Consume{{queues, {}, false}, 1}, 1);
  const auto in = [](std::string_view queue) {
    return [queue](JobSpec& job) { job.queue = queue; };
  };
  submit("a", in("x"));
  submit("b", in("y"));
  EXPECT_EQ(others(), Texts{"1: push a#1"});
  complete("a", 1);
  EXPECT_EQ(others(), Texts{"1: push b#2"});
}

TEST_F(Waiting, TheLongestWaiterThatCanRunAJobGetsIt) {
  const std::string_view mail[] = {"mail", "mail"};
  RequestJobs typed;
  typed.worker_id = "typed";
  typed.selection.job_types = mail;
  typed.wait = Duration::seconds(50);
  EXPECT_EQ(run(typed, 1), "");
  EXPECT_EQ(request("any", {}, Duration::seconds(50), 2), "");
  EXPECT_EQ(run(typed, 3), "");
  submit("m", [](JobSpec& job) { job.job_type = "mail"; });
  EXPECT_EQ(others(), Texts{"1: assign m#1"});
  submit("n", [](JobSpec& job) { job.job_type = "mail"; });
  EXPECT_EQ(others(), Texts{"2: assign n#2"});  // it has a duration
  submit("o", [](JobSpec& job) {
    job.job_type = "mail";
    job.duration.reset();
  });
  EXPECT_EQ(others(), Texts{"3: assign o#3"});
}

// The younger one is found by way of "mail", but what it would rather have is the older one's.
TEST_F(Waiting, AYoungerWaiterDoesNotTakeWhatAnOlderOneWaitsFor) {
  const std::string_view sleep = "sleep";
  RequestJobs typed;
  typed.worker_id = "typed";
  typed.selection.job_types = {&sleep, 1};
  typed.wait = Duration::seconds(50);
  EXPECT_EQ(run(typed, 1), "");
  EXPECT_EQ(request("any", {}, Duration::seconds(50), 2), "");
  SubmitItem items[2];
  for (SubmitItem& item : items) item.job.duration = Duration::seconds(1);
  items[0].job.job_type = "mail";
  items[1].job.job_type = "sleep";
  items[1].job.priority = 1;
  EXPECT_EQ(run(SubmitJobs{items, true, false}, 3), "accepted j-1 j-2");
  EXPECT_EQ(others(), (Texts{"1: assign j-2#1", "2: assign j-1#2"}));
}

// Each submission would ask each of them: minutes, instead of a blink.
TEST_F(Waiting, WaitersForOtherJobsCostNothing) {
  constexpr int kWaiters = 20'000;
  constexpr int kJobs = 20'000;
  for (int i = 0; i < kWaiters; ++i) {
    const std::string type = "t" + std::to_string(i);
    const std::string_view view = type;
    RequestJobs command;
    command.worker_id = "w";
    command.selection.job_types = {&view, 1};
    command.wait = Duration::seconds(60);
    ASSERT_EQ(run(command, 2), "");
  }
  for (int i = 0; i < kJobs; ++i) submit("");
  EXPECT_EQ(others(), Texts{});
  close(2);
  EXPECT_EQ(run(GetStats{}), "stats ready=20000 submitted=20000");
}

// Connections that wait for the same job, and close one by one.
TEST_F(Waiting, ManyWaitForOneJob) {
  constexpr uint64_t kWaits = 50'000;
  submit("a");
  for (uint64_t i = 1; i <= kWaits; ++i) run(WaitJob{"a", Duration::seconds(60)}, i);
  for (uint64_t i = kWaits; i > 1; --i) close(i);
  act(JobAction::kCancel, "a");
  EXPECT_EQ(others(), Texts{"1: a cancelled"});
}

TEST_F(Waiting, ASelectionIsBounded) {
  std::vector<std::string> texts;
  for (int i = 0; i < 100; ++i) texts.push_back("n" + std::to_string(i));
  const std::vector<std::string_view> names(texts.begin(), texts.end());
  RequestJobs command;
  command.worker_id = "w";
  command.selection.queues = names;
  command.selection.job_types = std::span(names).first(10);
  command.wait = Duration::seconds(1);
  EXPECT_EQ(run(command), "");
  command.selection.job_types = std::span(names).first(11);
  EXPECT_EQ(run(command), "too_large");
  RegisterWorker worker;
  worker.worker_id = worker.instance = "w";
  worker.queues = worker.job_types = names;
  EXPECT_EQ(run(worker), "too_large");
  worker.queues = {};
  EXPECT_EQ(run(worker), "registered 30000");
  EXPECT_EQ(run(Consume{{names, {}, false}, 1}), "too_large");
  EXPECT_EQ(run(Consume{{names, std::span(names).first(10), false}, 1}), "consuming");
}

}  // namespace
}  // namespace muster::engine
