#include "sim/check/sessions.h"

#include <array>

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

struct Silence : testing::Test {
  Stream stream;
  JobSeq job = stream.submit("a");
  LeaseToken token = stream.lease(job, "w");

  void lost() { stream.emit(stream.end(job, token, Outcome::kLost)); }
};

TEST_F(Silence, LostAfterItsTtl) {
  stream.pass(Stream::kTtl);
  lost();
  stream.expect_none();
}

TEST_F(Silence, LostTooSoon) {
  stream.pass(Stream::kTtl - ms(11));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, HeartbeatsRenew) {
  stream.pass(seconds(9));
  stream.beat("w");
  stream.pass(seconds(9));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, HeartbeatsAfterTheLossDoNotCount) {
  stream.pass(Stream::kTtl);
  stream.apply(stream.end(job, token, Outcome::kLost));
  stream.beat("w");  // before the loss is on disk
  stream.commit();
  stream.expect_none();
}

TEST_F(Silence, APausedServerAgesNoLease) {
  stream.pause(Duration::hours(1));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, APauseMayAgeBy250Ms) {
  stream.pass(Stream::kTtl - ms(250));
  stream.pause(Duration::hours(1));
  lost();
  stream.expect_none();
}

TEST_F(Silence, AJumpOfTheWallClockAgesNoLease) {
  stream.jump(Duration::days(3650));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, SeenTooLate) {
  stream.pass(Stream::kTtl + limits::kHeartbeatIdle + limits::kSessionTtl + ms(251));
  lost();
  stream.expect("late");
}

TEST_F(Silence, TwoSecondsWithoutAConnection) {
  stream.checkers.session_unconnected("w", "i1", stream.at);
  stream.pass(seconds(2));
  lost();
  stream.expect_none();
}

TEST_F(Silence, LessThanTwoSecondsWithoutAConnection) {
  stream.checkers.session_unconnected("w", "i1", stream.at);
  stream.pass(ms(1999));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, BackInTime) {
  stream.checkers.session_unconnected("w", "i1", stream.at);
  stream.pass(seconds(1));
  stream.beat("w");
  stream.pass(seconds(5));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, ReplacedByAnotherInstance) {
  stream.beat("w", "i2");
  lost();
  stream.expect_none();
}

TEST_F(Silence, AnotherWorkerReplacesNobody) {
  stream.beat("w2", "i2");
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, ANewTermAfterARestart) {
  stream.pass(seconds(9));
  stream.crash();
  stream.start();
  stream.pass(Stream::kTtl - ms(1));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, LostAfterTheNewTerm) {
  stream.checkers.session_unconnected("w", "i1", stream.at);
  stream.crash();
  stream.start();
  stream.pass(Stream::kTtl);
  lost();
  stream.expect_none();
}

TEST_F(Silence, ConnectionsCutByTheCrashDoNotCount) {
  stream.checkers.session_unconnected("w", "i1", stream.at);
  stream.crash();
  stream.start();
  stream.pass(seconds(2));
  lost();
  stream.expect("given-away");
}

TEST_F(Silence, ExpiredLikeAnUnregisteredWorkers) {
  stream.pass(Stream::kTtl);
  stream.emit(stream.end(job, token, Outcome::kLeaseExpired));
  stream.expect("end");
}

struct Timed : testing::Test {
  Stream stream;
  JobSeq job = stream.submit_timed("a");
  LeaseToken token = stream.lease_timed(job, "solo");

  void expired() { stream.emit(stream.end(job, token, Outcome::kLeaseExpired)); }
};

TEST_F(Timed, ExpiresAfterItsTerm) {
  stream.pass(seconds(30));
  expired();
  stream.expect_none();
}

TEST_F(Timed, ExpiresTooSoon) {
  stream.pass(ms(29'999));
  expired();
  stream.expect("end");
}

TEST_F(Timed, Extended) {
  stream.pass(seconds(20));
  stream.says(Report::kExtend, "a", token, {{}, seconds(60), true, false});
  stream.emit(LeaseExtended{job, seconds(60)});
  stream.hears(Report::kExtend, "a", token, Stream::kOk);
  stream.pass(ms(59'999));
  stream.expect_none();
  expired();
  stream.expect("end");
}

TEST_F(Timed, ExtendedByAnotherLength) {
  stream.says(Report::kExtend, "a", token, {{}, seconds(60), true, false});
  stream.emit(LeaseExtended{job, seconds(61)});
  stream.expect("lease-length");
}

TEST_F(Timed, AFullTermAfterARestart) {
  stream.pass(seconds(20));
  stream.crash();
  stream.start();
  stream.pass(ms(29'999));
  expired();
  stream.expect("end");
}

TEST_F(Timed, LostLikeARegisteredWorkers) {
  stream.pass(seconds(30));
  stream.emit(stream.end(job, token, Outcome::kLost));
  EXPECT_TRUE(stream.checkers.violations().front().starts_with("given-away: "));
}

struct Charges : testing::Test {
  Stream stream;
  JobSeq first = stream.submit("a");
  JobSeq second = stream.submit("b");
  LeaseToken first_token = stream.lease(first, "w");
  LeaseToken second_token = stream.lease(second, "w");

  Charges() { stream.checkers.session_said("w", "i1", {1, {}, {}}, stream.at); }
  void lose(bool first_charged, bool second_charged) {
    stream.pass(Stream::kTtl);
    AttemptEnded event = stream.end(first, first_token, Outcome::kLost);
    event.charged = first_charged;
    stream.emit(event);
    event = stream.end(second, second_token, Outcome::kLost);
    event.charged = second_charged;
    stream.emit(event);
  }
};

TEST_F(Charges, TheOldestHadBegun) {
  lose(true, false);
  stream.expect_none();
}

TEST_F(Charges, BegunAndNotCharged) {
  lose(false, false);
  stream.expect("charge");
}

TEST_F(Charges, AHeartbeatSaidThatItHadBegun) {
  const std::array<LeaseToken, 1> started = {second_token};
  stream.checkers.session_said("w", "i1", {{}, started, {}}, stream.at);
  lose(true, true);
  stream.expect_none();
}

struct Undelivered : testing::Test {
  Stream stream;
  JobSeq job = stream.submit("a");
  LeaseToken token = stream.lease(job, "w");

  void returned() { stream.emit(stream.end(job, token, Outcome::kUndelivered)); }
};

TEST_F(Undelivered, NobodyReadIt) {
  returned();
  stream.expect_none();
}

TEST_F(Undelivered, ThoughItWasRead) {
  stream.read("a", "w", token);
  returned();
  stream.expect("end");
}

TEST_F(Undelivered, ReadAfterItsReturnWasDecided) {
  stream.apply(stream.end(job, token, Outcome::kUndelivered));
  stream.read("a", "w", token);
  stream.commit();
  stream.expect_none();
}

TEST_F(Undelivered, LeftOutOfHeld) {
  stream.read("a", "w", token);
  stream.checkers.session_said("w", "i1", {{}, {}, std::span<const LeaseToken>()}, stream.at);
  stream.beat("w");
  returned();
  stream.expect_none();
}

TEST_F(Undelivered, ThoughItIsHeld) {
  stream.read("a", "w", token);
  const std::array<LeaseToken, 1> held = {token};
  stream.checkers.session_said("w", "i1", {{}, {}, held}, stream.at);
  stream.beat("w");
  returned();
  stream.expect("end");
}

}  // namespace
}  // namespace muster::sim
