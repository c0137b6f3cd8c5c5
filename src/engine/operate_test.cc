// Cancel, retry, delete, waiting for an end, lists and statistics.
#include <map>
#include <set>

#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using Operate = EngineFixture;

TEST_F(Operate, CancelBeforeItRuns) {
  submit("a");
  submit("b", [](JobSpec& job) { job.delay = Duration::seconds(1); });
  EXPECT_EQ(act(JobAction::kCancel, "a"), "ok cancelled");
  EXPECT_EQ(act(JobAction::kCancel, "b"), "ok cancelled");
  EXPECT_EQ(act(JobAction::kCancel, "a"), "ok cancelled duplicate");
  EXPECT_EQ(act(JobAction::kCancel, "none"), "not_found");
  pass(Duration::seconds(2));
  EXPECT_EQ(request("w"), "no_job");
}

TEST_F(Operate, ACompletionBeatsACancel) {
  submit("a");
  request("w");
  act(JobAction::kCancel, "a");
  EXPECT_EQ(complete("a", 1), "ok");
  EXPECT_EQ(state("a"), "completed attempts=1 failures=0 losses=0");
  EXPECT_EQ(act(JobAction::kCancel, "a"), "conflict");
}

TEST_F(Operate, RetryBeginsTheBudgetsAnew) {
  submit("a", [](JobSpec& job) { job.options.retry.max_attempts = 1; });
  request("w");
  EXPECT_EQ(fail("a", 1), "ok dead");
  EXPECT_EQ(act(JobAction::kRetry, "a"), "ok ready");
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=0");
  EXPECT_EQ(act(JobAction::kRetry, "a"), "ok ready duplicate");
  request("w");
  complete("a", 2);
  EXPECT_EQ(act(JobAction::kRetry, "a"), "conflict");
}

TEST_F(Operate, RetryOfAScheduledJobRunsItNow) {
  submit("a", [](JobSpec& job) { job.delay = Duration::hours(1); });
  EXPECT_EQ(act(JobAction::kRetry, "a"), "ok ready");
  EXPECT_EQ(request("w"), "assign a#1");
}

TEST_F(Operate, DeleteTakesAllButRunningJobs) {
  submit("a");
  submit("b");
  request("w");
  EXPECT_EQ(act(JobAction::kDelete, "a"), "conflict");
  EXPECT_EQ(act(JobAction::kDelete, "b"), "ok");
  EXPECT_EQ(act(JobAction::kDelete, "b"), "not_found");
  const std::string_view ids[] = {"a", "b"};
  EXPECT_EQ(run(ActOnJobs{JobAction::kCancel, ids, true}), "a ok running, b not_found");
}

TEST_F(Operate, WaitingForAnEnd) {
  submit("a");
  EXPECT_EQ(run(WaitJob{"none", Duration::seconds(1)}), "not_found");
  EXPECT_EQ(run(WaitJob{"a", Duration()}), "a ready");
  EXPECT_EQ(run(WaitJob{"a", Duration::seconds(1)}, 5), "");
  EXPECT_EQ(run(WaitJob{"a", Duration::seconds(60)}, 6), "");
  pass(Duration::milliseconds(1'100));
  EXPECT_EQ(others(), std::vector<std::string>{"5: a ready"});
  request("w");
  complete("a", 1);
  EXPECT_EQ(others(), std::vector<std::string>{"6: a completed"});
  EXPECT_EQ(run(WaitJob{"a", Duration::seconds(60)}), "a completed");
  EXPECT_EQ(close(6), "");
}

TEST_F(Operate, DeletingAJobAnswersWhoWaitsForIt) {
  submit("a");
  run(WaitJob{"a", Duration::seconds(60)}, 6);
  act(JobAction::kDelete, "a");
  EXPECT_EQ(others(), std::vector<std::string>{"6: a ready"});
}

TEST_F(Operate, ListsComeInPages) {
  for (int i = 0; i < 5; ++i) submit("a" + std::to_string(i));
  submit("q", [](JobSpec& job) { job.queue = "other"; });
  ListJobs list;
  list.limit = 2;
  EXPECT_EQ(run(list), "page a0 a1 more");
  list.after = JobSeq(2);
  EXPECT_EQ(run(list), "page a2 a3 more");
  list.after = JobSeq(4);
  EXPECT_EQ(run(list), "page a4 q");
  list = {"other", std::nullopt, {}, 10};
  EXPECT_EQ(run(list), "page q");
  list = {std::nullopt, JobState::kRunning, {}, 10};
  EXPECT_EQ(run(list), "page");
}

TEST_F(Operate, QueuesAndStats) {
  submit("a");
  submit("b", [](JobSpec& job) { job.queue = "other"; });
  run(PauseQueue{"other", true});
  EXPECT_EQ(run(ListQueues{}), "queues default:1 other:1 paused");
  restart();
  EXPECT_EQ(run(ListQueues{}), "queues default:1 other:1 paused");
  EXPECT_EQ(run(GetStats{}), "stats ready=2 submitted=2");
}

TEST_F(Operate, TokensGrowOverRestarts) {
  submit("a");
  submit("b");
  request("w");
  const uint64_t before = token_of("a");
  restart();
  request("w");
  EXPECT_GE(token_of("b"), before + limits::kTokenRange);
}

// The image of a checkpoint that failed is merged back, whatever happened to its jobs since.
TEST_F(Operate, AFailedCheckpointLosesNothing) {
  for (const char* id : {"a", "b", "c"}) submit(id);
  restart();  // a, b and c are stored as ready
  request("w");
  act(JobAction::kDelete, "c");
  submit("d");
  submit("e");
  CheckpointImage failed = engine().capture();
  complete("a", token_of("a"));
  act(JobAction::kDelete, "b");
  act(JobAction::kDelete, "d");
  engine().merge_back(std::move(failed));
  const CheckpointImage next = engine().capture();
  std::map<std::string, bool> written;  // by id; whether the store has it
  for (const CheckpointJob& entry : next.jobs) {
    written[std::string(entry.record.id())] = entry.previous.kind != StoredPosition::Kind::kNone;
  }
  EXPECT_EQ(written, (std::map<std::string, bool>{{"a", true}, {"e", false}}));
  std::set<JobSeq> removed;  // d never was there
  for (const CheckpointRemoval& removal : next.removals) removed.insert(removal.job);
  EXPECT_EQ(removed, (std::set<JobSeq>{JobSeq(2), JobSeq(3)}));
  restart();
  EXPECT_EQ(state("a"), "completed attempts=1 failures=0 losses=0");
  EXPECT_EQ(state("b"), "not_found");
  EXPECT_EQ(state("c"), "not_found");
  EXPECT_EQ(state("d"), "not_found");
  EXPECT_EQ(state("e"), "ready attempts=0 failures=0 losses=0");
}

}  // namespace
}  // namespace muster::engine
