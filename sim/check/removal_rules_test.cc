#include "sim/check/removal_rules.h"

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

struct Removals : testing::Test {
  Stream stream;
  JobSpec spec = stream.spec("a");
  JobSeq job;

  void complete() {
    job = stream.submit(spec);
    stream.complete(job, "a", stream.lease(job, "w"));
  }
  void remove() { stream.emit(JobsRemoved{std::span(&job, 1), stream.at.now.wall}); }
};

TEST_F(Removals, AfterADay) {
  complete();
  stream.pass(Duration::hours(24));
  remove();
  stream.expect_none();
  EXPECT_EQ(stream.checkers.counts(), (std::array<uint64_t, kJobStates>{}));
}

TEST_F(Removals, TooSoon) {
  complete();
  stream.pass(Duration::hours(24) - ms(1));
  remove();
  stream.expect("removal");
}

TEST_F(Removals, OnRequest) {
  complete();
  stream.checkers.asks("delete_job", "a", stream.at);
  remove();
  stream.expect_none();
}

TEST_F(Removals, AfterItsResultTtl) {
  spec.options.result_ttl = seconds(10);
  complete();
  stream.pass(seconds(10));
  remove();
  stream.expect_none();
}

TEST_F(Removals, BeforeItsResultTtl) {
  spec.options.result_ttl = seconds(10);
  complete();
  stream.pass(ms(9999));
  remove();
  stream.expect("removal");
}

TEST_F(Removals, WhileItWaits) {
  job = stream.submit(spec);
  remove();
  stream.expect("removal");
}

TEST_F(Removals, WhileItWaitsOnRequest) {
  job = stream.submit(spec);
  stream.checkers.asks("delete_job", "a", stream.at);
  remove();
  stream.expect_none();
}

TEST_F(Removals, WhileItRunsEvenOnRequest) {
  job = stream.submit(spec);
  stream.lease(job, "w");
  stream.checkers.asks("delete_job", "a", stream.at);
  remove();
  stream.expect("removal");
}

TEST_F(Removals, Twice) {
  complete();
  stream.checkers.asks("delete_job", "a", stream.at);
  remove();
  remove();
  stream.expect("transition");
}

TEST_F(Removals, TooSoonAfterARestart) {
  complete();
  stream.crash();
  stream.start();
  remove();
  stream.expect("removal");
}

TEST_F(Removals, OverARestartByTheWallClock) {
  spec.options.result_ttl = seconds(10);
  complete();
  stream.crash();
  stream.pause(seconds(3));
  stream.start();
  stream.jump(seconds(-2));  // afterwards, which is no matter
  stream.pass(seconds(7));
  remove();
  stream.expect_none();
}

TEST_F(Removals, OverARestartTooSoon) {
  spec.options.result_ttl = seconds(10);
  complete();
  stream.crash();
  stream.pause(seconds(3));
  stream.start();
  stream.jump(seconds(-2));
  stream.pass(ms(6999));
  remove();
  stream.expect("removal");
}

// Ten thousand finished jobs are kept, whatever their age; more are not.
TEST_F(Removals, BeyondTheNewestTenThousand) {
  complete();
  for (size_t n = 1; n < limits::kFinishedKept; ++n) {
    const std::string id = "b" + std::to_string(n);
    const JobSeq other = stream.submit(id);
    stream.complete(other, id, stream.lease(other, "w"));
  }
  stream.expect_none();
  const JobSeq last = stream.submit("c");
  stream.complete(last, "c", stream.lease(last, "w"));
  remove();
  stream.expect_none();
  job = last;
  remove();  // now there are ten thousand, and it is the newest
  stream.expect("removal");
}

}  // namespace
}  // namespace muster::sim
