#include "server/pressure.h"

#include <gtest/gtest.h>

namespace muster::server {
namespace {

using Gate = Pressure::Gate;

Instant at(int64_t ms) { return Instant::from_ms(ms); }

Pressure pressure() {
  return Pressure({.job_bytes = 800, .journal_bytes = 80, .unsynced_bytes = 8});
}

TEST(Pressure, IsOpenWhenNothingIsOverItsLimit) {
  Pressure p = pressure();
  p.update({.job_bytes = 800, .journal_bytes = 80, .unsynced_bytes = 8}, at(0));
  EXPECT_EQ(p.gate(), Gate::kOpen);
  EXPECT_EQ(p.name(), "");
  EXPECT_EQ(p.next_wakeup(), Instant::max());
}

TEST(Pressure, ABacklogWaitsFirstAndIsRefusedThen) {
  Pressure p = pressure();
  p.update({.journal_bytes = 81}, at(0));
  EXPECT_EQ(p.gate(), Gate::kWait);
  EXPECT_EQ(p.next_wakeup(), at(1000));
  p.update({.journal_bytes = 81}, at(999));
  EXPECT_EQ(p.gate(), Gate::kWait);
  p.update({.journal_bytes = 81}, at(1000));
  EXPECT_EQ(p.gate(), Gate::kQueueFull);
  EXPECT_EQ(p.refusal().code, ErrorCode::kQueueFull);
  EXPECT_TRUE(p.refusal().retry_after.has_value());
  EXPECT_EQ(p.name(), "queue_full");
}

TEST(Pressure, OpensAgainOnlyWellBelowTheLimit) {
  Pressure p = pressure();
  p.update({.job_bytes = 801}, at(0));
  p.update({.job_bytes = 800}, at(1));
  EXPECT_EQ(p.gate(), Gate::kWait);
  p.update({.job_bytes = 700}, at(2));
  EXPECT_EQ(p.gate(), Gate::kOpen);
}

TEST(Pressure, UnsyncedBytesWaitAndAreNeverRefused) {
  Pressure p = pressure();
  p.update({.unsynced_bytes = 9}, at(0));
  EXPECT_EQ(p.gate(), Gate::kWait);
  p.update({.unsynced_bytes = 9}, at(100'000));
  EXPECT_EQ(p.gate(), Gate::kWait);
}

TEST(Pressure, AFullDiskIsRefusedAtOnceAndReopensWithRoom) {
  Pressure p = pressure();
  p.update({.disk_low = true}, at(0));
  EXPECT_EQ(p.gate(), Gate::kDiskLow);
  EXPECT_EQ(p.refusal().code, ErrorCode::kDiskLow);
  EXPECT_EQ(p.name(), "disk_low");
  p.update({}, at(1));
  EXPECT_EQ(p.gate(), Gate::kDiskLow);
  p.update({.disk_low = true}, at(1500));
  p.update({}, at(3499));
  EXPECT_EQ(p.gate(), Gate::kDiskLow);
  p.update({}, at(3500));
  EXPECT_EQ(p.gate(), Gate::kOpen);
}

}  // namespace
}  // namespace muster::server
