// RunLog: the worker's own account of what it ran (--log FILE), one JSON object per line, appended
// with O_APPEND, so that several workers may share a file. Written at once and not synced: it
// survives the worker's death, not the machine's. docs/worker.md describes the fields. Main thread
// only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/error.h"
#include "worker/assignment.h"
#include "worker/requests.h"
#include "worker/unique_fd.h"

namespace muster::worker {

class RunLog {
 public:
  RunLog() = default;  // writes nothing
  static Result<RunLog> open(const std::string& path);

  // `outcome`: empty for `start`. False: the line could not be written, and nothing further will
  // be.
  bool write(std::string_view event, const WorkerName& worker, const AttemptName& name,
             std::string_view outcome);

 private:
  UniqueFd file_;
};

}  // namespace muster::worker
