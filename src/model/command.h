// Command: what somebody asks of the engine, parsed and checked for form. Commands are views:
// strings, spans and raw JSON point into the request and the decoder's scratch, and live until the
// engine has handled them; the engine copies what it keeps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "model/error.h"
#include "model/ids.h"
#include "model/job.h"

namespace muster {

// One item of a batch: a job, or why it is none.
struct SubmitItem {
  JobSpec job;
  const Error* error = nullptr;  // null: `job` is well-formed
};

struct SubmitJobs {
  std::span<const SubmitItem> items;
  bool batch = false;   // submit_jobs (a list is answered) or submit_job
  bool atomic = false;  // all or none
};

// Which jobs a worker takes. Empty queues: ["default"]. Empty job_types: all that it can run (those
// it registered with; for an unregistered worker any job with a `duration`).
struct JobSelection {
  std::span<const std::string_view> queues;
  std::span<const std::string_view> job_types;
  bool best = false;  // compare over all queues instead of taking from the first that has work
};

struct RequestJobs {
  std::string_view worker_id;
  JobSelection selection;
  uint32_t max = 1;
  bool many = false;  // `max` was given above 1: answered as a list
  Duration wait;      // 0: answer at once
  std::optional<Duration> lease;
  bool plain = false;  // only the class project's fields: answered with exactly those
};

// Jobs are pushed while fewer than `credit` are unfinished. Again on the same connection: replaces
// it.
struct Consume {
  JobSelection selection;
  uint32_t credit = 1;
};

// The outcome's address: the job and the lease it was done under. Without a token, `worker_id`
// stands in.
struct LeaseRef {
  std::string_view job_id;
  std::optional<LeaseToken> lease;
  std::string_view worker_id;
};

struct CompleteItem {
  LeaseRef ref;
  std::string_view result;  // raw JSON; empty: none
};

struct CompleteJobs {
  std::span<const CompleteItem> items;
  bool batch = false;
  bool plain = false;                      // answered with exactly the class project's fields
  std::span<const SubmitItem> follow_ups;  // only with one item
  std::optional<Duration> next_wait;       // `next` was given: also ask for the next job
};

struct FailJob {
  LeaseRef ref;
  AttemptError error;
  std::string_view result;  // raw JSON, kept like a completion's (captured output)
  bool retryable = true;
  bool timed_out = false;  // the worker ended it because of timeout_ms
  std::optional<Duration> retry_after;
};

struct ReleaseJob {
  LeaseRef ref;
  Duration delay;
};

struct ExtendJob {
  LeaseRef ref;
  Duration lease;
};

struct RegisterWorker {
  std::string_view worker_id;
  std::string_view instance;
  std::span<const std::string_view> queues;
  std::span<const std::string_view> job_types;
  uint32_t concurrency = 1;
  Duration ttl = limits::kSessionTtl;
  bool notify = false;      // push cancels to this connection as they happen
  std::string_view labels;  // raw JSON object, shown as it is; empty: none
  std::string_view host;
  uint64_t pid = 0;
  std::string_view version;
  // Every lease the worker knows of. Given: leases of its session that are not among them were
  // never received (an answer was lost with its connection) and return uncharged.
  std::optional<std::span<const LeaseRef>> held;
};

struct Progress {
  LeaseRef ref;
  std::optional<uint32_t> percent;
  std::string_view note;
};

struct Heartbeat {
  std::string_view worker_id;
  std::string_view instance;
  std::span<const LeaseRef> started;  // jobs that had been fetched ahead and now run
  std::span<const Progress> progress;
};

struct GetJob {
  std::string_view job_id;
};
struct WaitJob {
  std::string_view job_id;
  Duration timeout;
};
struct ListJobs {
  std::optional<std::string_view> queue;
  std::optional<JobState> state;
  JobSeq after;
  uint32_t limit = 100;
  size_t bytes = SIZE_MAX;  // the page ends before so many, at least one job
};

enum class JobAction : uint8_t { kCancel, kRetry, kDelete };
struct ActOnJobs {
  JobAction action = JobAction::kCancel;
  std::span<const std::string_view> job_ids;
  bool batch = false;  // `ids` was given: a result per item
};

struct PauseQueue {
  std::string_view queue;
  bool paused = true;  // false: resume
};
struct GetStats {};
struct ListQueues {};
struct ListWorkers {};

// What the server itself tells the engine.
struct Tick {};  // time has passed
struct ConnectionClosed {
  ConnectionId connection;
};
struct ConnectionHalfClosed {  // it sends no more: answer what waits, end its consumes
  ConnectionId connection;
};
struct ReturnUndelivered {  // the assignment was never handed to the socket
  JobSeq job;
  LeaseToken token;
};

using Command = std::variant<SubmitJobs, RequestJobs, Consume, CompleteJobs, FailJob, ReleaseJob,
                             ExtendJob, RegisterWorker, Heartbeat, GetJob, WaitJob, ListJobs,
                             ActOnJobs, PauseQueue, GetStats, ListQueues, ListWorkers, Tick,
                             ConnectionClosed, ConnectionHalfClosed, ReturnUndelivered>;

}  // namespace muster
