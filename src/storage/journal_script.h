// JournalScript: for tests. Does things to a journal, remembers what was promised, and checks after
// any accident that the promises hold. Knows the seams only, nothing of files or formats.
//
// Steps: a append synced · A append unsynced · L large, synced (9000 bytes) · O larger than a
// segment, synced · s sync · S seal · t trim half of what is there · T trim all · R close without a
// word (as a killed process does) and open again.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "storage/journal.h"

namespace muster::storage {

class JournalScript {
 public:
  using Opener = std::function<StorageResult<std::unique_ptr<Journal>>()>;
  explicit JournalScript(Opener opener) : opener_(std::move(opener)) {}

  // Runs the steps up to the one that ends the journal, or cannot open it; says whether all were
  // run. A full disk ends nothing: an append is tried twice and then given up.
  bool run(std::string_view steps) {
    if (journal_ == nullptr && !open()) return false;
    for (const char step : steps) {
      if (!run_step(step)) return false;
    }
    return true;
  }

  // The process is gone, and the machine perhaps.
  void forget_journal() { journal_.reset(); }

  // Opens what is left. Empty, or which promise is broken. Then the script may go on from there.
  std::string check() {
    journal_.reset();
    StorageResult<std::unique_ptr<Journal>> opened = opener_();
    if (!opened.ok()) return "refused: " + opened.error().message;
    journal_ = std::move(*opened);
    return check_contents();
  }

  // Promises broken while it ran.
  const std::string& complaint() const { return complaint_; }
  uint64_t acknowledged() const { return durable_end_ - 1; }
  uint64_t given_up() const { return given_up_; }

 private:
  using Kind = AppendOutcome::Kind;
  struct Record {
    uint64_t first;
    uint32_t count;
    std::string events;
  };

  bool open() {
    StorageResult<std::unique_ptr<Journal>> opened = opener_();
    if (!opened.ok()) return false;
    journal_ = std::move(*opened);
    if (journal_->end().value() != end_) complain("a kill alone lost what was written");
    return true;
  }

  bool run_step(char step) {
    switch (step) {
      case 'a':
        return append(20, true);
      case 'A':
        return append(20, false);
      case 'L':
        return append(9000, true);
      case 'O':
        return append(40'000, true);
      case 's':
        return durable(journal_->sync());
      case 'S':
        return durable(journal_->seal());
      case 't':
        return trim(trimmed_ + (durable_end_ - 1 - trimmed_) / 2);
      case 'T':
        return trim(durable_end_ - 1);
      case 'R':
        journal_.reset();
        return open();
      default:
        CHECK(false, "no step {}", step);
    }
  }

  bool append(size_t size, bool sync) {
    Record record = {end_, 1 + static_cast<uint32_t>(counter_ % 3), std::to_string(++counter_)};
    record.events.resize(size, static_cast<char>('a' + counter_ % 26));
    AppendOutcome outcome = {Kind::kNoSpace, {}};
    for (int attempt = 0; attempt < 2 && outcome.kind == Kind::kNoSpace; ++attempt) {
      outcome = journal_->append({Sequence(record.first), record.count, record.events}, sync);
    }
    if (outcome.kind == Kind::kNoSpace) {
      ++given_up_;
      if (journal_->end().value() != end_) complain("a full disk changed the journal");
      return true;
    }
    if (outcome.kind == Kind::kWritten && sync) complain("synced is not durable");
    // Ended: it may be there or not.
    end_ += record.count;
    records_.push_back(std::move(record));
    return outcome.kind == Kind::kWritten || durable(outcome);
  }

  bool durable(const AppendOutcome& outcome) {
    if (outcome.kind == Kind::kDurable) durable_end_ = end_;
    if (outcome.kind == Kind::kEnded) check_ended();
    return outcome.kind != Kind::kEnded;
  }

  void check_ended() {
    if (journal_->sync().kind != Kind::kEnded || journal_->seal().kind != Kind::kEnded ||
        journal_->append({journal_->end(), 1, "late"}, true).kind != Kind::kEnded ||
        journal_->trim(Sequence(1)).ok()) {
      complain("an ended journal goes on");
    }
  }

  bool trim(uint64_t through) {
    trimmed_ = through;
    const StorageResult<Unit> done = journal_->trim(Sequence(through));
    return done.ok() || done.error().kind == StorageErrorKind::kNoSpace;
  }

  // Everything behind the trimmed and before the end is there as it was appended.
  std::string check_contents() {
    const uint64_t found_end = journal_->end().value();
    if (found_end < durable_end_) return "acknowledged events are missing";
    if (journal_->begin().value() > trimmed_ + 1) return "events not trimmed are missing";
    uint64_t next = 0;
    std::string wrong;
    const StorageResult<Unit> done = journal_->read_from(
        Sequence(trimmed_ + 1), [&](const JournalRecord& found) -> StorageResult<Unit> {
          if (next != 0 && found.first.value() != next) wrong = "a gap";
          if (!is_as_appended(found)) wrong = "a wrong event";
          next = found.first.value() + found.count;
          return Unit{};
        });
    if (!done.ok()) return "unreadable: " + done.error().message;
    if (!wrong.empty()) return wrong;
    if (next != 0 && next != found_end) return "the end is not where reading ends";
    if (next == 0 && found_end > trimmed_ + 1) return "nothing was read";
    while (!records_.empty() && records_.back().first >= found_end) records_.pop_back();
    end_ = found_end;
    durable_end_ = found_end;
    return {};
  }

  bool is_as_appended(const JournalRecord& found) const {
    for (const Record& record : records_) {
      if (record.first != found.first.value()) continue;
      return record.count == found.count && record.events == found.events;
    }
    return false;
  }

  void complain(std::string what) {
    if (complaint_.empty()) complaint_ = std::move(what);
  }

  Opener opener_;
  std::unique_ptr<Journal> journal_;
  std::vector<Record> records_;
  uint64_t end_ = 1;          // behind everything handed to append
  uint64_t durable_end_ = 1;  // behind everything acknowledged as durable
  uint64_t trimmed_ = 0;
  uint64_t counter_ = 0;
  uint64_t given_up_ = 0;
  std::string complaint_;
};

}  // namespace muster::storage
