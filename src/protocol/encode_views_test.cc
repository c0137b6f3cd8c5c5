// Records and lists, as people and programs are shown them.
#include <gtest/gtest.h>

#include "protocol/answer.h"
#include "protocol/encoder.h"
#include "protocol/record_check.h"

namespace muster::protocol {
namespace {

std::string encoded(const Reply& reply, const ServerFacts& facts = {}) {
  std::string out;
  encode_reply({}, reply, facts, &out);
  EXPECT_TRUE(Answer::parse(out).ok()) << out;
  out.pop_back();
  return out;
}

constexpr std::string_view kDefaults =
    R"("retry":{"max_attempts":5,"backoff_ms":1000,"factor":2,"cap_ms":3600000,"jitter":0.1},)"
    R"("max_lost":3)";

TEST(EncodeViews, ARunningJob) {
  const JobRecord job = running_record("a", R"("duration":5,"payload":[1])");
  EXPECT_EQ(encoded(JobView{&job, 50, "half"}),
            R"({"status":"ok","job_id":"a","state":"running","queue":"default","job_type":"sleep",)"
            R"("priority":1000,"attempt":2,"failures":0,"losses":0,"cancel_requested":false,)"
            R"("submitted_at_ms":1000,"started_at_ms":2000,"worker_id":"w1","lease":42,)"
            R"("lease_ms":30000,"percent":50,"note":"half",)" +
                std::string(kDefaults) + R"(,"duration":5,"payload":[1],"attempts":[]})");
}

TEST(EncodeViews, ACompletedJobShowsItsAttempts) {
  JobRecord job = running_record("a", "");
  job.state = JobState::kCompleted;
  job.ended_at = WallTime::from_ms(3000);
  JobHistory history;
  history.attempts.push_back({1,
                              LeaseToken(41),
                              "w0",
                              WallTime::from_ms(1100),
                              WallTime::from_ms(1200),
                              Outcome::kFailed,
                              true,
                              {"E", "m", "t", 3, {}}});
  history.result = R"({"n": 1})";
  job.failures = 1;
  job.history = std::make_shared<JobHistory>(history);
  EXPECT_EQ(
      encoded(JobView{&job, {}, {}}),
      R"({"status":"ok","job_id":"a","state":"completed","queue":"default","job_type":"sleep",)"
      R"("priority":1000,"attempt":2,"failures":1,"losses":0,"cancel_requested":false,)"
      R"("submitted_at_ms":1000,"started_at_ms":2000,"ended_at_ms":3000,"worker_id":"w1",)"
      R"("lease":42,)" +
          std::string(kDefaults) +
          R"(,"attempts":[{"attempt":1,"lease":41,"worker_id":"w0","started_at_ms":1100,)"
          R"("ended_at_ms":1200,"outcome":"failed","charged":true,)"
          R"("error":{"class":"E","message":"m","trace":"t","exit_code":3}},)"
          R"({"attempt":2,"lease":42,"worker_id":"w1","started_at_ms":2000,"ended_at_ms":3000,)"
          R"("outcome":"completed","charged":false}],"result":{"n": 1}})");
}

TEST(EncodeViews, AScheduledJobSaysWhyAndUntilWhen) {
  JobRecord job = running_record("a", "");
  job.state = JobState::kScheduled;
  job.schedule_reason = ScheduleReason::kRetry;
  job.due_at = WallTime::from_ms(9000);
  job.worker = nullptr;
  JobOptions options;
  options.timeout = Duration::seconds(1);
  options.deadline = WallTime::from_ms(5);
  options.result_ttl = Duration::seconds(2);
  options.retry.factor_milli = 1500;
  job.options = std::make_shared<JobOptions>(options);
  const std::string line = encoded(JobView{&job, {}, {}});
  for (const char* part :
       {R"("schedule_reason":"retry")", R"("due_at_ms":9000)", R"("timeout_ms":1000)",
        R"("deadline_at_ms":5)", R"("result_ttl_ms":2000)", R"("factor":1.5)"}) {
    EXPECT_NE(line.find(part), std::string::npos) << part << " in " << line;
  }
  for (const char* part :
       {"started_at_ms", "ended_at_ms", "worker_id", "lease_ms", "death_reason"}) {
    EXPECT_EQ(line.find(part), std::string::npos) << part << " in " << line;
  }
  job.state = JobState::kDead;
  job.schedule_reason = ScheduleReason::kNone;
  job.death_reason = DeathReason::kLost;
  EXPECT_NE(encoded(JobView{&job, {}, {}}).find(R"("death_reason":"worker_lost")"),
            std::string::npos);
}

// Only what there is to say: an error without class, trace and exit code, a job nobody ever held.
TEST(EncodeViews, AnAttemptSaysOnlyWhatIsKnown) {
  JobRecord job = running_record("a", "");
  job.state = JobState::kCancelled;
  job.ended_at = WallTime::from_ms(3000);
  job.worker = nullptr;
  job.token = LeaseToken();
  job.attempts = 0;
  JobHistory history;
  history.attempts.resize(2);
  history.attempts[0].outcome = Outcome::kLost;
  history.attempts[1].outcome = Outcome::kFailed;
  history.attempts[1].error.message = "m";
  history.attempts[1].error.signal = 9;
  job.history = std::make_shared<JobHistory>(history);
  const std::string line = encoded(JobView{&job, {}, {}});
  EXPECT_NE(line.find(R"("outcome":"worker_lost","charged":false},)"), std::string::npos) << line;
  EXPECT_NE(line.find(R"("error":{"message":"m","signal":9}}]})"), std::string::npos) << line;
  for (const char* part : {"started_at_ms\":2000", "worker_id\":\"w1", "\"lease\":42", "result"}) {
    EXPECT_EQ(line.find(part), std::string::npos) << part << " in " << line;
  }
}

// A completion that nobody was known to have made, as the class project's servers take it.
TEST(EncodeViews, ACompletedJobWithoutAWorker) {
  JobRecord job = running_record("a", "");
  job.state = JobState::kCompleted;
  job.worker = nullptr;
  EXPECT_NE(encoded(JobView{&job, {}, {}}).find(R"("lease":42,"worker_id":"","started_at_ms")"),
            std::string::npos);
}

TEST(EncodeViews, PagesLeaveOutResultsAndAttempts) {
  JobRecord job = running_record("a", R"("payload":1)");
  job.history = std::make_shared<JobHistory>(JobHistory{{}, R"("big")"});
  const JobView views[] = {{&job, {}, {}}, {&job, {}, {}}};
  const std::string page = encoded(JobPage{views, JobSeq(17)});
  EXPECT_EQ(page.find("attempts\":["), std::string::npos);
  EXPECT_EQ(page.find("result"), std::string::npos);
  const auto parsed = Answer::parse(page);
  ASSERT_TRUE(parsed.ok());
  EXPECT_EQ((*parsed)["jobs"].size(), 2U);
  EXPECT_EQ((*parsed)["next"].integer(), 17);
  EXPECT_EQ(encoded(JobPage{{}, {}}), R"({"status":"ok","jobs":[],"next":null})");
}

TEST(EncodeViews, Queues) {
  QueueRecord queue;
  queue.name = "q";
  queue.paused = true;
  queue.jobs = {0, 1, 2, 3, 4, 5, 6};
  queue.totals = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  const QueueView views[] = {{&queue, Duration::milliseconds(12)}, {&queue, {}}};
  const std::string counts =
      R"({"queue":"q","paused":true,"jobs":{"scheduled":1,"ready":2,"running":3,"completed":4,)"
      R"("dead":5,)"
      R"("cancelled":6},)";
  const std::string totals =
      R"("totals":{"submitted":1,"leased":2,"completed":3,"failed":4,"lost":5,"released":6,)"
      R"("died":7,)"
      R"("cancelled":8,"removed":9}})";
  EXPECT_EQ(encoded(QueueList{views}), R"({"status":"ok","queues":[)" + counts +
                                           R"("oldest_ready_ms":12,)" + totals + "," + counts +
                                           R"("oldest_ready_ms":null,)" + totals + "]}");
}

TEST(EncodeViews, Workers) {
  const std::string queues[] = {"a", "b"};
  WorkerView worker;
  worker.id = "w";
  worker.instance = "i";
  worker.host = "h";
  worker.pid = 7;
  worker.version = "1";
  worker.labels = R"({"x":1})";
  worker.queues = queues;
  worker.concurrency = 4;
  worker.running = 2;
  worker.connections = 1;
  worker.since_heartbeat = Duration::milliseconds(30);
  worker.state = "running";
  WorkerView bare = worker;
  bare.labels = {};
  EXPECT_EQ(encoded(WorkerList{std::span(&bare, 1)}).find("labels"), std::string::npos);
  EXPECT_EQ(
      encoded(WorkerList{std::span(&worker, 1)}),
      R"({"status":"ok","workers":[{"worker_id":"w","instance":"i","state":"running","host":"h",)"
      R"("pid":7,"version":"1","labels":{"x":1},"queues":["a","b"],"job_types":[],)"
      R"("concurrency":4,"running":2,"connections":1,"heartbeat_age_ms":30}]})");
}

TEST(EncodeViews, Stats) {
  ServerFacts facts;
  facts.version = "1";
  facts.durability = "sync";
  facts.durable = Sequence(8);
  facts.connections = 3;
  facts.pressure = "disk_low";
  StatsView stats;
  stats.applied = Sequence(9);
  stats.jobs[2] = 5;
  const auto line = encoded(stats, facts);
  const auto parsed = Answer::parse(line);
  ASSERT_TRUE(parsed.ok());
  const Answer& answer = *parsed;
  EXPECT_EQ(answer["jobs"]["ready"].integer(), 5);
  EXPECT_EQ(answer["applied"].integer(), 9);
  EXPECT_EQ(answer["durable"].integer(), 8);
  EXPECT_EQ(answer["pressure"].string(), "disk_low");
  EXPECT_TRUE(Answer::parse(encoded(stats)).value()["pressure"].is_null());
}

}  // namespace
}  // namespace muster::protocol
