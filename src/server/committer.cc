#include "server/committer.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "storage/event_codec.h"

namespace muster::server {
namespace {

constexpr Duration kNoSpaceRetry = Duration::milliseconds(100);
constexpr size_t kKeptRecordBytes =
    2 * limits::kRecordBytes;  // larger buffers are not kept for reuse

// The journal puts its header in front; with it the record must stay within limits::kRecordBytes.
constexpr size_t kEventBytes = limits::kRecordBytes - limits::kRecordAlignment;

using Kind = storage::AppendOutcome::Kind;

}  // namespace

void Committer::Batch::clear() {
  for (size_t i = 0; i < used; ++i) {
    if (records[i].events.capacity() > kKeptRecordBytes) records[i].events = {};
  }
  if (records.size() > 4) records.resize(4);
  used = 0;
  bytes = 0;
  must_sync = false;
}

Committer::Committer(storage::Journal* journal, Executor& commit_thread, const Options& options,
                     Sequence applied)
    : journal_(journal),
      executor_(commit_thread),
      options_(options),
      released_(applied),
      synced_{applied} {
  CHECK((journal == nullptr) == (options.durability == Durability::kMemory),
        "a journal goes with every durability but memory");
  if (journal_) journal_bytes_ = journal_->bytes();
}

Committer::Record& Committer::record_with_room() {
  Batch& batch = forming_;
  if (batch.used == 0 || batch.records[batch.used - 1].events.size() >= kEventBytes ||
      MUSTER_MUTANT(command_split_over_records)) {
    if (batch.used == batch.records.size()) batch.records.emplace_back();
    Record& fresh = batch.records[batch.used++];
    fresh.count = 0;
    fresh.events.clear();
  }
  return batch.records[batch.used - 1];
}

void Committer::event(Sequence sequence, const Event& event) {
  if (!journal_) {
    released_ = sequence;
    synced_ = {sequence};
    return;
  }
  if (MUSTER_MUTANT(command_split_over_records)) end_command();
  if (command_events_ == 0) {
    Record& record = record_with_room();
    command_first_ = sequence;
    command_begin_ = record.events.size();
  }
  // Not by record_with_room(): a command's events stay together.
  Record& record = forming_.records[forming_.used - 1];
  if (record.count + command_events_ == 0) record.first = sequence;
  const size_t before = record.events.size();
  storage::encode_event(event, &record.events);
  forming_.bytes += record.events.size() - before;
  forming_.last = sequence;
  ++command_events_;
  // Leases of a new range must not leave before the range is durable, whatever the durability.
  if (std::holds_alternative<TokensReserved>(event)) {
    forming_.must_sync = !MUSTER_MUTANT(token_range_unsynced);
  }
}

void Committer::end_command() {
  if (command_events_ == 0) return;
  Record* record = &forming_.records[forming_.used - 1];
  if (record->count > 0 && record->events.size() > kEventBytes) {
    // It does not fit behind the earlier commands: a record of its own.
    if (forming_.used == forming_.records.size()) forming_.records.emplace_back();
    record = &forming_.records[forming_.used - 1];
    Record& own = forming_.records[forming_.used++];
    own.events.assign(record->events, command_begin_);
    own.first = command_first_;
    own.count = 0;
    record->events.resize(command_begin_);
    record = &own;
  }
  record->count += command_events_;
  command_events_ = 0;
}

void Committer::start(std::function<void()> work, void (Committer::*done)()) {
  in_flight_ = true;
  executor_.run(std::move(work), [this, done] {
    in_flight_ = false;
    journal_bytes_ = report_.journal_bytes;
    (this->*done)();
  });
}

void Committer::end_of_turn(Instant now) {
  now_ = now;
  CHECK(command_events_ == 0, "a command has not ended");
  if (!journal_ || in_flight_ || ended_) return;
  if (trim_) {
    start(
        [this, through = *std::exchange(trim_, std::nullopt)] {
          // Segments that could not be recycled now are tried again with the next checkpoint.
          (void)journal_->trim(through);
          report_.journal_bytes = journal_->bytes();
        },
        &Committer::trim_done);
    return;
  }
  if (retry_at_ && now < *retry_at_) return;
  const bool interval_over = now - last_sync_ >= options_.sync_interval || stopping_;
  if (flying_.used > 0 || forming_.used > 0) {
    if (flying_.used == 0) std::swap(flying_, forming_);  // else: what found no space goes first
    start_batch(options_.durability == Durability::kSync || flying_.must_sync || interval_over);
  } else if (!synced_.covers(released_) && interval_over) {
    start(
        [this] {
          report_.outcome = journal_->sync();
          report_.journal_bytes = journal_->bytes();
        },
        &Committer::sync_done);
  } else if (!sealed_ && synced_.covers(released_) &&
             (stopping_ || now - last_write_ >= limits::kSealAfter)) {
    start(
        [this] {
          report_.outcome = journal_->seal();
          report_.journal_bytes = journal_->bytes();
        },
        &Committer::seal_done);
  }
}

void Committer::start_batch(bool sync) {
  sealed_ = false;
  if (MUSTER_MUTANT(reply_before_sync)) released_ = flying_.last;
  start(
      [this, sync] {
        report_.written = 0;
        for (size_t i = 0; i < flying_.used; ++i) {
          const Record& record = flying_.records[i];
          const bool last = i + 1 == flying_.used;
          report_.outcome =
              journal_->append({record.first, record.count, record.events}, sync && last);
          if (report_.outcome.kind == Kind::kNoSpace || report_.outcome.kind == Kind::kEnded) break;
          ++report_.written;
        }
        report_.journal_bytes = journal_->bytes();
      },
      &Committer::batch_done);
}

bool Committer::failed() {
  retry_at_.reset();
  if (report_.outcome.kind == Kind::kEnded) {
    ended_ = report_.outcome.why;
    return true;
  }
  if (report_.outcome.kind != Kind::kNoSpace) return false;
  retry_at_ = now_ + kNoSpaceRetry;
  return true;
}

void Committer::written_through(Sequence last, bool durable) {
  last_write_ = now_;
  if (durable || options_.durability == Durability::kAsync) released_ = last;
  if (!durable) return;
  synced_ = {last};
  last_sync_ = now_;
}

void Committer::batch_done() {
  if (failed()) {
    // Records before the one without space are written; the next sync covers them.
    auto& records = flying_.records;
    const auto written = static_cast<std::ptrdiff_t>(report_.written);
    std::rotate(records.begin(), records.begin() + written, records.end());
    flying_.used -= report_.written;
    flying_.bytes = 0;
    for (size_t i = 0; i < flying_.used; ++i) flying_.bytes += records[i].events.size();
    return;
  }
  written_through(flying_.last, report_.outcome.kind == Kind::kDurable);
  flying_.clear();
}

void Committer::sync_done() {
  if (!failed()) written_through(released_, true);
}

void Committer::seal_done() {
  // A stop does not wait for the room of a seal: all is synced already.
  if (!failed() || (stopping_ && no_space())) sealed_ = true;
}

void Committer::trim_done() {}

void Committer::trim(Sequence through) {
  if (journal_) trim_ = through;
}

bool Committer::quiet() const {
  if (!journal_) return true;
  return !in_flight_ && forming_.used == 0 && flying_.used == 0 && synced_.covers(released_) &&
         !trim_ && (sealed_ || !stopping_);
}

Instant Committer::next_wakeup() const {
  if (!journal_ || in_flight_ || ended_) return Instant::max();
  if (retry_at_) return *retry_at_;
  if (forming_.used > 0 || flying_.used > 0 || trim_) return now_;
  if (!synced_.covers(released_)) return last_sync_ + options_.sync_interval;
  return sealed_ ? Instant::max() : last_write_ + limits::kSealAfter;
}

}  // namespace muster::server
