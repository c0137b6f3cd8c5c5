#include "sim/check/removal_rules.h"

#include "model/limits.h"

namespace muster::sim {
namespace {

// The documents name no clock for retention: either may have shown that it was time. Over a restart
// what is left may go by the wall clock (Lifecycle::server_started).
bool is_older(const Job& job, Duration age, const When& when) {
  return when.at.now.wall - job.ended_wall >= age || may_be_over(job.ended, age, when.at);
}

bool may_retire(const Ledger& ledger, const Job& job, const When& when) {
  const std::optional<Duration>& ttl = options_of(job).result_ttl;
  if (ttl && is_older(job, *ttl, when)) return true;
  const auto count = [&ledger](JobState state) {
    return ledger.counts[static_cast<size_t>(state)];
  };
  const bool is_dead = job.state == JobState::kDead;
  const uint64_t kept = is_dead ? ledger.retention.dead : ledger.retention.finished;
  const uint64_t there =
      is_dead ? count(JobState::kDead) : count(JobState::kCompleted) + count(JobState::kCancelled);
  // The newest are kept: so many must have ended later. A restarted server has the wall clock's
  // word alone on which those are, and that clock may have jumped; how many go is the same.
  const bool knows_which = ledger.ends_before_start == 0;
  if (there > kept && (!knows_which || ledger.ends - job.end_number >= kept)) return true;
  return is_older(job, is_dead ? limits::kDeadAge : limits::kFinishedAge, when);
}

}  // namespace

void judge_removal(Ledger& ledger, const Job& job, const When& when) {
  const bool asked = ledger.submissions.entry(job.entry).deletion_asked;
  if (job.state == JobState::kRunning || (!is_terminal(job.state) && !asked)) {
    ledger.violations.add("removal", "{}: removed", ledger.describe(job, when));
    return;
  }
  if (asked || may_retire(ledger, job, when)) return;
  ledger.violations.add("removal", "{}: removed {} ms after its end, and nobody asked to delete it",
                        ledger.describe(job, when), (when.at.now.wall - job.ended_wall).ms());
}

}  // namespace muster::sim
