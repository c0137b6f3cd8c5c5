// Reply: what the engine answers. Views into engine state and the command: the server encodes a
// reply at once, inside Output, and keeps none.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "base/time.h"
#include "model/counters.h"
#include "model/error.h"
#include "model/ids.h"
#include "model/job.h"

namespace muster {

struct Accepted {
  std::string_view job_id;
  bool duplicate = false;
};

struct BatchError {
  uint32_t index = 0;
  Error error;
};
struct AcceptedBatch {
  std::span<const std::string_view> job_ids;  // "" where refused
  std::span<const uint32_t> duplicates;       // indices
  std::span<const BatchError> errors;
};

// How jobs are handed out: exactly the class project's fields, one, or a list.
enum class AssignForm : uint8_t { kPlain, kOne, kMany };
struct Assigned {
  AssignForm form = AssignForm::kOne;
  std::span<const JobRecord* const> jobs;  // kMany may be empty only as NoJob
};
struct NoJob {};

struct ItemResult {  // of complete, cancel, retry, delete
  std::string_view job_id;
  bool duplicate = false;      // it already was so
  std::optional<Error> error;  // set: refused
  std::string_view state;      // after it, where it matters ("cancelled", "running", …); else empty
};
struct Done {
  ItemResult item;
  bool plain = false;
  bool has_next = false;                         // `next` was asked for
  const JobRecord* next = nullptr;               // null: "next":null
  std::span<const std::string_view> follow_ups;  // ids of the jobs submitted with it
};
struct DoneBatch {
  std::span<const ItemResult> items;
};
struct Extended {
  std::string_view job_id;
  Duration lease;
};

struct Consuming {
  SubscriptionId sub;
};
struct Registered {
  Duration heartbeat;
  Duration ttl;
  SubscriptionId sub;  // none unless notify was asked for
  bool resumed = false;
};

struct LeaseName {
  std::string_view job_id;
  LeaseToken lease;
};
struct HeartbeatAnswer {
  std::string_view state;  // running, quiet, stop
  std::span<const LeaseName> cancel;
  Duration heartbeat;
};

struct JobView {
  const JobRecord* job = nullptr;
  std::optional<uint32_t> percent;  // newest progress of the running attempt
  std::string_view note;
};
struct JobPage {
  std::span<const JobView> jobs;
  JobSeq next;  // none: the end
};

struct QueueView {
  const QueueRecord* queue = nullptr;
  std::optional<Duration> oldest_ready;  // age of the oldest ready job
};
struct QueueList {
  std::span<const QueueView> queues;
};

struct WorkerView {
  std::string_view id;
  std::string_view instance;
  std::string_view host;
  uint64_t pid = 0;
  std::string_view version;
  std::string_view labels;  // raw JSON
  std::span<const std::string> queues;
  std::span<const std::string> job_types;
  uint32_t concurrency = 0;
  uint32_t running = 0;
  uint32_t connections = 0;
  Duration since_heartbeat;
  std::string_view state;  // running, lost_contact (waits for its return after a restart)
};
struct WorkerList {
  std::span<const WorkerView> workers;
};

// The server adds what it alone knows (uptime, durability, connections, durable sequence).
struct StatsView {
  std::array<uint64_t, kJobStates> jobs = {};
  Totals totals;
  uint64_t queues = 0;
  uint64_t workers = 0;
  uint64_t waiters = 0;
  Sequence applied;
};

struct Ok {};

struct Refused {
  Error error;
  std::string_view job_id;  // empty: none
};

using Reply = std::variant<Accepted, AcceptedBatch, Assigned, NoJob, Done, DoneBatch, Extended,
                           Consuming, Registered, HeartbeatAnswer, JobView, JobPage, QueueList,
                           WorkerList, StatsView, Ok, Refused>;

// Lines that nobody asked for one by one: jobs to a consumer, cancels to a worker that wants them.
struct PushedJob {
  SubscriptionId sub;
  const JobRecord* job = nullptr;
};
struct PushedCancel {
  SubscriptionId sub;
  std::string_view job_id;
  LeaseToken lease;
};
struct ConsumeEnded {
  SubscriptionId sub;
  Error error;  // session_replaced, session_unknown…
};
using Push = std::variant<PushedJob, PushedCancel, ConsumeEnded>;

}  // namespace muster
