#include "server/kill_point.h"

#include <gtest/gtest.h>

#include "storage/memory_journal.h"
#include "storage/memory_store.h"

namespace muster::server {
namespace {

using Where = KillPoint::Where;
using Kind = storage::AppendOutcome::Kind;

// Death that can be survived: says what the journal held when it came.
struct Mourner {
  storage::Journal* journal = nullptr;
  int deaths = 0;
  Sequence held;

  Die die() {
    return [this] {
      ++deaths;
      if (journal) held = journal->end();
    };
  }
};

std::unique_ptr<storage::Journal> dying_journal(Where where, uint64_t pass, Mourner* mourner) {
  auto journal = std::make_unique<storage::MemoryJournal>();
  mourner->journal = journal.get();
  return with_kill_point(std::move(journal), {where, pass}, mourner->die());
}

TEST(KillPoint, ReadsNamesAndCounts) {
  EXPECT_EQ(*parse_kill_point("write:1"), (KillPoint{Where::kWrite, 1}));
  EXPECT_EQ(*parse_kill_point("sync:30"), (KillPoint{Where::kSync, 30}));
  EXPECT_EQ(*parse_kill_point("checkpoint:2"), (KillPoint{Where::kCheckpoint, 2}));
  EXPECT_EQ(*parse_kill_point("trim:2"), (KillPoint{Where::kTrim, 2}));
  for (const char* text :
       {"", ":", "write", "write:", "write:0", "write:x", "write:1x", "read:1", "write:-1"}) {
    EXPECT_FALSE(parse_kill_point(text).ok()) << text;
  }
}

TEST(KillPoint, WriteComesBeforeTheRecord) {
  Mourner mourner;
  const auto journal = dying_journal(Where::kWrite, 2, &mourner);
  (void)journal->append({Sequence(1), 1, "a"}, true);
  EXPECT_EQ(mourner.deaths, 0);
  (void)journal->append({Sequence(2), 1, "b"}, true);
  EXPECT_EQ(mourner.deaths, 1);
  EXPECT_EQ(mourner.held, Sequence(2));
  (void)journal->append({Sequence(3), 1, "c"}, true);
  EXPECT_EQ(mourner.deaths, 1);
}

TEST(KillPoint, SyncComesBehindTheRecord) {
  Mourner mourner;
  const auto journal = dying_journal(Where::kSync, 1, &mourner);
  (void)journal->append({Sequence(1), 1, "a"}, true);
  EXPECT_EQ(mourner.deaths, 1);
  EXPECT_EQ(mourner.held, Sequence(2));
}

TEST(KillPoint, TrimComesBeforeTheSegmentsGo) {
  Mourner mourner;
  const auto journal = dying_journal(Where::kTrim, 1, &mourner);
  (void)journal->append({Sequence(1), 1, "a"}, true);
  EXPECT_EQ(mourner.deaths, 0);
  EXPECT_TRUE(journal->trim(Sequence(1)).ok());
  EXPECT_EQ(mourner.deaths, 1);
}

TEST(KillPoint, CheckpointComesBeforeTheStoreChanges) {
  Mourner mourner;
  const auto store = with_kill_point(std::make_unique<storage::MemoryStore>(),
                                     {Where::kCheckpoint, 2}, mourner.die());
  EXPECT_TRUE(store->write({}).ok());
  EXPECT_EQ(mourner.deaths, 0);
  EXPECT_TRUE(store->write({}).ok());
  EXPECT_EQ(mourner.deaths, 1);
}

}  // namespace
}  // namespace muster::server
