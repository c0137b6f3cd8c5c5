// Jobs as the client library shows them: what is submitted, and what the server tells about one.
// Plain values, no thread affinity. Times of day are milliseconds since 1970-01-01 UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "muster/failure.h"

namespace muster::client {

// 26 letters and digits, 128 random bits of the system. Every job gets one unless it is named, so
// that sending a submission again after a lost connection can never run it twice.
std::string random_job_id();

// What to submit. Empty and absent fields are not sent: the server's defaults hold
// (docs/protocol.md).
struct NewJob {
  std::string id = {};                        // empty: random_job_id()
  std::string queue = {};                     // "default"
  std::string job_type = {};                  // `exec` if there is a command, `sleep` if a duration
  std::vector<std::string> command = {};      // argv of an `exec` job
  std::optional<Milliseconds> duration = {};  // of a `sleep` job
  std::string payload = {};                   // JSON text, kept byte for byte
  std::optional<uint32_t> priority = {};      // smaller is sooner
  std::optional<Milliseconds> delay = {};     // excludes run_at
  std::optional<int64_t> run_at = {};         // time of day
  std::optional<Milliseconds> timeout = {};   // per attempt
  std::optional<int64_t> deadline = {};       // time of day, over all attempts
  std::optional<uint32_t> max_attempts = {};
  std::optional<uint32_t> max_lost = {};
  std::vector<std::string> tags = {};
  std::optional<Milliseconds> result_ttl = {};  // removed so long after it ended
};

struct Submitted {
  std::string job_id = {};
  bool duplicate = false;  // this very job had already been accepted
};

// What became of one job of a batch.
using SubmitOutcome = Expected<Submitted>;

// How one attempt went.
struct AttemptInfo {
  uint32_t number = 0;  // from 1
  std::string worker = {};
  std::string outcome = {};  // completed, failed, timed_out, lost…
  std::string error = {};    // the worker's message; may be empty
  std::optional<int> exit_code = {};
  std::optional<int> signal = {};
  std::optional<int64_t> started_at = {};
  std::optional<int64_t> ended_at = {};
};

struct JobInfo {
  std::string id = {};
  std::string queue = {};
  std::string job_type = {};
  std::string state = {};   // scheduled, ready, running, completed, dead, cancelled
  std::string reason = {};  // why it is scheduled or dead; may be empty
  std::string worker = {};  // runs it, or completed it; may be empty
  uint32_t priority = 0;
  uint32_t attempts = 0;
  bool cancel_requested = false;
  std::optional<int64_t> submitted_at = {};
  std::optional<int64_t> due_at = {};  // scheduled: when
  std::optional<int64_t> started_at = {};
  std::optional<int64_t> ended_at = {};
  std::string result = {};  // JSON text; empty: none
  std::vector<AttemptInfo> history = {};
  std::string json = {};  // the whole record, as it came

  bool ended() const { return state == "completed" || state == "dead" || state == "cancelled"; }
};

struct JobPage {
  std::vector<JobInfo> jobs = {};
  uint64_t next = 0;  // pass as `after` for the next page; 0: there is none
};

struct ListQuery {
  std::string queue = {};  // empty: all
  std::string state = {};  // empty: all
  uint64_t after = 0;
  uint32_t limit = 100;
};

}  // namespace muster::client
