// Assignment: one job that the server handed to this worker, read from its answer and checked.
// Plain data; owned by the main thread.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "model/ids.h"
#include "protocol/answer.h"

namespace muster::worker {

// What a worker can run.
inline constexpr std::string_view kExecType = "exec";
inline constexpr std::string_view kSleepType = "sleep";

struct SleepWork {
  Duration duration;
};
struct ExecWork {
  std::vector<std::string> argv;
};
// Nothing that this worker can run, and why; its attempt fails.
struct BadWork {
  std::string why;
};

// Who an attempt is: enough to report about it.
struct AttemptName {
  std::string job_id;
  LeaseToken lease;
  uint64_t attempt = 0;
  bool operator==(const AttemptName&) const = default;
};

struct Assignment {
  AttemptName name;
  std::string queue;
  std::optional<Duration> timeout;
  std::variant<SleepWork, ExecWork, BadWork> work;
};

// One job as it stands in assign_job, or in the list of assign_jobs. Nothing: it has no id or
// lease, so that not even its failure could be reported.
std::optional<Assignment> read_assignment(const protocol::JsonView& job);

// All jobs of an answer to request_job; none of no_job.
std::vector<Assignment> read_assignments(const protocol::Answer& answer);

}  // namespace muster::worker
