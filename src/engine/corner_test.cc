// What is rare or large: more at once than one turn does, with the rest following and nothing
// forgotten; when the engine wants to be asked again; shapes of requests that few clients use.
#include <numeric>

#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

class Corner : public EngineFixture {
 protected:
  static EngineConfig config() {
    EngineConfig config;
    config.finished_age = Duration::minutes(1);
    config.dead_age = Duration::minutes(2);
    return config;
  }
  Corner() : EngineFixture(config()) {}
  Duration until_wakeup() { return engine().next_wakeup().steady - now_.steady; }
};

TEST_F(Corner, JobsForTheSameMomentOfTheDay) {
  const WallTime at = now_.wall + Duration::seconds(1);
  for (int i = 0; i < 2000; ++i) {
    submit("", [&](JobSpec& job) { job.run_at = at; });
  }
  EXPECT_EQ(engine().next_wakeup().wall, at);
  pass(Duration::seconds(1));
  EXPECT_EQ(run(GetStats{}), "stats ready=1024 submitted=2000");
  run(Tick{}, 0);
  EXPECT_EQ(run(GetStats{}), "stats ready=2000 submitted=2000");
  EXPECT_EQ(engine().next_wakeup().wall, WallTime::max());
}

TEST_F(Corner, RequestsThatWaitedInVain) {
  for (uint64_t i = 0; i < 1500; ++i) {
    EXPECT_EQ(request("w", {}, Duration::milliseconds(100), i + 1), "");
  }
  EXPECT_EQ(until_wakeup(), Duration::milliseconds(100));
  pass(Duration::milliseconds(100));
  EXPECT_EQ(others().size(), 1024U);
  EXPECT_EQ(until_wakeup(), Duration());
  run(Tick{}, 0);
  EXPECT_EQ(others().size(), 1500U - 1024U);
  EXPECT_EQ(engine().next_wakeup().steady, Instant::max());
}

TEST_F(Corner, SessionsLostAtOnce) {
  constexpr size_t kWorkers = 1500;
  for (size_t i = 0; i < kWorkers; ++i) {
    const std::string id = "w" + std::to_string(i);
    enlist(id, "one", i + 1);
    submit("");
    request(id, {}, {}, i + 1);
  }
  EXPECT_LE(until_wakeup(), limits::kSteadyPerTurn);
  pass(Duration::seconds(10));
  const auto ready = [this] { return run(GetStats{}); };
  EXPECT_EQ(ready(), "stats ready=512 submitted=1500") << "a session and its job count as two";
  for (int turns = 0; turns < 3; ++turns) run(Tick{}, 0);
  EXPECT_EQ(ready(), "stats ready=1500 submitted=1500");
}

// Removed when their time has come, so many with one event.
TEST_F(Corner, EndedJobsThatGrowOldTogether) {
  constexpr size_t kJobs = limits::kRetireMost + 10;
  for (size_t i = 0; i < kJobs; ++i) submit("");
  for (size_t i = 1; i <= kJobs; ++i) act(JobAction::kCancel, "j-" + std::to_string(i));
  EXPECT_LE(until_wakeup(), limits::kSteadyPerTurn);
  pass(Duration::milliseconds(59'900));
  EXPECT_EQ(engine().live_jobs(), kJobs);
  pass(Duration::milliseconds(100));
  EXPECT_EQ(engine().live_jobs(), 10U);
  run(Tick{}, 0);
  EXPECT_EQ(engine().live_jobs(), 0U);
  EXPECT_EQ(engine().next_wakeup().steady, Instant::max());
}

TEST_F(Corner, DeadJobsHaveAnAgeOfTheirOwn) {
  submit("a", [](JobSpec& job) { job.options.retry.max_attempts = 1; });
  request("w");
  fail("a", token_of("a"));
  EXPECT_EQ(state("a"), "dead attempts=1 failures=1 losses=0");
  pass(Duration::minutes(2) - Duration::milliseconds(100));
  EXPECT_EQ(until_wakeup(), Duration::milliseconds(100));
  EXPECT_EQ(engine().live_jobs(), 1U);
  pass(Duration::milliseconds(100));
  EXPECT_EQ(engine().live_jobs(), 0U);
}

// Holders of nothing are dropped by the hundred; those who come back are as before.
TEST_F(Corner, WorkersThatComeAndGo) {
  for (int i = 0; i < 200; ++i) {
    const std::string id = "w" + std::to_string(i);
    submit("");
    request(id);
    const std::string job_id = "j-" + std::to_string(i + 1);
    EXPECT_EQ(complete(job_id, token_of(job_id)), "ok");
  }
  submit("again");
  request("w0");
  EXPECT_EQ(job("again")->worker->id, "w0");
}

// A lane may be named twice in one request: it is left once.
TEST_F(Corner, QueuesNamedTwice) {
  EXPECT_EQ(request("w", {"a", "a"}, Duration::milliseconds(100), 1), "");
  pass(Duration::milliseconds(100));
  EXPECT_EQ(others(), std::vector<std::string>{"1: no_job"});
  submit("x", [](JobSpec& job) { job.queue = "a"; });
  EXPECT_TRUE(others().empty()) << "nobody waits any more";
}

// A factor of 1 is a constant pause, whatever the number of failures.
TEST_F(Corner, FailuresWithAConstantPause) {
  submit("a", [](JobSpec& job) {
    job.options.retry = {1000, Duration::seconds(2), 1000, Duration::hours(1), 0};
  });
  for (int failures = 1; failures <= 5; ++failures) {
    request("w");
    fail("a", token_of("a"));
    EXPECT_EQ(job("a")->due_at, now_.wall + Duration::seconds(2)) << failures;
    pass(Duration::milliseconds(2100));
  }
}

// The next job comes from where the worker takes its jobs, not from where the last one was.
TEST_F(Corner, TheNextJobComesFromTheQueuesOfTheSession) {
  const std::string_view queues[] = {"mine"};
  RegisterWorker command;
  command.worker_id = "w";
  command.instance = "one";
  command.queues = queues;
  run(command);
  const auto to = [](std::string_view queue) {
    return [queue](JobSpec& job) { job.queue = queue; };
  };
  submit("a", to("mine"));
  EXPECT_EQ(request("w", {"mine"}), "assign a#1");
  submit("other", to("default"));
  submit("b", to("mine"));
  const CompleteItem item{{"a", LeaseToken(1), {}}, {}};
  CompleteJobs complete;
  complete.items = {&item, 1};
  complete.next_wait = Duration();
  EXPECT_EQ(run(complete), "ok next b#2");
  EXPECT_EQ(state("other"), "ready attempts=0 failures=0 losses=0");
}

// A job that was stored, changed, captured for a checkpoint that failed, and removed: its old
// position goes with the next one.
TEST_F(Corner, AJobThatIsGoneWhenItsCheckpointFails) {
  submit("a");
  restart();
  request("w");
  CheckpointImage failed = engine().capture();
  ASSERT_EQ(failed.jobs.size(), 1U);
  complete("a", token_of("a"));
  act(JobAction::kDelete, "a");
  engine().merge_back(std::move(failed));
  const CheckpointImage next = engine().capture();
  EXPECT_TRUE(next.jobs.empty());
  ASSERT_EQ(next.removals.size(), 1U);
  EXPECT_EQ(next.removals[0].previous.kind, StoredPosition::Kind::kWaiting);
}

}  // namespace
}  // namespace muster::engine
