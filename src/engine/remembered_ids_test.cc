#include "engine/remembered_ids.h"

#include <gtest/gtest.h>

#include <string>

#include "model/limits.h"

namespace muster::engine {
namespace {

constexpr size_t kChunk = limits::kIdsPerChunk;

// An id may be used, forgotten by retention, and used again: what counts is the last time.
TEST(RememberedIds, TheSameIdTwiceIsRememberedAsLongAsTheSecondOne) {
  RememberedIds ids(kChunk, Duration::hours(1));
  ids.add("again", 1, WallTime::from_ms(0));
  for (size_t i = 1; i < kChunk; ++i) ids.add("a" + std::to_string(i), 7, WallTime::from_ms(0));
  ids.add("again", 2, WallTime::from_ms(0));
  EXPECT_EQ(ids.first(), 0U);
  for (size_t i = 1; i < kChunk; ++i) ids.add("b" + std::to_string(i), 7, WallTime::from_ms(0));
  EXPECT_EQ(ids.first(), kChunk) << "the first chunk is forgotten";
  ASSERT_NE(ids.find("again"), nullptr);
  EXPECT_EQ(ids.find("again")->fingerprint, 2U);
  EXPECT_EQ(ids.find("a1"), nullptr);
  for (size_t i = 0; i < kChunk; ++i) ids.add("c" + std::to_string(i), 7, WallTime::from_ms(0));
  EXPECT_EQ(ids.find("again"), nullptr);
}

TEST(RememberedIds, AgeForgetsWholeChunks) {
  RememberedIds ids(10 * kChunk, Duration::milliseconds(10));
  for (size_t i = 0; i < kChunk; ++i) ids.add("a" + std::to_string(i), 7, WallTime::from_ms(0));
  ids.add("young", 7, WallTime::from_ms(10));
  EXPECT_NE(ids.find("a0"), nullptr) << "no older than it may be";
  ids.add("younger", 7, WallTime::from_ms(11));
  EXPECT_EQ(ids.find("a0"), nullptr);
  EXPECT_NE(ids.find("young"), nullptr);
}

}  // namespace
}  // namespace muster::engine
