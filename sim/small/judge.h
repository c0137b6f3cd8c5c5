// Judge: what the documents promise, checked at every step of a small world. It keeps a model of
// its own, written from docs/job_lifecycle.md, docs/protocol.md and docs/worker.md: the budgets,
// the outcome table, who is alive, whose turn it is. It sees commands, events, answers and, at each
// state, the engine's lists; nothing of the engine's inside.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/command.h"
#include "model/event.h"
#include "model/reply.h"
#include "sim/small/configuration.h"
#include "sim/small/move.h"

namespace muster::sim::small {

// The workers of a world, and the one that finishes what is left when faults have ended.
inline constexpr int kFinisher = kMaxWorkers;
inline constexpr int kAllWorkers = kMaxWorkers + 1;
inline constexpr Duration kConnectionGrace = Duration::seconds(2);
inline constexpr Duration kTimeoutGrace = Duration::seconds(15);

std::string_view job_name(int job);  // "A"…
std::string_view job_body(int job);
std::string_view worker_name(int worker);  // "w1", "w2", "w9"
int job_named(std::string_view id);        // -1: none
int worker_named(std::string_view id);

// Where the newest attempt of a job stands: the rows of the outcome table.
enum class Standing : uint8_t {
  kNever,  // it was never given out
  kRunning,
  kTakenBack,  // late, lost, timed out, undelivered: the worker's own word may still come
  kFailed,
  kReleased,
  kCompleted,
  kCancelled,
  kOpen,  // requeued after a cancel: the table does not say
};

struct JobModel {
  bool submitted = false;
  bool removed = false;
  JobState state = JobState::kReady;
  Standing standing = Standing::kNever;
  LeaseToken newest;
  bool tokenless = false;
  int worker = -1;       // who has, or last had it
  uint32_t process = 0;  // which of its processes; 0: unregistered
  Instant leased;        // running: when its timed lease began
  Instant started;       // running: this attempt
  uint32_t failures = 0;
  uint32_t losses = 0;
  bool charged = false;      // the newest attempt was
  bool lost_charge = false;  // … against losses
  bool evidence = false;     // a late failure was noted for it
  bool cancelling = false;
  bool keeps_rank = false;
  uint64_t rank = 0;  // when it became ready, or was given a new place
  Instant due;
  WallTime due_wall;
};

struct SessionModel {
  bool exists = false;
  bool registered = false;  // false: known from its leases after a restart
  uint32_t process = 0;
  Instant heard;
  bool connected = false;
  Instant abandoned;
};

struct WaiterModel {
  int worker = -1;
  RequestId request;
  ConnectionId connection;
  Instant until;
};

// Who asks for what.
struct Asked {
  Verb verb = Verb::kPass;
  int worker = -1;
  int job = -1;
  uint32_t process = 0;
  LeaseToken token;          // of a report; none: by the worker's name
  bool undelivered = false;  // the server's own word: this assignment never left
  bool tick = false;
  bool closes = false;
  bool next = false;   // a completion that asks for more
  int follow_up = -1;  // a completion that submits this job
  Duration wait;
  std::vector<LeaseToken> held;  // of a register
  RequestId request;
  ConnectionId connection;
};

class Judge {
 public:
  explicit Judge(const Configuration& configuration) : config_(&configuration) {}

  const std::string& broken() const { return broken_; }  // the first promise broken; empty: none
  const JobModel& job(int index) const { return jobs_[static_cast<size_t>(index)]; }
  const SessionModel& session(int worker) const { return sessions_[static_cast<size_t>(worker)]; }
  const std::deque<WaiterModel>& waiters() const { return waiters_; }
  bool holds_running(int worker) const;  // in its session
  bool session_valid(int worker, uint32_t process) const;
  bool all_ended() const;       // of what was accepted
  bool all_ended_here() const;  // but for what none of this world's workers can run

  void begin(const Asked& asked, Now now);
  void on(const Event& event);
  void answered(RequestId request, const Reply& reply);
  void end();
  void restarted(Now now);

  // The engine's own account of a state.
  void compare(const JobPage& page);
  void compare(const StatsView& stats);
  void compare(const QueueList& queues);
  void compare(const WorkerList& workers);
  void check(bool holds, std::string_view promise, std::string_view what);

 private:
  void on_kind(const JobSubmitted& event);
  void on_kind(const JobReady& event);
  void on_kind(const JobLeased& event);
  void on_kind(const LeaseExtended& event);
  void on_kind(const JobCompleted& event);
  void on_kind(const AttemptEnded& event);
  void on_kind(const EvidenceAdded& event);
  void on_kind(const CancelRequested& event);
  void on_kind(const JobCancelled& event);
  void on_kind(const JobRequeued& event);
  void on_kind(const JobsRemoved& event);
  void on_kind(const TokensReserved& event);
  void on_kind(const JobDied&);
  void on_kind(const QueuePaused&);

  JobModel* known(JobSeq job);
  bool reported_newest(int job) const;  // the command is a report under the job's newest lease
  bool takeable(const JobModel& job, int index, int worker) const;
  int soonest_for(int worker) const;  // the job that comes next for it; -1: none
  void check_taker(int worker);
  void check_lost(const AttemptEnded& event, const JobModel& job);
  void check_end(const AttemptEnded& event, const JobModel& job);
  After after_of(const AttemptEnded& event, const JobModel& job) const;
  bool begun(int index) const;
  bool overdue(int worker) const;
  void judge_answer();
  void judge_report();
  void judge_request();
  void judge_act();
  void judge_session();
  void check_waiters();
  void check_after_tick();
  void note_heard();
  void forget_waiters(ConnectionId connection);

  const Configuration* config_;
  std::array<JobModel, kMaxJobs> jobs_ = {};
  std::array<SessionModel, kAllWorkers> sessions_ = {};
  std::deque<WaiterModel> waiters_;
  std::array<int, kMaxJobs + 1> by_seq_ = {-1, -1, -1, -1, -1};
  Totals totals_;
  uint64_t next_rank_ = 1;
  LeaseToken greatest_;
  LeaseToken reserved_;
  Now now_;

  // The command at hand.
  Asked asked_;
  std::array<JobModel, kMaxJobs> before_ = {};
  std::array<SessionModel, kAllWorkers> sessions_before_ = {};
  int soonest_before_ = -1;
  std::array<bool, kAllWorkers> overdue_ = {};  // with this tick
  std::array<bool, kAllWorkers> lost_ = {};     // gave back a job in this command
  bool events_ = false;
  uint32_t leased_to_asker_ = 0;
  std::optional<std::string> answer_;  // to the one who asked, in short
  std::string broken_;
};

// A reply in a word or two: "accepted", "accepted duplicate", "ok", "no_job", "lease_lost"…
std::string short_text(const Reply& reply);

}  // namespace muster::sim::small
