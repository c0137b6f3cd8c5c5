// RuleChecker: judges the engine's events and answers by the rules of docs/job_lifecycle.md, from a
// model of its own: it never looks at the engine's order, counters or tokens to find what they
// should be. For tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/command.h"
#include "model/event.h"

namespace muster::engine {

class RuleChecker {
 public:
  // Rules broken so far, "rule: what happened"; empty: none.
  const std::vector<std::string>& violations() const { return violations_; }

  // Called before each command: who asks for what, and the time as the engine should see it.
  struct Asked {
    std::span<const std::string_view> queues;  // of a request; tried in this order
    std::span<const std::string_view> types;   // that it takes; none: all
    bool timed_only = false;                   // of all: only with a `duration`
    bool best = false;                         // compares over all queues
    std::optional<LeaseToken> token;           // of a report about an attempt
    std::string_view job_id;                   // of a report, or of a delete
    bool deletes = false;
    bool retryable = true;
    bool completes = false;  // JobSubmitted are follow-ups, and only of a completion
    bool atomic = false;     // all or none
    size_t jobs = 0;         // submitted with it
  };
  void begin(const Asked& asked, Now now);
  void on(const Event& event);
  void refused(bool in_part = false);  // the command, or some items of it
  void end();                          // of the command
  void restarted(Now now);             // delays go on with what is left by the wall clock

  // Every job that should exist, with its state; compared with what the engine lists.
  std::map<std::string, JobState> expected_jobs() const;

 private:
  struct Job {
    std::string id;
    LaneName lane;
    uint32_t priority = 0;
    JobOptions options;
    JobState state = JobState::kReady;
    uint64_t rank = 0;  // by when it first became ready, or was given a new place
    bool keeps_rank = false;
    WallTime due_at;
    Instant due_steady;
    Duration asked;  // the pause that due_steady ends
    bool by_wall = false;
    LeaseToken newest;
    uint32_t failures = 0;
    uint32_t losses = 0;
    Outcome last_outcome = Outcome::kCompleted;
    bool last_charged = false;
    bool cancelling = false;
  };

  void check(bool holds, std::string_view rule, const std::string& what);
  Job& job_of(JobSeq job);
  void on_kind(const JobSubmitted& event);
  void on_kind(const JobReady& event);
  void on_kind(const JobLeased& event);
  void on_kind(const LeaseExtended& event);
  void on_kind(const JobCompleted& event);
  void on_kind(const AttemptEnded& event);
  void on_kind(const EvidenceAdded& event);
  void on_kind(const CancelRequested& event);
  void on_kind(const JobCancelled& event);
  void on_kind(const JobDied& event);
  void on_kind(const JobRequeued& event);
  void on_kind(const JobsRemoved& event);
  void on_kind(const QueuePaused& event);
  void on_kind(const TokensReserved& event);
  bool takes(const Job& job) const;
  void check_order(const Job& leased);
  void check_budget(const Job& job, const AttemptEnded& event);

  std::map<JobSeq, Job> jobs_;
  std::set<std::string> paused_;
  uint64_t next_rank_ = 1;
  LeaseToken newest_token_;
  Asked asked_;
  bool refused_ = false;
  size_t submitted_ = 0;  // by this command
  size_t completed_ = 0;
  std::string asked_job_;
  Now now_;
  Instant steady_;
  std::optional<Instant> outside_;
  std::vector<std::string> violations_;
};

}  // namespace muster::engine
