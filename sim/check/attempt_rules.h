// How an attempt may end: that something explains it, who is charged, what becomes of the job.
// (docs/job_lifecycle.md: Two budgets, the outcome table, Order; docs/protocol.md: job fields.)
#pragma once

#include "sim/check/fact.h"
#include "sim/check/ledger.h"

namespace muster::sim {

// Judges the end of the job's running attempt; changes nothing but what Sessions remembers.
void judge_end(Ledger& ledger, const Job& job, const End& end, const When& when);

// Bounds of the pause before the next attempt, after `failures` earlier ones.
struct PauseBounds {
  Duration least;
  Duration most;
};
PauseBounds retry_pause(const RetryPolicy& retry, uint32_t failures);

}  // namespace muster::sim
