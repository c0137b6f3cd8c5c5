// Counters: kept by apply, never found by scanning. They equal a recount at any time.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "model/job.h"

namespace muster {

inline constexpr size_t kJobStates = 7;  // indexed by JobState; 0 is unused

// Since the data directory was made.
struct Totals {
  uint64_t submitted = 0;
  uint64_t leased = 0;
  uint64_t completed = 0;
  uint64_t failed = 0;    // attempts that failed or timed out
  uint64_t lost = 0;      // attempts whose worker was lost or whose lease expired
  uint64_t released = 0;  // released and undelivered
  uint64_t died = 0;
  uint64_t cancelled = 0;
  uint64_t removed = 0;
  bool operator==(const Totals&) const = default;
};

// Everything durable about one queue but its jobs.
struct QueueRecord {
  std::string name;
  bool paused = false;
  std::array<uint64_t, kJobStates> jobs = {};  // now, by state
  Totals totals;
  bool operator==(const QueueRecord&) const = default;

  uint64_t count(JobState state) const { return jobs[static_cast<size_t>(state)]; }
};

}  // namespace muster
