// Drain: how a worker comes to an end. Pure.
//
//   working ──signal──► finishing ──deadline, 2nd signal──► stopping ──► over
//
// working: takes jobs · finishing: takes none, those that run may end by themselves · stopping:
// those that run are ended and released · over: exit, even with reports that the server never
// answered.
#pragma once

#include <cstdint>

#include "base/time.h"

namespace muster::worker {

// Beyond the grace of the jobs: for their processes to go, and for the server to take the reports.
inline constexpr Duration kFarewell = Duration::seconds(5);

class Drain {
 public:
  enum class Phase : uint8_t { kWorking, kFinishing, kStopping, kOver };

  Drain(Duration timeout, Duration grace) : timeout_(timeout), grace_(grace) {}

  // SIGTERM or SIGINT, or the server's wish. The second one stops at once (`impatient`: the jobs
  // get no grace), the third ends everything.
  void request(Instant now) {
    if (phase_ == Phase::kWorking) {
      phase_ = Phase::kFinishing;
      deadline_ = now + timeout_;
    } else if (phase_ == Phase::kFinishing || !impatient_) {
      impatient_ = true;
      stop(now);
    } else {
      phase_ = Phase::kOver;
    }
  }
  void advance(Instant now) {
    if (phase_ == Phase::kFinishing && now >= deadline_) stop(now);
    if (phase_ == Phase::kStopping && now >= deadline_) phase_ = Phase::kOver;
  }

  Phase phase() const { return phase_; }
  bool takes_jobs() const { return phase_ == Phase::kWorking; }
  bool impatient() const { return impatient_; }
  // When advance() has something to do; max: never.
  Instant next_deadline() const {
    return phase_ == Phase::kFinishing || phase_ == Phase::kStopping ? deadline_ : Instant::max();
  }

 private:
  void stop(Instant now) {
    phase_ = Phase::kStopping;
    deadline_ = now + kFarewell;
    if (!impatient_) deadline_ = deadline_ + grace_;
  }

  Duration timeout_;
  Duration grace_;
  Phase phase_ = Phase::kWorking;
  bool impatient_ = false;
  Instant deadline_;
};

}  // namespace muster::worker
