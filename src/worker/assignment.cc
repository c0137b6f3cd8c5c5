#include "worker/assignment.h"

#include <algorithm>

#include "model/limits.h"

namespace muster::worker {
namespace {

using protocol::JsonKind;
using protocol::JsonView;

std::variant<SleepWork, ExecWork, BadWork> read_sleep(const JsonView& duration) {
  if (!duration.is(JsonKind::kNumber)) return BadWork{"a sleep job without a duration"};
  const int64_t ms = protocol::read_decimal(duration.raw(), 3).value;
  const int64_t longest = limits::kLongest.ms();
  return SleepWork{Duration::milliseconds(std::clamp<int64_t>(ms, 0, longest))};
}

std::variant<SleepWork, ExecWork, BadWork> read_exec(const JsonView& command) {
  ExecWork work;
  for (const JsonView& word : command.items()) {
    const auto text = word.string();
    if (!text) return BadWork{"`command` holds something that is no string"};
    // A C string would end there: another command than the one asked for.
    if (text->find('\0') != text->npos) return BadWork{"a word of `command` holds U+0000"};
    work.argv.push_back(*text);
  }
  if (work.argv.empty()) return BadWork{"an exec job without a command"};
  return work;
}

}  // namespace

std::optional<Assignment> read_assignment(const JsonView& job) {
  Assignment assignment;
  const auto id = job["job_id"].string();
  const auto lease = job["lease"].unsigned_integer();
  if (!id || !lease || *lease == 0 || *lease > kMaxNumber) return std::nullopt;
  assignment.name = {*id, LeaseToken(*lease), job["attempt"].unsigned_integer().value_or(0)};
  assignment.queue = job["queue"].string_or("");
  if (const auto ms = job["timeout_ms"].integer()) assignment.timeout = Duration::milliseconds(*ms);
  const std::string type = job["job_type"].string_or("");
  if (type == kSleepType) {
    assignment.work = read_sleep(job["duration"]);
  } else if (type == kExecType) {
    assignment.work = read_exec(job["command"]);
  } else {
    assignment.work = BadWork{"this worker cannot run jobs of type `" + type + "`"};
  }
  return assignment;
}

std::vector<Assignment> read_assignments(const protocol::Answer& answer) {
  std::vector<Assignment> assignments;
  const auto take = [&](const JsonView& job) {
    if (auto assignment = read_assignment(job)) assignments.push_back(std::move(*assignment));
  };
  if (answer.type() == "assign_job") take(answer.object());
  if (answer.type() == "assign_jobs") {
    for (const JsonView& job : answer["jobs"].items()) take(job);
  }
  return assignments;
}

}  // namespace muster::worker
