// Sleeps and commands in one table, with real processes and a clock that the test moves.
#include "worker/running_jobs.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

namespace muster::worker {
namespace {

class RunningJobsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto spawner = Spawner::start();
    ASSERT_TRUE(spawner);
    spawner_.emplace(std::move(*spawner));
    jobs_.emplace(&*spawner_, JobSurroundings{"host:1", Duration::minutes(10)});
  }
  void TearDown() override { jobs_.reset(); }

  static Assignment assignment(uint64_t lease, decltype(Assignment::work) work) {
    Assignment assignment;
    assignment.name = {"job-" + std::to_string(lease), LeaseToken(lease), 2};
    assignment.queue = "mail";
    assignment.work = std::move(work);
    return assignment;
  }
  void start(uint64_t lease, decltype(Assignment::work) work,
             std::optional<Duration> timeout = {}) {
    Assignment job = assignment(lease, std::move(work));
    job.timeout = timeout;
    jobs_->start(std::move(job), now_);
  }
  void start_shell(uint64_t lease, const std::string& script) {
    start(lease, ExecWork{{"sh", "-c", script}});
  }
  // Polls until something ends.
  std::vector<JobEnd> next_ends() {
    while (true) {
      std::vector<JobEnd> ends = jobs_->collect(now_);
      if (!ends.empty()) return ends;
      std::vector<pollfd> fds;
      jobs_->add_to(&fds);
      ::poll(fds.data(), fds.size(), -1);
    }
  }
  JobEnd next_end() {
    std::vector<JobEnd> ends = next_ends();
    EXPECT_EQ(ends.size(), 1U);
    return std::move(ends.front());
  }

  Instant now_ = Instant::from_ms(1'000);
  std::optional<Spawner> spawner_;
  std::optional<RunningJobs> jobs_;
};

TEST_F(RunningJobsTest, ASleepEndsAtItsTimeAndNotBefore) {
  start(1, SleepWork{Duration::milliseconds(1500)});
  EXPECT_EQ(jobs_->next_deadline(), now_ + Duration::milliseconds(1500));
  now_ = now_ + Duration::milliseconds(1499);
  EXPECT_TRUE(jobs_->collect(now_).empty());
  now_ = now_ + Duration::milliseconds(1);
  const JobEnd end = next_end();
  EXPECT_EQ(end.kind, EndKind::kCompleted);
  EXPECT_EQ(end.name, (AttemptName{"job-1", LeaseToken(1), 2}));
  EXPECT_EQ(end.result, "");
  EXPECT_EQ(jobs_->size(), 0U);
  EXPECT_EQ(jobs_->next_deadline(), Instant::max());
}

TEST_F(RunningJobsTest, ACommandKnowsItsJob) {
  start_shell(7, "echo $MUSTER_JOB_ID $MUSTER_ATTEMPT $MUSTER_LEASE $MUSTER_QUEUE $MUSTER_SERVER");
  const JobEnd end = next_end();
  EXPECT_EQ(end.kind, EndKind::kCompleted);
  EXPECT_NE(end.result.find(R"("head":"job-7 2 7 mail host:1\n")"), std::string::npos);
}

TEST_F(RunningJobsTest, AFailureIsAFailure) {
  start_shell(1, "exit 9");
  const JobEnd end = next_end();
  EXPECT_EQ(end.kind, EndKind::kFailed);
  EXPECT_EQ(end.exit_code, 9);
}

TEST_F(RunningJobsTest, WhatCannotRunFailsAtOnce) {
  start(1, BadWork{"no such thing"});
  EXPECT_LE(jobs_->next_deadline(), now_);
  const JobEnd end = next_end();
  EXPECT_EQ(end.kind, EndKind::kFailed);
  EXPECT_EQ(end.error_class, "unsupported");
  EXPECT_EQ(end.message, "no such thing");
}

TEST_F(RunningJobsTest, ATimeoutEndsSleepsAndCommands) {
  start(1, SleepWork{Duration::hours(1)}, Duration::seconds(5));
  start(2, ExecWork{{"sleep", "1000"}}, Duration::seconds(5));
  EXPECT_EQ(jobs_->next_deadline(), now_ + Duration::seconds(5));
  now_ = now_ + Duration::milliseconds(4'999);
  EXPECT_TRUE(jobs_->collect(now_).empty());
  now_ = now_ + Duration::milliseconds(1);
  std::vector<JobEnd> ends;
  while (ends.size() < 2) {
    for (JobEnd& end : next_ends()) ends.push_back(std::move(end));
  }
  for (const JobEnd& end : ends) {
    EXPECT_EQ(end.kind, EndKind::kTimedOut);
    EXPECT_EQ(end.message, "ran longer than timeout_ms=5000");
  }
}

TEST_F(RunningJobsTest, WhyItWasStoppedCountsNotHowItEnded) {
  const std::pair<StopReason, EndKind> cases[] = {{StopReason::kDrain, EndKind::kReleased},
                                                  {StopReason::kCancel, EndKind::kCancelled},
                                                  {StopReason::kLeaseLost, EndKind::kLeaseLost}};
  for (const auto& [reason, kind] : cases) {
    // It would say that all is well; the order may come before it can.
    start_shell(1, "trap 'exit 0' TERM; while :; do sleep 1; done");
    jobs_->stop(LeaseToken(1), reason);
    EXPECT_EQ(next_end().kind, kind);
  }
}

TEST_F(RunningJobsTest, TheWorstReasonCounts) {
  start(1, ExecWork{{"sleep", "1000"}});
  jobs_->stop(LeaseToken(1), StopReason::kLeaseLost);
  jobs_->stop(LeaseToken(1), StopReason::kCancel);
  EXPECT_EQ(next_end().kind, EndKind::kLeaseLost);
  start(2, ExecWork{{"sleep", "1000"}});
  jobs_->stop(LeaseToken(2), StopReason::kDrain);
  jobs_->stop(LeaseToken(2), StopReason::kCancel);
  EXPECT_EQ(next_end().kind, EndKind::kCancelled);
}

TEST_F(RunningJobsTest, ASleepIsStoppedAtOnce) {
  start(1, SleepWork{Duration::hours(1)});
  jobs_->stop(LeaseToken(1), StopReason::kCancel);
  EXPECT_EQ(next_end().kind, EndKind::kCancelled);
  jobs_->stop(LeaseToken(1), StopReason::kCancel);  // too late: nothing happens
  EXPECT_EQ(jobs_->size(), 0U);
}

TEST_F(RunningJobsTest, KillAllLeavesNoGrace) {
  start_shell(1, "trap '' TERM; while :; do sleep 1000; done");
  start(2, SleepWork{Duration::hours(1)});
  jobs_->kill_all();
  std::vector<JobEnd> ends;
  while (ends.size() < 2) {
    for (JobEnd& end : next_ends()) ends.push_back(std::move(end));
  }
  for (const JobEnd& end : ends) EXPECT_EQ(end.kind, EndKind::kReleased);
}

TEST_F(RunningJobsTest, WithoutASpawnerJobsAreHandedBack) {
  ::kill(spawner_->pid(), SIGKILL);
  siginfo_t info;
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(spawner_->pid()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(jobs_->broken());
  start(1, ExecWork{{"true"}});
  EXPECT_TRUE(jobs_->broken());
  EXPECT_EQ(next_end().kind, EndKind::kReleased);
}

}  // namespace
}  // namespace muster::worker
