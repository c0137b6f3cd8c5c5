#include "server/pressure.h"

#include "base/mutant.h"

namespace muster::server {
namespace {

// A backlog may be a passing burst: submissions wait so long before they are refused.
constexpr Duration kPatience = Duration::seconds(1);
constexpr Duration kQueueFullRetry = Duration::seconds(1);
constexpr Duration kDiskLowRetry = Duration::seconds(5);
constexpr Duration kDiskRest =
    Duration::seconds(2);  // not low for so long before it counts as room

void rises(uint64_t value, uint64_t limit, bool* over) {
  *over = *over ? value > limit - limit / 8 : value > limit;
}

}  // namespace

void Pressure::update(const Signs& signs, Instant now) {
  rises(signs.job_bytes, limits_.job_bytes, &jobs_over_);
  rises(signs.journal_bytes, limits_.journal_bytes, &journal_over_);
  rises(signs.unsynced_bytes, limits_.unsynced_bytes, &unsynced_over_);
  if (signs.disk_low) {
    disk_low_at_ = now;
  } else if (disk_low_at_ && now - *disk_low_at_ >= kDiskRest) {
    disk_low_at_.reset();
  }

  const bool behind = (jobs_over_ && !MUSTER_MUTANT(memory_limit_ignored)) || journal_over_;
  if (!behind) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = now;
  }
  if (disk_low_at_) {
    gate_ = Gate::kDiskLow;
  } else if (behind) {
    gate_ = now - *behind_since_ < kPatience ? Gate::kWait : Gate::kQueueFull;
  } else {
    gate_ = unsynced_over_ ? Gate::kWait : Gate::kOpen;
  }
}

Error Pressure::refusal() const {
  if (gate_ == Gate::kDiskLow) {
    return {ErrorCode::kDiskLow,
            "the server's disk is nearly full: no new jobs until there is room", kDiskLowRetry};
  }
  const char* what = jobs_over_ ? "the server holds as many jobs as its memory may"
                                : "the server's journal is ahead of its store";
  return {ErrorCode::kQueueFull, what, kQueueFullRetry};
}

std::string_view Pressure::name() const {
  if (gate_ == Gate::kDiskLow) return info(ErrorCode::kDiskLow).name;
  if (gate_ == Gate::kQueueFull) return info(ErrorCode::kQueueFull).name;
  return "";
}

Instant Pressure::next_wakeup() const {
  const bool waits = gate_ == Gate::kWait && behind_since_.has_value();
  return waits ? *behind_since_ + kPatience : Instant::max();
}

}  // namespace muster::server
