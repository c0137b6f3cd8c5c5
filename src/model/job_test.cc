#include "model/job.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "model/checkpoint.h"
#include "model/counters.h"
#include "model/error.h"

namespace muster {
namespace {

TEST(JobState, NamesComeBack) {
  std::set<std::string_view> names;
  for (int i = 1; i <= 6; ++i) {
    const auto state = static_cast<JobState>(i);
    EXPECT_EQ(job_state_from(name(state)), state);
    names.insert(name(state));
  }
  EXPECT_EQ(names.size(), 6U);
  EXPECT_EQ(name(JobState::kDead), "dead");
  EXPECT_EQ(job_state_from(""), std::nullopt);
  EXPECT_EQ(job_state_from("pending"), std::nullopt);
}

TEST(JobState, TerminalStatesAreTheLast) {
  EXPECT_FALSE(is_terminal(JobState::kRunning));
  EXPECT_TRUE(is_terminal(JobState::kCompleted));
  EXPECT_TRUE(is_terminal(JobState::kDead));
  EXPECT_TRUE(is_terminal(JobState::kCancelled));
}

TEST(Names, StandForTheirValues) {
  EXPECT_EQ(name(ScheduleReason::kRelease), "release");
  EXPECT_EQ(name(ScheduleReason::kNone), "");
  EXPECT_EQ(name(Outcome::kCompleted), "completed");
  EXPECT_EQ(name(Outcome::kLeaseExpired), "lease_expired");
  EXPECT_EQ(name(Outcome::kDeadline), "deadline");
  EXPECT_EQ(name(DeathReason::kLost), "worker_lost");
  EXPECT_EQ(name(DeathReason::kDeadline), "deadline");
}

JobRecord sample() {
  JobRecord job;
  job.seq = JobSeq(1);
  job.text = SharedBytes({"id", "\"payload\":1"});
  job.id_size = 2;
  job.lane = std::make_shared<LaneName>();
  job.options = std::make_shared<JobOptions>();
  return job;
}

template <class T, class Change>
std::shared_ptr<const T> changed(const std::shared_ptr<const T>& from, Change change) {
  auto copy = from ? std::make_shared<T>(*from) : std::make_shared<T>();
  change(*copy);
  return copy;
}

TEST(JobRecord, TextIsIdThenBody) {
  EXPECT_EQ(sample().id(), "id");
  EXPECT_EQ(sample().body(), "\"payload\":1");
}

// Each durable field, changed alone, changes the hash; what is not in the list is not durable.
TEST(JobRecord, EveryFieldIsInTheHash) {
  using Change = std::function<void(JobRecord&)>;
  const std::vector<Change> changes = {
      [](JobRecord& j) { j.seq = JobSeq(2); },
      [](JobRecord& j) { j.order = OrderSeq(2); },
      [](JobRecord& j) { j.token = LeaseToken(2); },
      [](JobRecord& j) { j.id_size = 3; },
      [](JobRecord& j) { j.text = SharedBytes("other"); },
      [](JobRecord& j) { j.named = true; },
      [](JobRecord& j) { j.state = JobState::kReady; },
      [](JobRecord& j) { j.schedule_reason = ScheduleReason::kRetry; },
      [](JobRecord& j) { j.death_reason = DeathReason::kLost; },
      [](JobRecord& j) { j.cancel_requested = true; },
      [](JobRecord& j) { j.lease_by_session = true; },
      [](JobRecord& j) { j.tokenless = true; },
      [](JobRecord& j) { j.priority = 1; },
      [](JobRecord& j) { j.attempts = 1; },
      [](JobRecord& j) { j.failures = 1; },
      [](JobRecord& j) { j.losses = 1; },
      [](JobRecord& j) { j.fingerprint = 1; },
      [](JobRecord& j) { j.duration = Duration::seconds(1); },
      [](JobRecord& j) { j.lease = Duration::seconds(1); },
      [](JobRecord& j) { j.submitted_at = WallTime::from_ms(1); },
      [](JobRecord& j) { j.due_at = WallTime::from_ms(1); },
      [](JobRecord& j) { j.started_at = WallTime::from_ms(1); },
      [](JobRecord& j) { j.ended_at = WallTime::from_ms(1); },
      [](JobRecord& j) { j.lane = changed(j.lane, [](auto& lane) { lane.queue = "q"; }); },
      [](JobRecord& j) { j.lane = changed(j.lane, [](auto& lane) { lane.job_type = "q"; }); },
      [](JobRecord& j) { j.lane = changed(j.lane, [](auto& lane) { lane.timed = true; }); },
      [](JobRecord& j) { j.options = changed(j.options, [](auto& o) { o.max_lost = 1; }); },
      [](JobRecord& j) { j.options = changed(j.options, [](auto& o) { o.timeout = Duration(); }); },
      [](JobRecord& j) { j.options = changed(j.options, [](auto& o) { o.deadline.emplace(); }); },
      [](JobRecord& j) { j.options = changed(j.options, [](auto& o) { o.retry.cap = {}; }); },
      [](JobRecord& j) { j.worker = changed(j.worker, [](auto& w) { w.id = "w"; }); },
      [](JobRecord& j) { j.worker = changed(j.worker, [](auto& w) { w.instance = "w"; }); },
      [](JobRecord& j) { j.history = changed(j.history, [](auto& h) { h.result = "1"; }); },
      [](JobRecord& j) { j.history = changed(j.history, [](auto& h) { h.attempts.resize(1); }); },
  };
  std::set<uint64_t> hashes = {hash_of(sample())};
  for (const Change& change : changes) {
    JobRecord job = sample();
    change(job);
    hashes.insert(hash_of(job));
  }
  EXPECT_EQ(hashes.size(), changes.size() + 1);
  EXPECT_EQ(hash_of(sample()), hash_of(sample())) << "pointers do not matter";
}

TEST(StoredPosition, FollowsTheState) {
  JobRecord job = sample();
  job.priority = 7;
  job.order = OrderSeq(9);
  EXPECT_EQ(StoredPosition::of(job), (StoredPosition{StoredPosition::Kind::kOther, 0, {}}));
  job.state = JobState::kReady;
  EXPECT_EQ(StoredPosition::of(job),
            (StoredPosition{StoredPosition::Kind::kWaiting, 7, OrderSeq(9)}));
}

TEST(QueueRecord, CountsByState) {
  QueueRecord queue;
  queue.jobs[static_cast<size_t>(JobState::kDead)] = 4;
  EXPECT_EQ(queue.count(JobState::kDead), 4U);
  EXPECT_EQ(queue.count(JobState::kReady), 0U);
}

TEST(ErrorTable, NamesAreWordsAndDiffer) {
  std::set<std::string_view> names;
  for (const ErrorInfo& row : kErrorTable) {
    names.insert(row.name);
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_"), std::string_view::npos);
    EXPECT_FALSE(row.meaning.empty());
    EXPECT_EQ(info(row.code).name, row.name);
  }
  EXPECT_EQ(names.size(), kErrorTable.size());
  EXPECT_TRUE(info(ErrorCode::kQueueFull).retryable);
  EXPECT_FALSE(info(ErrorCode::kLeaseLost).retryable);
}

}  // namespace
}  // namespace muster
