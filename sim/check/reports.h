// Reports: which reports were sent under which token, and how the token stood for the checkers
// then. Those under a job's newest token are kept in the job, the others here.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "sim/check/checkers.h"
#include "sim/check/job.h"

namespace muster::sim {

class Reports {
 public:
  struct Sent {
    uint8_t while_newest = 0;  // bits 1 << Report
    uint8_t while_stale = 0;   // known to be older than the newest, or of no such lease
    bool guessed = false;      // sent before there was such a lease
  };

  // The job is about to get a new token: what was sent under the old one is still of interest.
  void new_lease(Job& job, LeaseToken token) {
    if (job.announced != 0 && job.token) other(job.token).while_newest |= job.announced;
    job.announced = job.too_late = job.guessed = job.answered = 0;
    job.bare_completion = job.told_how = job.untold = job.said_timed_out = false;
    job.was_taken_back = job.timed_out = job.fail_recorded = false;
    job.retryable = true;
    job.least_extension = Duration::max();
    job.most_extension = Duration();
    job.said_after_ms = -1;
    job.follow_ups = FlatIndex::kNone;
    if (others_.empty()) return;
    // Somebody guessed it before it was given out; such words count, if they arrive late enough.
    const Sent* sent = find(token);
    if (sent == nullptr) return;
    job.announced = job.guessed = sent->while_stale;
    job.least_extension = Duration();
    job.most_extension = Duration::max();
  }

  Sent& other(LeaseToken token) {
    // Most are answered soon; a report whose answer never comes must not be kept for ever.
    if (others_.size() >= kMost) others_.clear();
    return others_[token.value()];
  }
  const Sent* find(LeaseToken token) const {
    const auto found = others_.find(token.value());
    return found == others_.end() ? nullptr : &found->second;
  }

 private:
  static constexpr size_t kMost = 100'000;
  std::unordered_map<uint64_t, Sent> others_;
};

}  // namespace muster::sim
