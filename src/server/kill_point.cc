#include "server/kill_point.h"

#include <array>
#include <charconv>
#include <csignal>
#include <utility>

namespace muster::server {
namespace {

using Where = KillPoint::Where;

constexpr std::array<std::pair<std::string_view, Where>, 4> kNames = {{
    {"write", Where::kWrite},
    {"sync", Where::kSync},
    {"checkpoint", Where::kCheckpoint},
    {"trim", Where::kTrim},
}};

// Counts the passes of one point.
class Countdown {
 public:
  Countdown(KillPoint point, Die die) : point_(point), die_(std::move(die)) {}

  bool watches(Where where) const { return point_.where == where; }
  void pass(Where where) {
    if (watches(where) && ++passes_ == point_.pass) die_();
  }

 private:
  const KillPoint point_;
  const Die die_;
  uint64_t passes_ = 0;
};

class DyingJournal final : public storage::Journal {
 public:
  DyingJournal(std::unique_ptr<storage::Journal> journal, KillPoint point, Die die)
      : journal_(std::move(journal)), countdown_(point, std::move(die)) {}

  storage::AppendOutcome append(const storage::JournalRecord& record, bool sync) override {
    countdown_.pass(Where::kWrite);
    if (!sync || !countdown_.watches(Where::kSync)) return journal_->append(record, sync);
    const storage::AppendOutcome written = journal_->append(record, false);
    if (written.kind != storage::AppendOutcome::Kind::kWritten) return written;
    return this->sync();
  }
  storage::AppendOutcome sync() override {
    countdown_.pass(Where::kSync);
    return journal_->sync();
  }
  storage::AppendOutcome seal() override { return journal_->seal(); }
  storage::StorageResult<Unit> read_from(Sequence from, const Visitor& visit) override {
    return journal_->read_from(from, visit);
  }
  storage::StorageResult<Unit> trim(Sequence through) override {
    countdown_.pass(Where::kTrim);
    return journal_->trim(through);
  }
  Sequence begin() const override { return journal_->begin(); }
  Sequence end() const override { return journal_->end(); }
  uint64_t bytes() const override { return journal_->bytes(); }

 private:
  const std::unique_ptr<storage::Journal> journal_;
  Countdown countdown_;
};

class DyingStore final : public storage::Store {
 public:
  DyingStore(std::unique_ptr<storage::Store> store, KillPoint point, Die die)
      : store_(std::move(store)), countdown_(point, std::move(die)) {}

  storage::StorageResult<std::optional<std::string>> get(std::string_view key) override {
    return store_->get(key);
  }
  storage::StorageResult<Unit> write(const storage::StoreBatch& batch) override {
    countdown_.pass(Where::kCheckpoint);
    return store_->write(batch);
  }
  storage::StorageResult<Unit> scan(std::string_view prefix, const Visitor& visit) override {
    return store_->scan(prefix, visit);
  }

 private:
  const std::unique_ptr<storage::Store> store_;
  Countdown countdown_;
};

}  // namespace

Expected<KillPoint, std::string> parse_kill_point(std::string_view text) {
  const size_t colon = text.find(':');
  for (const auto& [name, where] : kNames) {
    if (colon == std::string_view::npos || text.substr(0, colon) != name) continue;
    KillPoint point{where, 0};
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + colon + 1, end, point.pass);
    if (read.ec == std::errc() && read.ptr == end && point.pass > 0) return point;
  }
  return std::string(
             "MUSTER_KILL_AT: expected write, sync, checkpoint or trim, and a count from 1, ") +
         "such as sync:3, got '" + std::string(text) + "'";
}

void die_by_sigkill() { std::raise(SIGKILL); }

std::unique_ptr<storage::Journal> with_kill_point(std::unique_ptr<storage::Journal> journal,
                                                  KillPoint point, Die die) {
  return std::make_unique<DyingJournal>(std::move(journal), point, std::move(die));
}

std::unique_ptr<storage::Store> with_kill_point(std::unique_ptr<storage::Store> store,
                                                KillPoint point, Die die) {
  return std::make_unique<DyingStore>(std::move(store), point, std::move(die));
}

}  // namespace muster::server
