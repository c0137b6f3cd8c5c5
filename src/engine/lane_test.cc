// LaneHeap against a search through all lanes; lanes that come and go.
#include "engine/lane.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/state.h"

namespace muster::engine {
namespace {

TEST(LaneHeap, AgreesWithASearch) {
  std::mt19937 random(11);
  std::vector<Lane> lanes(9);
  std::vector<std::unique_ptr<Slot>> slots;
  LaneHeap heap;
  for (uint64_t step = 1; step <= 20'000; ++step) {
    const uint32_t roll = static_cast<uint32_t>(random());
    Lane& lane = lanes[roll % lanes.size()];
    if (roll / 16 % 2 == 0) {
      slots.push_back(std::make_unique<Slot>());
      slots.back()->job.priority = roll / 32 % 4;
      slots.back()->job.order = OrderSeq(step);
      lane.ready.insert(slots.back().get());
    } else if (!lane.ready.empty()) {
      lane.ready.remove(lane.ready.front());
    }
    heap.update(lane);

    Slot* soonest = nullptr;
    size_t open = 0;
    for (Lane& other : lanes) {
      Slot* front = other.ready.front();
      EXPECT_EQ(front == nullptr, other.open_at == Lane::kClosed);
      if (front == nullptr) continue;
      ++open;
      const Place place(front->job.priority, front->job.order);
      if (soonest == nullptr || place < Place(soonest->job.priority, soonest->job.order)) {
        soonest = front;
      }
    }
    ASSERT_EQ(heap.lanes().size(), open);
    ASSERT_EQ(heap.soonest() == nullptr ? nullptr : heap.soonest()->ready.front(), soonest);
  }
}

// Job types are the client's to invent: a server that kept each for ever would run out of memory.
TEST(Lanes, GoWithTheirLastJob) {
  DurableState state{EngineConfig{}};
  JobSubmitted submitted;
  submitted.spec.job_type = "once";
  const LaneName lane{"default", "once", false};
  for (uint64_t number : {1, 2}) {
    submitted.job = JobSeq(number);
    submitted.order = OrderSeq(number);
    state.apply(state.marks().applied.next(), submitted);
  }
  for (uint64_t number : {2, 1}) {
    EXPECT_NE(state.find_lane(lane), nullptr);
    const JobSeq job(number);
    state.apply(state.marks().applied.next(), JobsRemoved{{&job, 1}, {}});
  }
  EXPECT_EQ(state.find_lane(lane), nullptr);
  EXPECT_TRUE(state.find_queue("default")->lanes.empty());
  submitted.job = JobSeq(3);  // and it may come again
  state.apply(state.marks().applied.next(), submitted);
  EXPECT_EQ(state.find_lane(lane)->ready.size(), 1U);
}

}  // namespace
}  // namespace muster::engine
