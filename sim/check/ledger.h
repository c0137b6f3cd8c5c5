// Ledger: everything that the checkers know, for the judges (lifecycle, attempt_rules,
// removal_rules, report_rules, promises) to share.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "model/counters.h"
#include "sim/check/checkers.h"
#include "sim/check/job.h"
#include "sim/check/lanes.h"
#include "sim/check/names.h"
#include "sim/check/reports.h"
#include "sim/check/sessions.h"
#include "sim/check/submissions.h"
#include "sim/check/tokens.h"
#include "sim/check/violations.h"

namespace muster::sim {

struct Ledger {
  struct Queue {
    bool paused = false;
    bool was_paused = false;  // at any time
    bool was_resumed = false;
    bool pause_asked = false;
    bool resume_asked = false;
  };

  Violations violations;
  Names names;
  JobTable jobs;
  Lanes lanes;
  Submissions submissions{violations};
  Sessions sessions;
  Tokens tokens{violations};
  Reports reports;
  bool told_of_queues = false;  // asks() is told of queue_pause and queue_resume
  std::vector<Queue> queues;    // by number in Names
  std::array<uint64_t, kJobStates> counts = {};
  OrderSeq newest_order;
  uint64_t ends = 0;               // jobs that ever ended
  uint64_t ends_before_start = 0;  // of them, before the server started
  uint64_t stamp = 0;              // of what the checkers are being told now
  Checkers::Figures figures;
  Retention retention;

  Queue& queue(uint32_t number) {
    if (number >= queues.size()) queues.resize(number + 1);
    return queues[number];
  }
  IdEntry& entry(const Job& job) { return submissions.entry(job.entry); }
  const std::string& id(const Job& job) { return entry(job).id; }

  // The job of this id that exists; null: none.
  Job* job(std::string_view job_id) {
    const IdEntry* found = submissions.find(job_id);
    return found == nullptr ? nullptr : jobs.find(found->job);
  }

  // For messages: which job, where in its life, and when.
  std::string describe(const Job& job, const When& when) {
    return fmt::format("event {}: job {} ({}, {}, attempt {}, token {}) at {} ms",
                       when.sequence.value(), id(job), job.seq.value(), name(job.state),
                       job.attempts, job.token.value(), when.at.now.steady.ms());
  }
};

inline const JobOptions& options_of(const Job& job) {
  static const JobOptions kDefaults;
  return job.options ? *job.options : kDefaults;
}

}  // namespace muster::sim
