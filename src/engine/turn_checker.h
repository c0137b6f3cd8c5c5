// TurnChecker: judges who gets which job and when, from a model of its own: waiting requests in the
// order in which they came, consumers and their credit, what each of them takes. It knows the
// commands, the events and the answers; never the engine's queues of waiters. For tests.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/event.h"
#include "model/reply.h"

namespace muster::engine {

class TurnChecker {
 public:
  // Which jobs somebody takes, nothing left to defaults, and as whom.
  struct Wants {
    std::vector<std::string> queues;
    std::vector<std::string> job_types;  // empty: all
    bool timed_only = false;
    WorkerIdentity worker;
  };

  const std::vector<std::string>& violations() const { return violations_; }

  // Before the command that asks is handled. A consume counts when it is answered.
  void begin(Now now);
  void asks(ReplyTo who, Wants wants, Duration wait);
  void consumes(ConnectionId connection, Wants wants, uint32_t credit);
  void registers(const WorkerIdentity& worker, const std::set<LeaseToken>* held);
  void closes(ConnectionId connection);
  void half_closes(ConnectionId connection);

  void on(const Event& event);
  void answered(ReplyTo who, const Reply& reply);
  void pushed(ConnectionId to, const Push& push);
  void end();     // of the command
  void ticked();  // after a Tick
  void restarted(Now now);

  const WorkerIdentity* holder_of(JobSeq job) const;  // null: it does not run
  const std::string* queue_of(JobSeq job) const;      // null: there is no such job

 private:
  struct Job {
    LaneName lane;
    bool ready = false;
    bool running = false;
    LeaseToken token;
    WorkerIdentity holder;
  };
  struct Waiting {
    ReplyTo who;
    Wants wants;
    Instant until;
  };
  struct Consuming {
    Wants wants;
    uint32_t credit = 0;
    std::set<JobSeq> unfinished;
  };

  static bool accepts(const Wants& wants, const LaneName& lane);
  void check(bool holds, std::string_view rule, const std::string& what);
  void given(const Wants& wants, JobSeq job);
  void check_held();
  void check_nobody_starves();
  void ended(JobSeq job, bool ready);

  std::map<JobSeq, Job> jobs_;
  std::set<std::string> paused_;
  std::vector<Waiting> waiting_;  // who has waited longest first
  std::map<ConnectionId, Consuming> consumers_;
  ConnectionId asks_to_consume_;
  Consuming asked_;  // by it
  Now now_;
  Instant steady_;
  std::optional<Instant> outside_;
  std::vector<std::pair<JobSeq, LeaseToken>> unheld_;  // must have ended when the command has
  std::vector<std::string> violations_;
};

}  // namespace muster::engine
