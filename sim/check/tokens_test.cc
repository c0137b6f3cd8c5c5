#include "sim/check/tokens.h"

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

struct TokenRules : testing::Test {
  Stream stream;
  JobSeq first = stream.submit("a");
  JobSeq second = stream.submit("b");

  JobLeased lease(JobSeq job, uint64_t token) {
    stream.beat("w");
    JobLeased event = stream.leased(job, "w");
    event.token = LeaseToken(token);
    return event;
  }
};

TEST_F(TokenRules, Grow) {
  stream.emit(lease(first, 5));
  stream.emit(lease(second, 6));
  stream.expect_none();
}

TEST_F(TokenRules, TheSameAgain) {
  stream.emit(lease(first, 5));
  stream.emit(lease(second, 5));
  stream.expect("token-grows");
}

TEST_F(TokenRules, TheSameAgainAfterACrashTookItsLease) {
  stream.apply(lease(first, 5));
  stream.crash();
  stream.start();
  JobLeased event = lease(first, limits::kTokenRange - 1);  // the last of the range before
  stream.emit(event);
  stream.expect("token-grows");
}

TEST_F(TokenRules, ARestartBeginsBehindTheReservation) {
  stream.apply(lease(first, 5));
  stream.crash();
  stream.start();
  stream.emit(lease(first, limits::kTokenRange + 1));
  stream.expect_none();
}

TEST_F(TokenRules, BeyondTheReservation) {
  stream.emit(lease(first, limits::kTokenRange + 2));
  stream.expect("token-reserved");
}

TEST_F(TokenRules, ReservedInTheSameCommit) {
  stream.apply(TokensReserved{LeaseToken(limits::kTokenRange * 2)});
  stream.apply(lease(first, limits::kTokenRange + 2));
  stream.commit();
  stream.expect_none();
}

TEST_F(TokenRules, AReservationThatACrashTookMayComeAgain) {
  const JobLeased lost = lease(first, limits::kTokenRange + 2);
  stream.apply(TokensReserved{LeaseToken(limits::kTokenRange * 2)});
  stream.apply(lost);
  stream.crash();
  stream.start();
  stream.emit(lease(first, lost.token.value()));
  stream.expect_none();
}

TEST_F(TokenRules, AReservationOnDiskStays) {
  const JobLeased lost = lease(first, limits::kTokenRange + 2);
  stream.emit(TokensReserved{LeaseToken(limits::kTokenRange * 2)});
  stream.apply(lost);
  stream.crash();
  stream.checkers.started(stream.checkers.settled(), stream.at);
  stream.beat("w");
  stream.checkers.event(stream.checkers.settled().next(), lost, stream.at);
  stream.expect("token-grows");
}

TEST_F(TokenRules, AReservationMovesBack) {
  stream.emit(TokensReserved{LeaseToken(7)});
  stream.expect("token-reserved");
}

}  // namespace
}  // namespace muster::sim
