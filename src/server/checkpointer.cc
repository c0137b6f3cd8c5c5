#include "server/checkpointer.h"

#include <utility>

#include "base/mutant.h"
#include "model/limits.h"
#include "storage/checkpoint_store.h"

namespace muster::server {
namespace {

constexpr Duration kRetryAfterFailure = Duration::seconds(1);

}  // namespace

Checkpointer::Checkpointer(engine::Engine& engine, storage::Store* store, Committer& committer,
                           Executor& background, Stopwatch microseconds, size_t dirty_jobs)
    : engine_(engine),
      store_(store),
      committer_(committer),
      executor_(background),
      microseconds_(std::move(microseconds)),
      dirty_jobs_(dirty_jobs),
      stored_(engine.applied()) {}

bool Checkpointer::due(bool wanted) const {
  if (engine_.applied() == stored_) return false;
  return wanted || engine_.dirty_jobs() >= dirty_jobs_ ||
         committer_.journal_bytes() >= limits::kCheckpointJournalBytes;
}

void Checkpointer::end_of_turn(Instant now, bool wanted) {
  now_ = now;
  if (state_ == State::kIdle && now >= not_before_ && due(wanted)) capture();
  // Before it is synced, a crash could take back what the store would already contain.
  if (state_ != State::kCaptured) return;
  const bool synced = committer_.synced().covers(image_->marks.applied);
  if (synced || MUSTER_MUTANT(checkpoint_before_sync)) write();
}

void Checkpointer::capture() {
  const int64_t begin = microseconds_();
  image_ = std::make_shared<CheckpointImage>(engine_.capture());
  longest_us_ = std::max(longest_us_, microseconds_() - begin);
  state_ = State::kCaptured;
}

void Checkpointer::write() {
  if (!store_) {
    stored_ = image_->marks.applied;
    image_.reset();
    state_ = State::kIdle;
    return;
  }
  state_ = State::kWriting;
  if (MUSTER_MUTANT(trim_before_checkpoint)) committer_.trim(image_->marks.applied);
  executor_.run(
      [this] {
        const auto outcome = storage::write_checkpoint(*store_, *image_);
        error_ = outcome.ok() ? std::nullopt : std::optional(outcome.error());
      },
      [this] { written_or_not(); });
}

void Checkpointer::written_or_not() {
  state_ = State::kIdle;
  failing_ = error_.has_value();
  if (failing_) {
    failure_ = std::exchange(error_, std::nullopt);
    if (!MUSTER_MUTANT(failed_checkpoint_dropped)) engine_.merge_back(std::move(*image_));
    not_before_ = now_ + kRetryAfterFailure;
  } else {
    failure_.reset();
    stored_ = image_->marks.applied;
    ++written_;
    committer_.trim(stored_);
  }
  image_.reset();
}

Instant Checkpointer::next_wakeup(Instant now) const {
  return state_ == State::kIdle && not_before_ > now ? not_before_ : Instant::max();
}

std::optional<storage::StorageError> Checkpointer::take_failure() {
  return std::exchange(failure_, std::nullopt);
}

}  // namespace muster::server
