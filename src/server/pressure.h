// Pressure: whether submissions may be taken. Only submissions are ever refused, never completions,
// failures, releases, heartbeats or follow-ups. Pure: told what is measured, asked what to do.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "model/error.h"
#include "model/limits.h"

namespace muster::server {

class Pressure {
 public:
  struct Limits {
    uint64_t job_bytes = 0;                                 // waiting ids and bodies in memory
    uint64_t journal_bytes = limits::kJournalBacklogBytes;  // not yet covered by a checkpoint
    uint64_t unsynced_bytes = limits::kUnsyncedBytes;
  };
  struct Signs {
    uint64_t job_bytes = 0;
    uint64_t journal_bytes = 0;
    uint64_t unsynced_bytes = 0;
    bool disk_low = false;  // under the low-water mark, or a write found no space
  };
  enum class Gate : uint8_t {
    kOpen,
    kWait,       // leave submissions unread for a moment
    kQueueFull,  // refuse them
    kDiskLow,
  };

  explicit Pressure(const Limits& limits) : limits_(limits) {}

  // Once per turn. A full gate opens again only an eighth below its limit, or when the
  // disk was not low for a moment.
  void update(const Signs& signs, Instant now);

  Gate gate() const { return gate_; }
  Error refusal() const;          // with kQueueFull or kDiskLow
  std::string_view name() const;  // "", "queue_full", "disk_low", as `stats` shows it
  // When update() should come again although nothing happens: waiting ends in a refusal then.
  Instant next_wakeup() const;

 private:
  const Limits limits_;
  bool jobs_over_ = false;
  bool journal_over_ = false;
  bool unsynced_over_ = false;
  std::optional<Instant> disk_low_at_;  // last
  std::optional<Instant> behind_since_;
  Gate gate_ = Gate::kOpen;
};

}  // namespace muster::server
