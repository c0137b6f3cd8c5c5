#include "worker/run_log.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "protocol/json_writer.h"
#include "worker/steady_clock.h"

namespace muster::worker {

Result<RunLog> RunLog::open(const std::string& path) {
  RunLog log;
  log.file_.reset(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644));
  if (!log.file_) {
    return Error{ErrorCode::kUnavailable,
                 fmt::format("cannot open the log {}: {}", path, std::strerror(errno))};
  }
  return log;
}

bool RunLog::write(std::string_view event, const WorkerName& worker, const AttemptName& name,
                   std::string_view outcome) {
  if (!file_) return true;
  std::string line;
  protocol::JsonWriter json(&line);
  json.begin_object().member("ts_ms", wall_now().ms()).member("event", event);
  json.member("worker", worker.id).member("instance", worker.instance).member("pid", worker.pid);
  json.member("job_id", name.job_id).member("attempt", name.attempt);
  json.member("lease", name.lease.value());
  if (!outcome.empty()) json.member("outcome", outcome);
  json.end_object().end_line();
  // One write: lines of several workers do not mix.
  ssize_t written = 0;
  do {
    written = ::write(file_.get(), line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  if (written == static_cast<ssize_t>(line.size())) return true;
  file_.reset();
  return false;
}

}  // namespace muster::worker
