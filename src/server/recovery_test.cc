#include "server/recovery.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "server/committer.h"
#include "server/manual_executor.h"
#include "storage/checkpoint_store.h"
#include "storage/file_journal.h"
#include "storage/memory_file_system.h"
#include "storage/memory_journal.h"
#include "storage/memory_store.h"

namespace muster::server {
namespace {

// A queue server's durable half: an engine whose events go to a journal, and now and then to a
// store.
class Half : private engine::Output {
 public:
  Half(storage::Journal& journal, storage::Store& store)
      : journal_(journal), store_(store), recovered_(recover(engine_, journal, store)) {
    if (!recovered_.ok()) return;
    engine_.start(now_);
    committer_.emplace(&journal_, executor_, Committer::Options{}, engine_.applied());
  }

  const storage::StorageResult<Recovered>& recovered() const { return recovered_; }
  uint64_t hash() const { return engine_.state_hash(); }
  uint64_t jobs() const { return engine_.live_jobs(); }

  void submit(const std::string& id) {
    SubmitItem item;
    item.job.id = id;
    item.job.job_type = "sleep";
    item.job.duration = Duration::seconds(1);
    item.job.body = "\"duration\":1";
    engine_.handle({}, SubmitJobs{{&item, 1}}, now_, *this);
    settle();
  }
  void take() {
    RequestJobs request;
    request.worker_id = "w";
    request.plain = true;
    engine_.handle({}, request, now_, *this);
    settle();
  }
  void remove(std::string_view id) {
    engine_.handle({}, ActOnJobs{JobAction::kDelete, {&id, 1}, false}, now_, *this);
    settle();
  }
  void checkpoint() {
    ASSERT_TRUE(storage::write_checkpoint(store_, engine_.capture()).ok());
    ASSERT_TRUE(journal_.trim(engine_.applied()).ok());
  }

 private:
  void event(Sequence sequence, const Event& event) override { committer_->event(sequence, event); }
  void answer(ReplyTo, const Reply&) override {}
  void push(ConnectionId, const Push&) override {}
  void settle() {
    committer_->end_command();
    committer_->end_of_turn(now_.steady);
    executor_.drain();
    EXPECT_EQ(committer_->synced().through, engine_.applied());
  }

  storage::Journal& journal_;
  storage::Store& store_;
  const Now now_{Instant::from_ms(1000), WallTime::from_ms(1'700'000'000'000)};
  engine::Engine engine_{{}};
  ManualExecutor executor_;
  storage::StorageResult<Recovered> recovered_;
  std::optional<Committer> committer_;
};

TEST(Recovery, BeginsEmpty) {
  storage::MemoryJournal journal;
  storage::MemoryStore store;
  Half half(journal, store);
  ASSERT_TRUE(half.recovered().ok());
  EXPECT_EQ(half.recovered()->applied, Sequence(0));
  EXPECT_EQ(half.jobs(), 0U);
}

TEST(Recovery, GivesTheStateBackFromJournalAloneStoreAloneAndBoth) {
  for (const int checkpoint_after : {0, 3, 6}) {
    storage::MemoryJournal journal;
    storage::MemoryStore store;
    uint64_t hash = 0;
    {
      Half half(journal, store);
      for (int i = 1; i <= 6; ++i) {
        half.submit("job" + std::to_string(i));
        if (i % 2 == 0) half.take();
        if (i == checkpoint_after) half.checkpoint();
      }
      hash = half.hash();
    }
    Half again(journal, store);
    ASSERT_TRUE(again.recovered().ok()) << again.recovered().error().message;
    EXPECT_EQ(again.hash(), hash) << checkpoint_after;
    EXPECT_EQ(again.jobs(), 6U);
    EXPECT_EQ(again.recovered()->events_replayed == 0, checkpoint_after == 6);
  }
}

TEST(Recovery, GivesTheIdsOfRemovedJobsBackFromTheStore) {
  storage::MemoryJournal journal;
  storage::MemoryStore store;
  uint64_t hash = 0;
  {
    Half half(journal, store);
    half.submit("a");
    half.remove("a");
    half.checkpoint();
    hash = half.hash();
  }
  Half again(journal, store);
  ASSERT_TRUE(again.recovered().ok()) << again.recovered().error().message;
  EXPECT_EQ(again.hash(), hash);
  again.submit("a");
  EXPECT_EQ(again.jobs(), 0U);
}

TEST(Recovery, LeavesItsCheckpointBehind) {
  storage::MemoryJournal journal;
  storage::MemoryStore store;
  {
    Half(journal, store).submit("a");
  }
  {
    Half half(journal, store);
  }
  EXPECT_EQ(journal.bytes(), 0U);
  Half third(journal, store);
  EXPECT_EQ(third.recovered()->events_replayed, 0U);
  EXPECT_EQ(third.recovered()->jobs_loaded, 1U);
}

TEST(Recovery, RefusesAStoreAheadOfTheJournal) {
  storage::MemoryJournal journal;
  storage::MemoryStore store;
  {
    Half half(journal, store);
    half.submit("a");
    half.checkpoint();
  }
  storage::MemoryJournal other;
  Half half(other, store);
  ASSERT_FALSE(half.recovered().ok());
  EXPECT_EQ(half.recovered().error().kind, storage::StorageErrorKind::kCorrupt);
  EXPECT_NE(half.recovered().error().message.find("journal ends at 0"), std::string::npos)
      << half.recovered().error().message;
}

TEST(Recovery, RefusesAStoreBehindTheJournalsBegin) {
  storage::MemoryJournal journal(Sequence(10));
  storage::MemoryStore store;
  Half half(journal, store);
  ASSERT_FALSE(half.recovered().ok());
  EXPECT_NE(half.recovered().error().message.find("journal begins at 10"), std::string::npos)
      << half.recovered().error().message;
}

TEST(Recovery, RefusesAnEventItDoesNotKnow) {
  storage::MemoryJournal journal;
  (void)journal.append({Sequence(1), 1, std::string("\x7f\x01\x00", 3)}, true);
  storage::MemoryStore store;
  Half half(journal, store);
  ASSERT_FALSE(half.recovered().ok());
  EXPECT_NE(half.recovered().error().message.find("event 1"), std::string::npos);
}

// The journal in files, on a disk that loses power and keeps some of what was not synced: every job
// that had been committed is there again, and the state is the one that was left.
TEST(Recovery, AfterAPowerCutNothingCommittedIsMissing) {
  constexpr storage::FileJournalOptions kSmall{.segment_bytes = 16 * limits::kRecordAlignment,
                                               .spare_segments = 2};
  for (uint64_t seed = 0; seed < 60; ++seed) {
    storage::MemoryFileSystem disk;
    storage::MemoryStore store;
    uint64_t hash = 0;
    uint64_t jobs = 0;
    ASSERT_TRUE(disk.make_directory("/j").ok());
    ASSERT_TRUE(disk.sync_directory("/").ok());
    for (int life = 0; life < 3; ++life) {
      auto journal = storage::FileJournal::open(disk, "/j", kSmall);
      ASSERT_TRUE(journal.ok()) << journal.error().message;
      Half half(**journal, store);
      ASSERT_TRUE(half.recovered().ok()) << half.recovered().error().message;
      EXPECT_EQ(half.jobs(), jobs) << "seed " << seed << " life " << life;
      if (life > 0) {
        EXPECT_EQ(half.hash(), hash) << "seed " << seed << " life " << life;
      }
      for (uint64_t i = 0; i <= seed % 12; ++i) {
        half.submit("job" + std::to_string(++jobs));
        if (i % 3 == 1) half.take();
        if (seed % 5 == 4 && i == 4) half.checkpoint();
        hash = half.hash();
      }
      disk.crash_keeping_some(seed * 3 + static_cast<uint64_t>(life));
    }
  }
}

}  // namespace
}  // namespace muster::server
