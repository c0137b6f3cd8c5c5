#include "server/commit_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace muster::server {
namespace {

// What left, as "connection:bytes" in order.
std::vector<std::string> released(CommitQueue& queue, uint64_t durable) {
  std::vector<std::string> out;
  queue.release(Sequence(durable), [&](ConnectionId connection, Chunk chunk) {
    out.push_back(std::to_string(connection.value()) + ":" + chunk.bytes);
  });
  return out;
}

void say(Outbox& outbox, std::string_view line, uint64_t applied) {
  outbox.chunk().bytes += line;
  outbox.stamp(Sequence(applied));
}

using Lines = std::vector<std::string>;

TEST(CommitQueue, HoldsAnAnswerUntilItsStampIsDurable) {
  CommitQueue queue;
  Outbox a;
  say(a, "x", 5);
  queue.take(ConnectionId(1), &a);
  EXPECT_EQ(released(queue, 4), Lines{});
  EXPECT_EQ(a.queued(), 1U);
  EXPECT_EQ(released(queue, 5), Lines{"1:x"});
  EXPECT_EQ(a.queued(), 0U);
}

TEST(CommitQueue, LetsAReadOfDurableStateLeaveAtOnce) {
  CommitQueue queue;
  Outbox a;
  say(a, "read", 7);
  queue.take(ConnectionId(1), &a);
  EXPECT_EQ(released(queue, 7), Lines{"1:read"});
}

TEST(CommitQueue, MakesOneChunkOfATurnWithItsHighestStamp) {
  CommitQueue queue;
  Outbox a;
  say(a, "x", 3);
  say(a, "y", 9);
  queue.take(ConnectionId(1), &a);
  EXPECT_EQ(released(queue, 8), Lines{});
  EXPECT_EQ(released(queue, 9), Lines{"1:xy"});
}

TEST(CommitQueue, OrdersConnectionsOfOneTurnByStamp) {
  CommitQueue queue;
  Outbox a;
  Outbox b;
  Outbox c;
  say(b, "read", 4);  // computed before a's event, taken after it
  say(a, "submit", 6);
  say(c, "submit", 5);
  queue.take(ConnectionId(1), &a);
  queue.take(ConnectionId(2), &b);
  queue.take(ConnectionId(3), &c);
  EXPECT_EQ(released(queue, 4), Lines{"2:read"});
  EXPECT_EQ(released(queue, 6), (Lines{"3:submit", "1:submit"}));
}

TEST(CommitQueue, AnExemptLineWaitsForNoCommit) {
  CommitQueue queue;
  Outbox submitter;
  Outbox beat;
  say(submitter, "submit", 6);
  queue.take(ConnectionId(1), &submitter);
  beat.chunk().bytes += "alive";
  beat.stamp_exempt();
  queue.take(ConnectionId(2), &beat);
  EXPECT_EQ(released(queue, 0), Lines{"2:alive"});
  EXPECT_EQ(released(queue, 6), Lines{"1:submit"});
}

TEST(CommitQueue, AnExemptLineDoesNotOvertakeItsOwnConnection) {
  CommitQueue queue;
  Outbox a;
  say(a, "submit", 6);
  queue.take(ConnectionId(1), &a);
  a.chunk().bytes += "alive";
  a.stamp_exempt();
  queue.take(ConnectionId(1), &a);
  EXPECT_EQ(released(queue, 5), Lines{});
  EXPECT_EQ(released(queue, 6), (Lines{"1:submit", "1:alive"}));
}

TEST(CommitQueue, AnExemptLineStaysBehindItsOwnConnectionWhenOthersHaveMovedOn) {
  CommitQueue queue;
  Outbox a;
  Outbox b;
  say(a, "submit", 6);
  queue.take(ConnectionId(1), &a);
  say(b, "other", 8);
  queue.take(ConnectionId(2), &b);
  a.chunk().bytes += "alive";
  a.stamp_exempt();
  queue.take(ConnectionId(1), &a);
  EXPECT_EQ(released(queue, 8), (Lines{"1:submit", "1:alive", "2:other"}));
}

TEST(CommitQueue, DropReturnsTheAssignmentsThatNeverLeft) {
  CommitQueue queue;
  Outbox a;
  Outbox b;
  say(a, "job", 6);
  a.chunk().deliveries.push_back({JobSeq(11), LeaseToken(21), 3});
  say(b, "other", 6);
  queue.take(ConnectionId(1), &a);
  queue.take(ConnectionId(2), &b);
  const std::vector<Delivery> undelivered = queue.drop(ConnectionId(1));
  ASSERT_EQ(undelivered.size(), 1U);
  EXPECT_EQ(undelivered[0].job, JobSeq(11));
  EXPECT_EQ(undelivered[0].token, LeaseToken(21));
  EXPECT_EQ(released(queue, 6), Lines{"2:other"});
}

TEST(CommitQueueDeathTest, RefusesLinesWithoutAStamp) {
  CommitQueue queue;
  Outbox a;
  a.chunk().bytes += "unstamped";
  EXPECT_DEATH(queue.take(ConnectionId(1), &a), "have a stamp");
}

TEST(Chunk, AppendMovesDeliveriesAlong) {
  Chunk head{"abc", {{JobSeq(1), LeaseToken(1), 3}}};
  head.append({"de", {{JobSeq(2), LeaseToken(2), 2}}});
  EXPECT_EQ(head.bytes, "abcde");
  ASSERT_EQ(head.deliveries.size(), 2U);
  EXPECT_EQ(head.deliveries[1].end, 5U);
}

}  // namespace
}  // namespace muster::server
