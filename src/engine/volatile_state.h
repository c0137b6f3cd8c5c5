// VolatileState: what a restart forgets: connections, worker sessions, who waits for what, timers.
// Changes only in handle(). The parts are plain; what is done with them is in impl.h's handlers.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/selection.h"
#include "engine/state.h"
#include "engine/waiter_index.h"
#include "model/command.h"
#include "model/reply.h"

namespace muster::engine {

// One worker process. After a restart those that hold leases exist unregistered until they come
// back.
struct Session {
  std::shared_ptr<const WorkerIdentity> identity;
  bool registered = false;
  OwnedSelection selection;  // what it registered with: the default of its requests
  uint32_t concurrency = 1;
  Duration ttl = limits::kSessionTtl;
  std::string labels;
  std::string host;
  uint64_t pid = 0;
  std::string version;
  std::set<ConnectionId> connections;
  std::set<uint64_t> waits;  // tickets of its waiting requests, on whatever connection
  ConnectionId notify;       // cancels are pushed there as they happen; none: not wanted
  SubscriptionId notify_sub;
  Instant heard;      // last sign of life
  Instant abandoned;  // when its last connection closed; meaningful while it has none
  Instant deadline;   // lost when nothing is heard until then; its key among the timers
  std::deque<std::pair<std::string, LeaseToken>> revoked;  // leases taken away, not yet told
};

// Jobs are pushed to it while fewer than `credit` are unfinished.
struct Consumer {
  SubscriptionId sub;
  uint32_t credit = 0;
  uint32_t unfinished = 0;
  OwnedSelection selection;
  uint64_t ticket = 0;  // its place among the waiters while it has credit; 0: none
};

struct Connection {
  Session* session = nullptr;  // the one that it last spoke for
  // Whose session was lost while this connection spoke for it, and why: that process must register
  // again, here or elsewhere, before it gets jobs.
  std::shared_ptr<const WorkerIdentity> lost;
  Error lost_why;
  std::optional<Consumer> consumer;
  std::set<uint64_t> tickets;  // of its waiting requests
};

// Who takes jobs, and how they are handed out.
struct Taker {
  std::string_view worker_id;
  Session* session = nullptr;  // null: unregistered
  bool plain = false;
  std::optional<Duration> lease;
};

// A request (or consumer) that waits for a job. Tickets order them: first come, first served.
struct Waiter {
  enum class Kind : uint8_t { kRequest, kNext, kConsumer };
  Kind kind = Kind::kRequest;
  ReplyTo to;
  OwnedSelection selection;  // a consumer's own is used instead
  std::string worker_id;
  Session* session = nullptr;  // null: unregistered; it ends with its session
  uint32_t max = 1;
  bool many = false;
  bool plain = false;
  std::optional<Duration> lease;
  Instant deadline = Instant::max();
  // kNext: the rest of the answer.
  std::string completed_id;
  bool duplicate = false;
  std::vector<std::string> follow_ups;
};

// wait_job: answered when the job has ended, or as it is at `deadline`.
struct JobWait {
  ReplyTo to;
  JobSeq job;
  Instant deadline;
};

struct JobProgress {
  std::optional<uint32_t> percent;
  std::string note;
};

struct VolatileState {
  std::map<ConnectionId, Connection> connections;
  std::map<std::string, Session, std::less<>> sessions;  // by worker id
  std::map<uint64_t, Waiter> waiters;                    // by ticket
  WaiterIndex waiters_by_lane;
  std::map<uint64_t, JobWait> job_waits;  // by ticket
  std::set<std::pair<JobSeq, uint64_t>> job_waits_by_job;
  std::map<JobSeq, JobProgress> progress;  // of running jobs
  std::set<JobSeq> cancelling;             // running jobs with a cancel requested
  uint64_t next_ticket = 1;
  SubscriptionId next_sub{1};

  std::set<std::pair<Instant, JobSeq>> job_timers;
  std::set<std::pair<WallTime, JobSeq>> wall_timers;
  std::set<std::pair<Instant, std::string>> session_timers;
  std::set<std::pair<Instant, uint64_t>> wait_timers;  // waiters and job waits, by ticket

  LeaseToken next_token;

  // Until the end of the command: lanes in which something became takeable, and consumers that
  // lined up, by ticket.
  std::vector<std::shared_ptr<const LaneName>> woken;
  std::vector<uint64_t> lined_up;
};

}  // namespace muster::engine
