// Against a plain sorted map, at depths where a search through the jobs behind would show.
#include "engine/ready_queue.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

namespace muster::engine {
namespace {

class ReadyQueueTest : public ::testing::Test {
 protected:
  Slot* slot(uint32_t priority, uint64_t order) {
    slots_.push_back(std::make_unique<Slot>());
    slots_.back()->job.priority = priority;
    slots_.back()->job.order = OrderSeq(order);
    return slots_.back().get();
  }
  Slot* take_front() {
    Slot* front = queue_.front();
    queue_.remove(front);
    return front;
  }

  ReadyQueue queue_;
  std::vector<std::unique_ptr<Slot>> slots_;
};

TEST_F(ReadyQueueTest, AgreesWithASortedMap) {
  std::mt19937 random(7);
  std::map<std::pair<uint32_t, uint64_t>, Slot*> model;
  std::vector<Slot*> out;
  uint64_t next_order = 1;
  for (int step = 0; step < 20'000; ++step) {
    const uint32_t roll = static_cast<uint32_t>(random());
    if (roll % 8 < 3) {
      out.push_back(slot(roll / 8 % 3, next_order++));
      std::swap(out[roll / 64 % out.size()], out.back());
    }
    if (roll % 8 < 5 && !out.empty()) {  // one comes, new or back to its place
      Slot* in = out.back();
      out.pop_back();
      queue_.insert(in);
      model.emplace(std::pair(in->job.priority, in->job.order.value()), in);
    } else if (!model.empty()) {  // the front goes, now and then one from the middle
      auto gone = model.begin();
      if (roll % 8 == 7) std::advance(gone, static_cast<ptrdiff_t>(roll / 8 % model.size()));
      queue_.remove(gone->second);
      out.push_back(gone->second);
      model.erase(gone);
    }
    ASSERT_EQ(queue_.size(), model.size());
    ASSERT_EQ(queue_.empty(), model.empty());
    ASSERT_EQ(queue_.front(), model.empty() ? nullptr : model.begin()->second);
    Slot* oldest = nullptr;
    for (const auto& [place, held] : model) {
      if (oldest == nullptr || held->job.order < oldest->job.order) oldest = held;
    }
    ASSERT_EQ(queue_.oldest(), oldest);
  }
}

// A worker that is lost gives back a hundred thousand jobs into a backlog of many more. Were each
// to move those behind it, this would take minutes.
TEST_F(ReadyQueueTest, ManyReturnToADeepBacklog) {
  constexpr uint64_t kBacklog = 600'000;
  constexpr size_t kTaken = 400'000;
  for (uint64_t order = 1; order <= kBacklog; ++order) queue_.insert(slot(1000, order));
  std::vector<Slot*> taken;
  while (taken.size() < kTaken) taken.push_back(take_front());
  for (Slot* back : taken) queue_.insert(back);
  for (uint64_t order = 1; order <= kBacklog; ++order) {
    ASSERT_EQ(take_front()->job.order, OrderSeq(order));
  }
  EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace muster::engine
