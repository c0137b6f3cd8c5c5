#include "server/committer.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "server/commit_queue.h"
#include "server/manual_executor.h"
#include "storage/event_codec.h"

namespace muster::server {
namespace {

using storage::AppendOutcome;
using Kind = AppendOutcome::Kind;

// Keeps what it is told, and answers as scripted (kDurable or kWritten, as asked, when nothing is).
class ScriptedJournal : public storage::Journal {
 public:
  struct Kept {
    uint64_t first;
    uint32_t count;
    size_t bytes;
    bool sync;
  };
  AppendOutcome append(const storage::JournalRecord& record, bool sync) override {
    const AppendOutcome outcome = next(sync);
    if (outcome.kind == Kind::kDurable || outcome.kind == Kind::kWritten) {
      kept.push_back({record.first.value(), record.count, record.events.size(), sync});
    }
    return outcome;
  }
  AppendOutcome sync() override {
    ++syncs;
    return next(true);
  }
  AppendOutcome seal() override {
    ++seals;
    return next(true);
  }
  storage::StorageResult<Unit> read_from(Sequence, const Visitor&) override { return Unit{}; }
  storage::StorageResult<Unit> trim(Sequence through) override {
    trimmed = through;
    return Unit{};
  }
  Sequence begin() const override { return Sequence(1); }
  Sequence end() const override { return Sequence(1); }
  uint64_t bytes() const override { return 0; }

  std::deque<AppendOutcome> script;
  std::vector<Kept> kept;
  int syncs = 0;
  int seals = 0;
  Sequence trimmed;

 private:
  AppendOutcome next(bool sync) {
    if (script.empty()) return {sync ? Kind::kDurable : Kind::kWritten, ""};
    const AppendOutcome outcome = script.front();
    script.pop_front();
    return outcome;
  }
};

class CommitterTest : public testing::Test {
 protected:
  void begin(Durability durability) {
    committer_.emplace(durability == Durability::kMemory ? nullptr : &journal_, executor_,
                       Committer::Options{durability, Duration::milliseconds(50)}, Sequence());
  }
  // One command with so many events of so many bytes each.
  void command(uint32_t events, size_t bytes = 10) {
    const std::string text(bytes, 'q');
    for (uint32_t i = 0; i < events; ++i) {
      last_ = last_.next();
      JobSubmitted submitted;
      submitted.job = JobSeq(last_.value());
      submitted.spec.id = "j";
      submitted.spec.body = text;
      committer_->event(last_, submitted);
    }
    committer_->end_command();
  }
  void turn(int64_t ms) { committer_->end_of_turn(Instant::from_ms(ms)); }
  uint64_t released() const { return committer_->released().value(); }
  uint64_t synced() const { return committer_->synced().through.value(); }

  ScriptedJournal journal_;
  ManualExecutor executor_;
  std::optional<Committer> committer_;
  Sequence last_;
};

TEST_F(CommitterTest, ReleasesWhatIsDurable) {
  begin(Durability::kSync);
  command(2);
  turn(0);
  EXPECT_EQ(released(), 0U);
  executor_.step();
  EXPECT_EQ(released(), 2U);
  EXPECT_EQ(synced(), 2U);
  ASSERT_EQ(journal_.kept.size(), 1U);
  EXPECT_EQ(journal_.kept[0].first, 1U);
  EXPECT_EQ(journal_.kept[0].count, 2U);
  EXPECT_TRUE(journal_.kept[0].sync);
}

TEST_F(CommitterTest, TheNextBatchFormsWhileOneIsInFlight) {
  begin(Durability::kSync);
  command(1);
  turn(0);
  command(1);
  turn(1);
  command(1);
  turn(2);
  EXPECT_EQ(executor_.waiting(), 1U);
  executor_.step();
  EXPECT_EQ(released(), 1U);
  turn(3);
  executor_.step();
  EXPECT_EQ(released(), 3U);
  ASSERT_EQ(journal_.kept.size(), 2U);
  EXPECT_EQ(journal_.kept[1].count, 2U);
}

TEST_F(CommitterTest, SplitsABatchIntoRecordsBetweenCommandsOnly) {
  begin(Durability::kSync);
  const size_t third = limits::kRecordBytes / 3;
  command(1, third);
  command(1, third);
  command(2, third);  // does not fit behind the others, and stays together
  command(4, third);  // more than a record: alone in one
  command(1);
  turn(0);
  executor_.step();
  ASSERT_EQ(journal_.kept.size(), 4U);
  EXPECT_EQ(journal_.kept[0].count, 2U);
  EXPECT_EQ(journal_.kept[1].first, 3U);
  EXPECT_EQ(journal_.kept[1].count, 2U);
  EXPECT_EQ(journal_.kept[2].count, 4U);
  EXPECT_GT(journal_.kept[2].bytes, limits::kRecordBytes);
  EXPECT_EQ(journal_.kept[3].first, 9U);
  EXPECT_FALSE(journal_.kept[0].sync);  // one sync a batch, with its last record
  EXPECT_TRUE(journal_.kept[3].sync);
  EXPECT_EQ(released(), 9U);
}

TEST_F(CommitterTest, SealsAfterAHundredIdleMilliseconds) {
  begin(Durability::kSync);
  turn(0);
  EXPECT_EQ(committer_->next_wakeup(), Instant::max());
  command(1);
  turn(1000);
  executor_.step();
  turn(1001);
  EXPECT_EQ(committer_->next_wakeup(), Instant::from_ms(1100));
  turn(1099);
  EXPECT_EQ(executor_.waiting(), 0U);
  turn(1100);
  executor_.step();
  EXPECT_EQ(journal_.seals, 1);
  turn(5000);
  EXPECT_EQ(executor_.waiting(), 0U);
  EXPECT_EQ(committer_->next_wakeup(), Instant::max());
}

TEST_F(CommitterTest, ACleanStopSealsAtOnce) {
  begin(Durability::kSync);
  command(1);
  committer_->stop();
  turn(0);
  executor_.step();
  EXPECT_FALSE(committer_->quiet());
  turn(0);
  executor_.step();
  EXPECT_EQ(journal_.seals, 1);
  EXPECT_TRUE(committer_->quiet());
}

TEST_F(CommitterTest, WithoutSpaceItTriesAgainAndLosesNothing) {
  begin(Durability::kSync);
  const size_t most = limits::kRecordBytes - 2 * limits::kRecordAlignment;
  command(1, most);
  command(1, most);
  journal_.script = {{Kind::kWritten, ""}, {Kind::kNoSpace, "full"}};
  turn(0);
  executor_.step();
  EXPECT_TRUE(committer_->no_space());
  EXPECT_EQ(released(), 0U);
  command(1);
  turn(50);
  EXPECT_EQ(executor_.waiting(), 0U);
  turn(100);
  executor_.step();  // the one that had no space
  turn(100);
  executor_.step();  // what came meanwhile
  EXPECT_FALSE(committer_->no_space());
  EXPECT_EQ(released(), 3U);
  ASSERT_EQ(journal_.kept.size(), 3U);
  EXPECT_EQ(journal_.kept[1].first, 2U);
  EXPECT_EQ(journal_.kept[2].first, 3U);
}

TEST_F(CommitterTest, ASealThatFoundNoSpaceIsForgottenOnceItIsWritten) {
  begin(Durability::kSync);
  command(1);
  turn(0);
  executor_.step();
  journal_.script = {{Kind::kNoSpace, "full"}};
  turn(100);
  executor_.step();
  EXPECT_TRUE(committer_->no_space());
  EXPECT_EQ(committer_->next_wakeup(), Instant::from_ms(200));
  turn(200);
  executor_.step();
  EXPECT_EQ(journal_.seals, 2);
  EXPECT_FALSE(committer_->no_space());
  EXPECT_EQ(committer_->next_wakeup(), Instant::max());
}

TEST_F(CommitterTest, AfterTheJournalEndedNothingIsReleasedOrWritten) {
  begin(Durability::kSync);
  command(1);
  journal_.script = {{Kind::kEnded, "fdatasync: EIO"}};
  turn(0);
  executor_.step();
  EXPECT_EQ(committer_->ended(), "fdatasync: EIO");
  EXPECT_EQ(released(), 0U);
  command(1);
  turn(1000);
  EXPECT_EQ(executor_.waiting(), 0U);
}

TEST_F(CommitterTest, AsyncReleasesWhatIsWrittenAndSyncsInTime) {
  begin(Durability::kAsync);
  turn(1000);
  command(1);
  turn(1000);  // the first batch after a pause is synced: its interval is over
  executor_.step();
  command(1);
  turn(1010);
  executor_.step();
  EXPECT_EQ(released(), 2U);
  EXPECT_EQ(synced(), 1U);
  EXPECT_EQ(committer_->next_wakeup(), Instant::from_ms(1050));
  turn(1050);
  executor_.step();
  EXPECT_EQ(journal_.syncs, 1);
  EXPECT_EQ(synced(), 2U);
}

TEST_F(CommitterTest, AsyncSyncsATokenRangeBeforeItsLeasesLeave) {
  begin(Durability::kAsync);
  turn(1000);
  command(1);
  turn(1000);
  executor_.step();
  committer_->event(last_ = last_.next(), TokensReserved{LeaseToken(100)});
  committer_->end_command();
  turn(1010);
  executor_.step();
  EXPECT_EQ(synced(), 2U);
  EXPECT_TRUE(journal_.kept.back().sync);
}

TEST_F(CommitterTest, TrimsInOrderWithTheAppends) {
  begin(Durability::kSync);
  command(1);
  turn(0);
  committer_->trim(Sequence(1));
  turn(0);
  EXPECT_EQ(executor_.waiting(), 1U);
  EXPECT_FALSE(committer_->quiet());
  executor_.step();
  turn(0);
  executor_.step();
  EXPECT_EQ(journal_.trimmed, Sequence(1));
  EXPECT_TRUE(committer_->quiet());
}

TEST_F(CommitterTest, MemoryReleasesAtOnce) {
  begin(Durability::kMemory);
  command(3);
  EXPECT_EQ(released(), 3U);
  turn(0);
  EXPECT_EQ(executor_.waiting(), 0U);
  EXPECT_TRUE(committer_->quiet());
}

// The canary: answers are let out by whatever `durable` says. The checker must catch the version
// that looks at what was applied instead of what is durable.
class AnswerBeforeDurable : public CommitterTest, public testing::WithParamInterface<bool> {
 protected:
  uint64_t answered_ = 0;
};

TEST_P(AnswerBeforeDurable, IsCaught) {
  const bool broken = GetParam();
  begin(Durability::kSync);
  CommitQueue queue;
  Outbox outbox;
  uint64_t early = 0;
  for (int64_t ms = 0; ms < 20; ++ms) {
    command(1);
    outbox.chunk().bytes += "ok\n";
    outbox.stamp(last_);
    queue.take(ConnectionId(1), &outbox);
    turn(ms);
    queue.release(broken ? last_ : committer_->released(), [&](ConnectionId, const Chunk& chunk) {
      // Independent of both: what the journal itself was told.
      uint64_t on_disk = 0;
      for (const auto& record : journal_.kept) on_disk += record.count;
      answered_ += chunk.bytes.size() / 3;
      if (answered_ > on_disk) ++early;
    });
    if (ms % 3 == 2) executor_.step();
  }
  EXPECT_EQ(early > 0, broken);
  EXPECT_GT(answered_, 0U);
}

INSTANTIATE_TEST_SUITE_P(Canary, AnswerBeforeDurable, testing::Bool());

}  // namespace
}  // namespace muster::server
