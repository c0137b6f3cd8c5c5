// What became of a command: read from a job's result and history.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muster/job.h"

namespace muster::cli {

// One captured stream: `head`, then `dropped` bytes that were not kept, then `tail`.
struct CapturedStream {
  std::string head;
  std::string tail;
  uint64_t dropped = 0;
};

struct ExecResult {
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<client::Milliseconds> duration;
  std::optional<uint64_t> max_rss_bytes;
  CapturedStream out;
  CapturedStream err;
};

// Nothing when `result` (JSON) is not that of a command.
std::optional<ExecResult> read_exec_result(std::string_view result);

// The exit code of a process that was the job: its own, 128 + n after signal n, otherwise 0 if it
// completed and 1 if it did not.
int exit_code_of(const client::JobInfo& job);

}  // namespace muster::cli
