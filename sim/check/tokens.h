// Tokens: that they grow over everything, stay inside what was reserved on disk, and which lease
// each of the newest stands for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "model/ids.h"
#include "sim/check/clock.h"
#include "sim/check/violations.h"

namespace muster::sim {

// A lease as it was settled.
struct LeaseRecord {
  LeaseToken token;
  JobSeq job;
  uint32_t holder = 0;
  uint32_t attempt = 0;
  bool read = false;  // its assignment reached a client
};

class Tokens {
 public:
  explicit Tokens(Violations& violations) : violations_(violations), leases_(kRemembered) {}

  // Applied by the server, not yet settled. A reservation counts from its event on: the leases
  // behind it become durable after it, and are not read before. A crash undoes nothing of what was
  // reserved on disk, for it may have been seen.
  void given(LeaseToken token, JobSeq job, Sequence sequence);
  void reserving(LeaseToken end, Sequence sequence);

  // Settled.
  void reserved(LeaseToken end) { durable_end_ = std::max(durable_end_, end); }
  void leased(const LeaseRecord& lease) { leases_[lease.token.value() % kRemembered] = lease; }

  // What was settled up to now is what a restart found: it begins behind the last reservation.
  // Tokens whose reservation was lost were never read by anybody and may come again.
  void restarted();

  // Null: not settled, or so old that it was forgotten (older than `oldest_remembered`).
  LeaseRecord* find(LeaseToken token) {
    LeaseRecord& lease = leases_[token.value() % kRemembered];
    return token && lease.token == token ? &lease : nullptr;
  }
  // A newer lease took this one's place: nothing can be said about it.
  bool is_forgotten(LeaseToken token) const {
    return leases_[token.value() % kRemembered].token > token;
  }

 private:
  static constexpr uint64_t kRemembered = 1 << 16;  // more than can be on their way at once

  Violations& violations_;
  std::vector<LeaseRecord> leases_;
  LeaseToken newest_;
  LeaseToken end_;          // reserved, perhaps not yet on disk
  LeaseToken durable_end_;  // reserved on disk
  LeaseToken floor_;
};

}  // namespace muster::sim
