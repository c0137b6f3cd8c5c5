// Lifecycle: the jobs as the settled events make them, each event judged by the state machine of
// docs/job_lifecycle.md before it is applied. A wrong one is applied all the same, so that the
// model stays with the server and one fault gives one violation.
#pragma once

#include <string_view>

#include "sim/check/fact.h"
#include "sim/check/ledger.h"

namespace muster::sim {

class Lifecycle {
 public:
  explicit Lifecycle(Ledger& ledger) : ledger_(ledger) {}

  void apply(Fact& fact, const When& when);
  // Leases get a full term, delays go on with what is left by the wall clock.
  void server_started(const Moment& at);
  // Every job must have ended, but for those that nothing may move on.
  void must_be_over(const Moment& at);

 private:
  void on(NewJob& fact, const When& when);
  void on(const JobReady& fact, const When& when);
  void on(const Lease& fact, const When& when);
  void on(const LeaseExtended& fact, const When& when);
  void on(const Completion& fact, const When& when);
  void on(const End& fact, const When& when);
  void on(const Evidence& fact, const When& when);
  void on(const CancelRequested& fact, const When& when);
  void on(const JobCancelled& fact, const When& when);
  void on(const JobDied& fact, const When& when);
  void on(const JobRequeued& fact, const When& when);
  void on(const Removal& fact, const When& when);
  void on(const Pause& fact, const When& when);
  void on(const TokensReserved& fact, const When& when);

  // The job, if this event may happen to it where it stands; also if not, but then that is said.
  Job* find(JobSeq seq, std::string_view event, const When& when);
  Job* find_in(uint8_t states, JobSeq seq, std::string_view event, const When& when);
  void enter(Job& job, JobState state, const When& when);
  void new_order(const Job& job, OrderSeq order, const When& when);
  void judge_arrival(const NewJob& fact, const When& when);
  void judge_due(const Job& job, const When& when);
  void judge_turn(const Job& job, const When& when);
  void judge_lease(const Job& job, const Lease& fact, const When& when);
  void begin_attempt(Job& job, const Lease& fact, const When& when);
  bool nothing_moves(const Job& job, const Moment& at);

  Ledger& ledger_;
};

}  // namespace muster::sim
