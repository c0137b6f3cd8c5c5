// Well-formed commands with the values that a hostile or careless client would choose. The engine
// must answer each, and stay consistent.
#include <limits>

#include "base/hash.h"
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

const Duration kLongest = limits::kLongest;

class Hostile : public EngineFixture {
 protected:
  Hostile() : EngineFixture(config()) {}
  static EngineConfig config() {
    EngineConfig config;
    config.queues = 3;
    return config;
  }
};

TEST_F(Hostile, TheLongestOfEverything) {
  const auto longest = [](JobSpec& job) {
    job.priority = std::numeric_limits<uint32_t>::max();
    job.duration = kLongest;
    job.options.retry = {limits::kMaxAttempts, kLongest, limits::kMaxFactorMilli, kLongest, 1000};
    job.options.max_lost = limits::kMaxAttempts;
    job.options.timeout = kLongest;
    job.options.deadline = WallTime::from_ms(253'402'300'799'999);  // the end of year 9999
    job.options.result_ttl = kLongest;
  };
  EXPECT_EQ(submit("a", longest), "accepted a");
  RequestJobs request_it;
  request_it.worker_id = "w";
  request_it.lease = kLongest;
  EXPECT_EQ(run(request_it), "assign a#1");
  EXPECT_EQ(extend("a", 1, kLongest), "extended " + std::to_string(kLongest.ms()));
  for (int round = 0; round < 70; ++round) {  // backoff would overflow on the way
    FailJob failure;
    failure.ref = {"a", LeaseToken(token_of("a")), {}};
    if (round % 2 == 0) failure.retry_after = kLongest;
    EXPECT_EQ(run(failure), "ok scheduled");
    EXPECT_LE(job("a")->due_at, now_.wall + kLongest);
    EXPECT_GE(job("a")->due_at, now_.wall);
    EXPECT_EQ(act(JobAction::kRetry, "a"), "ok ready");
    EXPECT_EQ(run(request_it), "assign a#" + std::to_string(round + 2));
  }
  EXPECT_EQ(release("a", token_of("a"), kLongest), "ok scheduled");
  restart();
  now_.wall = WallTime::from_ms(0);  // the wall clock was set back to its beginning
  pass(Duration::seconds(1));
  restart();
  now_.wall = WallTime::from_ms(253'402'300'799'998);
  pass(Duration::milliseconds(2));
  EXPECT_EQ(job("a")->death_reason, DeathReason::kDeadline);
}

TEST_F(Hostile, TheShortestOfEverything) {
  const auto shortest = [](JobSpec& job) {
    job.priority = 0;
    job.duration = Duration();
    job.options.retry = {1, Duration(), 1000, Duration(), 0};
    job.options.max_lost = 1;
    job.options.timeout = Duration::milliseconds(1);
    job.options.result_ttl = Duration();
    job.run_at = WallTime::from_ms(0);
  };
  EXPECT_EQ(submit("a", shortest), "accepted a");
  EXPECT_EQ(request("w"), "assign a#1");
  EXPECT_EQ(release("a", 1), "ok ready");
  EXPECT_EQ(request("w"), "assign a#2");
  EXPECT_EQ(fail("a", 2), "ok dead");
  EXPECT_EQ(act(JobAction::kRetry, "a"), "ok ready");
  EXPECT_EQ(request("w"), "assign a#3");
  EXPECT_EQ(complete("a", 3), "ok");
  run(Tick{}, 0);
  EXPECT_EQ(state("a"), "not_found");  // its result is kept for no time at all
  EXPECT_EQ(complete("a", 3), "not_found");
}

TEST_F(Hostile, ADeadlineThatHasPassedIsNeverBegun) {
  const auto late = [this](JobSpec& job) { job.options.deadline = now_.wall; };
  EXPECT_EQ(request("w", {}, Duration::seconds(9), 2), "");
  EXPECT_EQ(submit("a", late), "accepted a");
  EXPECT_EQ(others(), std::vector<std::string>{});
  EXPECT_EQ(state("a"), "dead attempts=0 failures=0 losses=0");
  // It could only die again.
  EXPECT_EQ(act(JobAction::kRetry, "a"), "conflict");
}

TEST_F(Hostile, EmptyLists) {
  EXPECT_EQ(run(SubmitJobs{{}, true, false}), "accepted");
  EXPECT_EQ(run(SubmitJobs{{}, true, true}), "accepted");
  CompleteJobs none;
  none.batch = true;
  EXPECT_EQ(run(none), "");
  EXPECT_EQ(run(ActOnJobs{JobAction::kDelete, {}, true}), "");
  EXPECT_EQ(run(ListJobs{"nowhere", JobState::kDead, JobSeq(kMaxNumber), 1}), "page");
  EXPECT_EQ(run(ListQueues{}), "queues");
  EXPECT_EQ(run(ListWorkers{}), "workers");
  RegisterWorker worker;
  worker.worker_id = worker.instance = "w";
  worker.held = std::span<const LeaseRef>{};
  EXPECT_EQ(run(worker), "registered 30000");
  EXPECT_EQ(run(Heartbeat{"w", "w", {}, {}}), "beat 30000");
}

TEST_F(Hostile, TheSameIdManyTimesInOneBatch) {
  SubmitItem same;
  same.job.id = "a";
  same.job.job_type = "t";
  same.job.duration = Duration::seconds(1);
  const std::vector<SubmitItem> items(4, same);
  EXPECT_EQ(run(SubmitJobs{items, true, true}),
            "accepted a a a a duplicate:1 duplicate:2 duplicate:3");
  request("w");
  const CompleteItem done{{"a", LeaseToken(1), {}}, {}};
  const std::vector<CompleteItem> completions(3, done);
  CompleteJobs complete_all;
  complete_all.items = completions;
  complete_all.batch = true;
  EXPECT_EQ(run(complete_all), "a ok, a ok duplicate, a ok duplicate");
  const std::vector<std::string_view> ids(3, "a");
  EXPECT_EQ(run(ActOnJobs{JobAction::kCancel, ids, true}), "a conflict, a conflict, a conflict");
  EXPECT_EQ(run(ActOnJobs{JobAction::kDelete, ids, true}), "a ok, a not_found, a not_found");
  EXPECT_EQ(run(ActOnJobs{JobAction::kRetry, ids, true}), "a not_found, a not_found, a not_found");
}

TEST_F(Hostile, AFollowUpWithTheIdOfItsOwnJob) {
  submit("a");
  request("w");
  const CompleteItem item{{"a", LeaseToken(1), {}}, {}};
  SubmitItem itself;
  itself.job.id = "a";
  itself.job.job_type = "sleep";
  itself.job.fingerprint = hash64("a");
  SubmitItem future = itself;
  future.job.id = "j-2";  // the id that the server would give next
  CompleteJobs command;
  command.items = {&item, 1};
  command.follow_ups = {&future, 1};
  EXPECT_EQ(run(command), "bad_request");
  const SubmitItem twice[] = {itself, itself};
  command.follow_ups = twice;
  command.next_wait = Duration();
  EXPECT_EQ(run(command), "ok next - + a + a");
  EXPECT_EQ(run(GetStats{}), "stats ready=0 submitted=1");
}

TEST_F(Hostile, NamesOfTwoHundredBytesAndOfEqualLetters) {
  const std::string id(limits::kIdBytes, '\xC3');
  EXPECT_EQ(submit(id), "accepted " + id);
  EXPECT_EQ(submit(id), "accepted " + id + " duplicate");
  const std::string upper(limits::kIdBytes, 'W');
  const std::string lower(limits::kIdBytes, 'w');
  enlist(upper, lower, 1);
  enlist(lower, upper, 2);  // another worker, not another instance
  EXPECT_EQ(request(upper, {}, {}, 1), "assign " + id + "#1");
  EXPECT_EQ(beat(upper, lower, 1), "beat 3000");
  EXPECT_EQ(beat(lower, lower, 2), "session_replaced");
  EXPECT_EQ(beat(lower, upper, 2), "beat 30000");
  restart();
  EXPECT_EQ(enlist(upper, lower, 3), "resumed 3000");
  EXPECT_EQ(complete(id, 1), "ok");
}

TEST_F(Hostile, LeasesOfOthersAndOfNobody) {
  enlist("w", "one", 1);
  submit("a");
  request("w");
  const LeaseRef strange[] = {{"a", LeaseToken(kMaxNumber), {}},
                              {"a", std::nullopt, "w"},
                              {"none", LeaseToken(1), {}},
                              {"j-1", LeaseToken(1), {}}};
  std::vector<Progress> progress;
  for (const LeaseRef& ref : strange) progress.push_back({ref, 100, "x"});
  EXPECT_EQ(run(Heartbeat{"w", "one", strange, progress}), "beat 3000");
  for (const LeaseRef& ref : strange) {
    EXPECT_NE(run(FailJob{ref, {}, {}, true, false, {}}), "");
    EXPECT_NE(run(ReleaseJob{ref, {}}), "");
    EXPECT_NE(run(ExtendJob{ref, kLongest}), "");
    const CompleteItem item{ref, {}};
    CompleteJobs command;
    command.items = {&item, 1};
    EXPECT_NE(run(command), "");
  }
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  run(ReturnUndelivered{JobSeq(77), LeaseToken(1)});
  run(ReturnUndelivered{JobSeq(1), LeaseToken(2)});
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
}

TEST_F(Hostile, QueuesAreLimited) {
  const auto in = [](std::string_view queue) {
    return [queue](JobSpec& job) { job.queue = queue; };
  };
  EXPECT_EQ(run(PauseQueue{"nowhere", false}), "ok");  // resuming makes no queue
  EXPECT_EQ(run(ListQueues{}), "queues");
  submit("a", in("1"));
  EXPECT_EQ(run(PauseQueue{"2", true}), "ok");
  SubmitItem items[2];
  items[0].job.queue = "3";
  items[1].job.queue = "4";
  EXPECT_EQ(run(SubmitJobs{items, true, true}), "too_large");
  EXPECT_EQ(run(SubmitJobs{items, true, false}), "accepted j-2 - 1:too_large");
  EXPECT_EQ(submit("b", in("4")), "too_large");
  EXPECT_EQ(run(PauseQueue{"4", true}), "too_large");
  EXPECT_EQ(submit("b", in("2")), "accepted b");
  request("w", {"1"});
  const CompleteItem item{{"a", LeaseToken(1), {}}, {}};
  CompleteJobs command;
  command.items = {&item, 1};
  command.follow_ups = {&items[1], 1};
  EXPECT_EQ(run(command), "too_large");
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  restart();
  EXPECT_EQ(submit("c", in("4")), "too_large");
}

TEST_F(Hostile, ConnectionsThatChangeSidesAllTheTime) {
  for (uint64_t i = 0; i < 200; ++i) {
    const std::string worker = "w" + std::to_string(i % 3);
    enlist(worker, std::to_string(i % 2), 1 + i % 4);
    run(Consume{{}, 1 + static_cast<uint32_t>(i % 2)}, 1 + i % 4);
    submit("");
    request(worker, {}, Duration::seconds(60), 1 + (i + 1) % 4);
    if (i % 5 == 0) close(1 + i % 4);
    if (i % 7 == 0) run(ConnectionHalfClosed{ConnectionId(1 + (i + 2) % 4)}, 0);
    pass(Duration::milliseconds(static_cast<int64_t>(i % 8) * 400));
  }
  EXPECT_EQ(run(GetStats{}).find("submitted=200") == std::string::npos, false);
}

// All leases of a lost worker, and all that wait, at one moment.
TEST_F(Hostile, ALostWorkerWithAHundredThousandJobs) {
  constexpr uint32_t kJobs = limits::kConcurrencyMax;
  enlist("w", "one", 1, kJobs);
  for (uint32_t i = 0; i < kJobs; ++i) submit("");
  RequestJobs many;
  many.worker_id = "w";
  many.max = limits::kBatch;
  many.many = true;
  for (uint32_t i = 0; i < kJobs / limits::kBatch; ++i) run(many);
  EXPECT_EQ(run(ListWorkers{}), "workers w:100000:running");
  enlist("w", "two", 1);
  EXPECT_EQ(run(GetStats{}), "stats ready=100000 submitted=100000");
  EXPECT_EQ(request("w"), "assign j-1#100001");
}

}  // namespace
}  // namespace muster::engine
