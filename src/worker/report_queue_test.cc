#include "worker/report_queue.h"

#include <gtest/gtest.h>

#include "model/limits.h"

namespace muster::worker {
namespace {

JobEnd end_of(uint64_t lease, size_t result_bytes = 0) {
  JobEnd end;
  end.name = {"job", LeaseToken(lease), 1};
  end.result = std::string(result_bytes, '1');
  return end;
}

std::vector<uint64_t> taken(ReportQueue& queue, Instant now = Instant()) {
  std::vector<uint64_t> leases;
  for (const JobEnd* end : queue.take(now)) leases.push_back(end->name.lease.value());
  return leases;
}
using Leases = std::vector<uint64_t>;

TEST(ReportQueue, SendsOnceAndForgetsOnlyWhatWasAnswered) {
  ReportQueue queue;
  queue.add(end_of(2));
  queue.add(end_of(1));
  EXPECT_EQ(taken(queue), (Leases{1, 2}));
  EXPECT_EQ(taken(queue), Leases{});
  EXPECT_TRUE(queue.in_flight());
  EXPECT_EQ(queue.answered(LeaseToken(1))->name.lease, LeaseToken(1));
  EXPECT_FALSE(queue.answered(LeaseToken(1)));
  EXPECT_EQ(queue.size(), 1U);
}

TEST(ReportQueue, AfterALostConnectionEverythingUnansweredGoesAgain) {
  ReportQueue queue;
  for (uint64_t lease : {1U, 2U, 3U}) queue.add(end_of(lease));
  taken(queue);
  queue.answered(LeaseToken(2));
  queue.connection_lost();
  EXPECT_FALSE(queue.in_flight());
  EXPECT_EQ(taken(queue), (Leases{1, 3}));
}

TEST(ReportQueue, APostponedReportWaitsForItsTime) {
  ReportQueue queue;
  queue.add(end_of(1));
  taken(queue);
  queue.postpone(LeaseToken(1), Instant::from_ms(500));
  EXPECT_EQ(taken(queue, Instant::from_ms(499)), Leases{});
  EXPECT_EQ(queue.next_deadline(), Instant::from_ms(500));
  EXPECT_EQ(taken(queue, Instant::from_ms(500)), Leases{1});
  EXPECT_EQ(queue.next_deadline(), Instant::max());
}

TEST(ReportQueue, ARefusedResultIsLeftOutOnce) {
  ReportQueue queue;
  queue.add(end_of(1, 10));
  taken(queue);
  EXPECT_TRUE(queue.strip(LeaseToken(1)));
  const auto again = queue.take(Instant());
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0]->result, "");
  EXPECT_FALSE(queue.strip(LeaseToken(1)));
  EXPECT_FALSE(queue.strip(LeaseToken(9)));
}

TEST(ReportQueue, UnansweredBytesAreBounded) {
  ReportQueue queue;
  const size_t large = limits::kResultBytes;
  for (uint64_t lease = 1; lease <= 10; ++lease) queue.add(end_of(lease, large));
  const Leases first = taken(queue);
  EXPECT_EQ(first, (Leases{1, 2, 3, 4}));
  EXPECT_EQ(taken(queue), Leases{});
  queue.answered(LeaseToken(1));
  EXPECT_EQ(taken(queue), Leases{5});
  for (uint64_t lease = 2; lease <= 5; ++lease) queue.answered(LeaseToken(lease));
  EXPECT_FALSE(queue.in_flight());
}

}  // namespace
}  // namespace muster::worker
