// What a worker's heartbeat is told, and on which connection it hears of a cancelled job at once.
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using Texts = std::vector<std::string>;

class HeartbeatTest : public EngineFixture {
 protected:
  // Registers w with or without being told of cancelled jobs on this connection.
  std::string enlist_notified(bool notify, uint64_t connection) {
    RegisterWorker command;
    command.worker_id = "w";
    command.instance = "one";
    command.notify = notify;
    return run(command, connection);
  }
};

TEST_F(HeartbeatTest, AJobThatTimedOutIsTakenAwayAndTheWorkerTold) {
  enlist("w", "one");
  submit("a", [](JobSpec& job) { job.options.timeout = Duration::seconds(1); });
  request("w");
  const uint64_t token = token_of("a");
  Texts told;
  for (int beats = 0; beats < 7; ++beats) {
    pass(Duration::seconds(3));
    told.push_back(beat("w", "one"));
  }
  EXPECT_EQ(state("a"), "ready attempts=1 failures=1 losses=0");
  EXPECT_EQ(std::count(told.begin(), told.end(), "beat 30000 cancel a"), 1)
      << testing::PrintToString(told);
  EXPECT_EQ(complete("a", token), "ok") << "nobody has it since: it counts";
}

TEST_F(HeartbeatTest, StartedCountsForJobsThatItRuns) {
  enlist("w", "one", 1, 1);
  for (const char* id : {"a", "b", "c"}) submit(id);
  RequestJobs command;
  command.worker_id = "w";
  command.max = 2;
  command.many = true;
  run(command);
  // a runs; b is fetched ahead; c is not its own.
  const LeaseRef started[] = {{"b", LeaseToken(99), {}}, {"c", LeaseToken(1), {}}, {"x", {}, {}}};
  run(Heartbeat{"w", "one", started, {}});
  pass(Duration::seconds(11));
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
  EXPECT_EQ(state("b"), "ready attempts=1 failures=0 losses=0") << "it had not begun";
  EXPECT_EQ(state("c"), "ready attempts=0 failures=0 losses=0");
}

TEST_F(HeartbeatTest, AClosedConnectionIsToldNothing) {
  enlist_notified(true, 3);
  beat("w", "one", 4);
  submit("a");
  request("w", {}, {}, 4);
  close(3);
  act(JobAction::kCancel, "a");
  EXPECT_EQ(others(), Texts{});
  EXPECT_EQ(beat("w", "one", 4), "beat 3000 cancel a");
}

TEST_F(HeartbeatTest, RegisteringAgainWithoutNotifyEndsIt) {
  enlist_notified(true, 3);
  enlist_notified(false, 4);  // another connection does not take it away
  submit("a");
  submit("b");
  request("w", {}, {}, 3);
  request("w", {}, {}, 3);
  act(JobAction::kCancel, "a");
  EXPECT_EQ(others(), Texts{"3: cancel a"});
  enlist_notified(false, 3);
  act(JobAction::kCancel, "b");
  EXPECT_EQ(others(), Texts{});
}

// As many as fit into an answer; the others follow as these end.
TEST_F(HeartbeatTest, ManyCancelledJobsAreToldInParts) {
  enlist("w", "one", 1, limits::kConcurrencyMax);
  constexpr size_t kJobs = limits::kCancelsPerBeat + 1;
  for (size_t i = 0; i < kJobs; ++i) submit("");
  RequestJobs command;
  command.worker_id = "w";
  command.max = limits::kBatch;
  command.many = true;
  while (run(command) != "no_job") {
  }
  for (size_t i = 1; i <= kJobs; ++i) act(JobAction::kCancel, "j-" + std::to_string(i));
  const auto count = [](std::string_view text) {
    size_t found = 0;
    for (size_t at = text.find("cancel"); at != text.npos; at = text.find("cancel", at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count(beat("w", "one")), limits::kCancelsPerBeat);
  fail("j-1", token_of("j-1"));
  fail("j-2", token_of("j-2"));
  EXPECT_EQ(count(beat("w", "one")), kJobs - 2);
}

}  // namespace
}  // namespace muster::engine
