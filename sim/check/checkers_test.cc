#include "sim/check/checkers.h"

#include <map>
#include <random>
#include <vector>

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

TEST(Crash, TakesWhatWasNotDurable) {
  Stream stream;
  stream.checkers.submits(stream.spec("a"), 0, false, stream.at);
  stream.apply(stream.submission(stream.spec("a")));
  const Sequence before = stream.checkers.settled();
  stream.crash();
  stream.checkers.started(before, stream.at);
  stream.expect_none();
  EXPECT_EQ(stream.checkers.counts()[static_cast<size_t>(JobState::kReady)], 0U);
}

TEST(Crash, MayLeaveWhatWasNotDurable) {
  Stream stream;
  stream.checkers.submits(stream.spec("a"), 0, false, stream.at);
  const Sequence applied = stream.apply(stream.submission(stream.spec("a")));
  stream.crash();
  stream.checkers.started(applied, stream.at);
  stream.checkers.accepted("a", Stream::content(stream.spec("a")), true, stream.at);
  stream.expect_none();
}

TEST(Crash, TookWhatWasDurable) {
  Stream stream;
  stream.submit("a");
  stream.crash();
  stream.checkers.started(Sequence(stream.checkers.settled().value() - 1), stream.at);
  stream.expect("durable-kept");
}

TEST(Crash, LeftMoreThanThereWas) {
  Stream stream;
  stream.crash();
  stream.checkers.started(Sequence(stream.checkers.settled().value() + 1), stream.at);
  stream.expect("sequence");
}

TEST(Crash, LeftHalfAGroup) {
  Stream stream;
  for (std::string_view id : {"a", "b"}) {
    stream.checkers.submits(stream.spec(id), 7, true, stream.at);
  }
  const Sequence first = stream.apply(stream.submission(stream.spec("a")));
  stream.apply(stream.submission(stream.spec("b")));
  stream.crash();
  stream.checkers.started(first, stream.at);
  stream.expect("atomic");
}

TEST(Sequences, Gap) {
  Stream stream;
  stream.checkers.event(Sequence(9), TokensReserved{LeaseToken(limits::kTokenRange * 2)},
                        stream.at);
  stream.expect("sequence");
}

TEST(Sequences, JobNumbersGrow) {
  Stream stream;
  stream.submit("a");
  stream.checkers.submits(stream.spec("b"), 0, false, stream.at);
  JobSubmitted event = stream.submission(stream.spec("b"));
  event.job = JobSeq(1);
  stream.emit(event);
  stream.expect("sequence");
}

TEST(Wrong, IsKeptAsItIsTold) {
  Stream stream;
  stream.checkers.wrong("answers", "a line {without} sense");
  EXPECT_EQ(stream.checkers.violations(),
            std::vector<std::string>{"answers: a line {without} sense"});
}

TEST(Wrong, AHundredAreKept) {
  Stream stream;
  for (int i = 0; i < 200; ++i) stream.checkers.wrong("answers", "again");
  EXPECT_EQ(stream.checkers.violations().size(), 100U);
}

struct Over : testing::Test {
  Stream stream;
};

TEST_F(Over, EverythingEnded) {
  const JobSeq job = stream.submit("a");
  stream.complete(job, "a", stream.lease(job, "w"));
  stream.checkers.must_be_over(stream.at);
  stream.expect_none();
}

TEST_F(Over, StillReady) {
  stream.submit("a");
  stream.checkers.must_be_over(stream.at);
  stream.expect("over");
}

TEST_F(Over, StillRunning) {
  stream.lease(stream.submit("a"), "w");
  stream.checkers.must_be_over(stream.at);
  stream.expect("over");
}

TEST_F(Over, HeldBackByAPause) {
  stream.submit("a");
  stream.checkers.asks("queue_pause", "default", stream.at);
  stream.emit(QueuePaused{"default", true});
  stream.checkers.must_be_over(stream.at);
  stream.expect_none();
}

TEST_F(Over, NotYetDue) {
  JobSpec job = stream.spec("a");
  job.delay = seconds(10);
  stream.submit(job);
  stream.pass(seconds(9));
  stream.checkers.must_be_over(stream.at);
  stream.expect_none();
  stream.pass(seconds(1));
  stream.checkers.must_be_over(stream.at);
  stream.expect("over");
}

TEST_F(Over, PastItsDeadlineInAPausedQueue) {
  JobSpec job = stream.spec("a");
  job.options.deadline = stream.at.now.wall + seconds(1);
  stream.submit(job);
  stream.checkers.asks("queue_pause", "default", stream.at);
  stream.emit(QueuePaused{"default", true});
  stream.pass(seconds(2));
  stream.checkers.must_be_over(stream.at);
  stream.expect("over");
}

// A small queue that does everything right, driven by chance: what it says must never be objected
// to, through losses, retries, cancels, deletions and restarts.
class RightQueue {
 public:
  explicit RightQueue(uint64_t seed) : random_(seed) {}

  void step() {
    stream_.pass(ms(static_cast<int64_t>(random_() % 400)));
    wake();
    lose_silent();
    switch (random_() % 12) {
      case 0:
      case 1:
      case 2:
        return submit();
      case 3:
      case 4:
      case 5:
        return lease();
      case 6:
      case 7:
        return report(Report::kComplete);
      case 8:
        return report(Report::kFail);
      case 9:
        return report(Report::kRelease);
      case 10:
        return by_hand();
      default:
        if (random_() % 40 == 0) restart();
    }
  }

  const Checkers& checkers() const { return stream_.checkers; }
  void expect_none() const { stream_.expect_none(); }

 private:
  struct Known {
    std::string id;
    JobSeq job;
    JobState state = JobState::kReady;
    OrderSeq order;
    LeaseToken token;
    uint32_t attempts = 0;
    uint32_t failures = 0;
    uint32_t losses = 0;
    Instant since;  // renewed, or scheduled
    Duration pause;
  };

  void submit() {
    Known known;
    known.id = "job-" + std::to_string(++named_);
    JobSpec job = stream_.spec(known.id);
    if (random_() % 5 == 0) job.delay = ms(static_cast<int64_t>(random_() % 3000));
    known.job = stream_.submit(job);
    known.since = stream_.at.listened;
    known.pause = job.delay;
    if (job.delay > Duration())
      known.state = JobState::kScheduled;
    else
      known.order = stream_.order();
    jobs_.emplace(known.job.value(), known);
  }

  void wake() {
    for (auto& [number, known] : jobs_) {
      if (known.state != JobState::kScheduled) continue;
      if (stream_.at.listened - known.since < known.pause) continue;
      stream_.emit(stream_.ready(known.job));
      known.order = stream_.order();
      known.state = JobState::kReady;
    }
  }

  void lose_silent() {
    for (auto& [number, known] : jobs_) {
      if (known.state != JobState::kRunning) continue;
      if (stream_.at.listened - known.since < Stream::kTtl) continue;
      AttemptEnded event = stream_.end(known.job, known.token, Outcome::kLost);
      // The model steps in steps of up to 400 ms; a server would have seen it in time.
      stream_.at.listened = known.since + Stream::kTtl;
      if (++known.losses == limits::kDefaultMaxLost) {
        event.after = After::kDead;
        event.death = DeathReason::kLost;
      }
      stream_.emit(event);
      known.state = known.losses == limits::kDefaultMaxLost ? JobState::kDead : JobState::kReady;
    }
  }

  Known* first(JobState state) {
    Known* found = nullptr;
    for (auto& [number, known] : jobs_) {
      if (known.state != state) continue;
      if (found == nullptr || known.order < found->order) found = &known;
    }
    return found;
  }

  // Every job to a worker of its own, so that one loss touches nobody else.
  void lease() {
    Known* known = first(JobState::kReady);
    if (known == nullptr) return;
    const std::string worker = "w" + std::to_string(++workers_);
    known->token = stream_.lease(known->job, worker);
    stream_.read(known->id, worker, known->token, ++known->attempts);
    known->since = stream_.at.listened;
    known->state = JobState::kRunning;
  }

  void report(Report report) {
    Known* known = first(JobState::kRunning);
    if (known == nullptr) return;
    if (report == Report::kComplete) {
      stream_.complete(known->job, known->id, known->token);
      known->state = JobState::kCompleted;
      return;
    }
    stream_.says(report, known->id, known->token, {});
    AttemptEnded event = stream_.end(known->job, known->token, Outcome::kReleased);
    known->state = JobState::kReady;
    if (report == Report::kFail) fail(*known, event);
    stream_.emit(event);
    stream_.hears(report, known->id, known->token, Stream::kOk);
  }

  void fail(Known& known, AttemptEnded& event) {
    const int64_t base = 1000LL << known.failures;
    known.pause = ms(base * 9 / 10 + static_cast<int64_t>(random_() % uint64_t(base / 5)));
    known.since = stream_.at.listened;
    event = stream_.failure(known.job, known.token, known.pause);
    known.state = JobState::kScheduled;
    if (++known.failures < limits::kDefaultMaxAttempts) return;
    event.after = After::kDead;
    event.death = DeathReason::kAttempts;
    event.reason = ScheduleReason::kNone;
    known.state = JobState::kDead;
  }

  void by_hand() {
    if (jobs_.empty()) return;
    auto chosen = jobs_.lower_bound(random_() % (jobs_.rbegin()->first + 1));
    Known& known = chosen->second;
    if (known.state == JobState::kRunning) return;
    if (is_terminal(known.state)) {
      stream_.checkers.asks("delete_job", known.id, stream_.at);
      stream_.emit(JobsRemoved{std::span(&known.job, 1), stream_.at.now.wall});
      stream_.checkers.answered("delete_job", known.id, Stream::kOk, stream_.at);
      jobs_.erase(chosen);
      return;
    }
    stream_.checkers.asks("cancel_job", known.id, stream_.at);
    stream_.emit(JobCancelled{known.job, stream_.at.now.wall});
    known.state = JobState::kCancelled;
  }

  void restart() {
    stream_.crash();
    stream_.pause(seconds(1));
    stream_.start();
    for (auto& [number, known] : jobs_) {
      if (known.state == JobState::kScheduled) known.pause = known.pause - seconds(1);
      if (known.state == JobState::kRunning) known.since = stream_.at.listened;
    }
  }

  Stream stream_;
  std::mt19937_64 random_;
  std::map<uint64_t, Known> jobs_;
  uint64_t named_ = 0;
  uint64_t workers_ = 0;
};

TEST(LongStream, IsNeverObjectedTo) {
  Checkers::Figures all;
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    RightQueue queue(seed);
    for (int step = 0; step < 4000; ++step) queue.step();
    queue.expect_none();
    const Checkers::Figures& figures = queue.checkers().figures();
    all.leases += figures.leases;
    all.double_executions += figures.double_executions;
    all.restarts += figures.restarts;
    all.acknowledged += figures.acknowledged;
  }
  // It was long, and much happened in it.
  EXPECT_GT(all.leases, 10'000U);
  EXPECT_GT(all.acknowledged, 4000U);
  EXPECT_GT(all.double_executions, 20U);
  EXPECT_GT(all.restarts, 20U);
}

}  // namespace
}  // namespace muster::sim
