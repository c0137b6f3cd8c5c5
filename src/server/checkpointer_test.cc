#include "server/checkpointer.h"

#include <gtest/gtest.h>

#include "server/manual_executor.h"
#include "storage/checkpoint_store.h"
#include "storage/memory_journal.h"
#include "storage/memory_store.h"

namespace muster::server {
namespace {

class CheckpointerTest : public testing::Test, private engine::Output {
 protected:
  CheckpointerTest() {
    engine_.finish_restore();
    engine_.start(now_);
    committer_.emplace(&journal_, commit_thread_, Committer::Options{}, Sequence());
    checkpointer_.emplace(engine_, &store_, *committer_, background_,
                          [this] { return clock_ += 70; });
  }

  void submit(int jobs) {
    for (int i = 0; i < jobs; ++i) {
      SubmitItem item;
      const std::string id = "job" + std::to_string(++last_);
      item.job.id = id;
      item.job.job_type = "exec";
      engine_.handle({}, SubmitJobs{{&item, 1}}, now_, *this);
      committer_->end_command();
    }
  }
  void turn(bool wanted = false) {
    checkpointer_->end_of_turn(now_.steady, wanted);
    committer_->end_of_turn(now_.steady);
  }
  uint64_t stored() {
    const auto marks = storage::load_checkpoint(
        store_, {[](JobRecord) {}, [](QueueRecord) {}, [](const RememberedChunk&) {}});
    return marks.ok() && marks->has_value() ? (*marks)->applied.value() : 0;
  }

  void event(Sequence sequence, const Event& event) override { committer_->event(sequence, event); }
  void answer(ReplyTo, const Reply&) override {}
  void push(ConnectionId, const Push&) override {}

  Now now_{Instant::from_ms(5000), WallTime::from_ms(1'700'000'000'000)};
  int64_t clock_ = 0;
  int last_ = 0;
  storage::MemoryJournal journal_;
  storage::MemoryStore store_;
  ManualExecutor commit_thread_;
  ManualExecutor background_;
  engine::Engine engine_{{}};
  std::optional<Committer> committer_;
  std::optional<Checkpointer> checkpointer_;
};

TEST_F(CheckpointerTest, BeginsWhenEnoughJobsChanged) {
  submit(static_cast<int>(limits::kCheckpointDirtyJobs) - 1);
  turn();
  EXPECT_FALSE(checkpointer_->busy());
  submit(1);
  turn();
  EXPECT_TRUE(checkpointer_->busy());
  EXPECT_EQ(checkpointer_->longest_capture_us(), 70);
}

TEST_F(CheckpointerTest, WritesOnlyWhatIsSyncedInTheJournal) {
  submit(3);
  turn(true);
  turn(true);
  EXPECT_EQ(background_.waiting(), 0U);  // captured, not yet durable
  commit_thread_.drain();
  turn(true);
  EXPECT_EQ(background_.waiting(), 1U);
  EXPECT_EQ(stored(), 0U);
  background_.drain();
  EXPECT_EQ(stored(), engine_.applied().value());
  EXPECT_EQ(checkpointer_->written(), 1U);
  EXPECT_FALSE(checkpointer_->busy());
}

TEST_F(CheckpointerTest, TrimsTheJournalBehindIt) {
  submit(3);
  turn(true);
  commit_thread_.drain();
  turn(true);
  EXPECT_GT(journal_.bytes(), 0U);
  background_.drain();
  turn();
  commit_thread_.drain();
  EXPECT_EQ(journal_.bytes(), 0U);
  turn(true);  // nothing is new
  EXPECT_FALSE(checkpointer_->busy());
}

TEST_F(CheckpointerTest, KeepsOneOnItsWayAndTakesTheRestWithTheNext) {
  submit(3);
  turn(true);
  commit_thread_.drain();
  turn(true);
  submit(2);
  turn(true);
  EXPECT_EQ(background_.waiting(), 1U);
  background_.drain();
  turn(true);
  commit_thread_.drain();
  turn(true);
  commit_thread_.drain();
  turn(true);
  background_.drain();
  EXPECT_EQ(stored(), engine_.applied().value());
  EXPECT_EQ(checkpointer_->written(), 2U);
}

TEST_F(CheckpointerTest, AFailedOneIsMergedBackAndTriedAgainLater) {
  submit(3);
  turn(true);
  commit_thread_.drain();
  turn(true);
  store_.fail_writes(storage::StorageError{storage::StorageErrorKind::kNoSpace, "full"});
  background_.drain();
  const auto failure = checkpointer_->take_failure();
  ASSERT_TRUE(failure.has_value());
  EXPECT_EQ(failure->message, "full");
  EXPECT_FALSE(checkpointer_->take_failure().has_value());
  EXPECT_EQ(engine_.dirty_jobs(), 3U);
  EXPECT_GT(journal_.bytes(), 0U);

  store_.fail_writes(std::nullopt);
  turn(true);
  EXPECT_FALSE(checkpointer_->busy());
  now_.steady = now_.steady + Duration::seconds(1);
  turn(true);
  background_.drain();
  EXPECT_EQ(stored(), engine_.applied().value());
}

}  // namespace
}  // namespace muster::server
