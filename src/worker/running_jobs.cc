#include "worker/running_jobs.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/overload.h"
#include "worker/exec_result.h"

namespace muster::worker {
namespace {

JobEnd failure(const AttemptName& name, std::string error_class, std::string message) {
  JobEnd end;
  end.name = name;
  end.kind = EndKind::kFailed;
  end.error_class = std::move(error_class);
  end.message = std::move(message);
  return end;
}

JobEnd released(const AttemptName& name) {
  JobEnd end;
  end.name = name;
  end.kind = EndKind::kReleased;
  return end;
}

}  // namespace

void RunningJobs::start(Assignment assignment, Instant now) {
  Job job;
  job.name = assignment.name;
  if (assignment.timeout) {
    job.timeout = *assignment.timeout;
    job.timeout_at = now + job.timeout;
  }
  job.run = std::visit(
      Overload{
          [&](const SleepWork& work) -> decltype(job.run) { return Sleep{now + work.duration}; },
          [&](ExecWork& work) { return start_command(assignment, std::move(work)); },
          [&](const BadWork& work) -> decltype(job.run) {
            return Ended{failure(assignment.name, "unsupported", work.why)};
          }},
      assignment.work);
  jobs_.insert_or_assign(assignment.name.lease, std::move(job));
}

std::variant<RunningJobs::Sleep, RunningJobs::Command, RunningJobs::Ended>
RunningJobs::start_command(const Assignment& assignment, ExecWork work) {
  auto socket = spawner_->spawn();
  if (!socket) {
    broken_ = broken_ || socket.error().code == ErrorCode::kInternal;
    return Ended{released(assignment.name)};
  }
  ExecSpec spec;
  spec.argv = std::move(work.argv);
  spec.environment = {"MUSTER_JOB_ID=" + assignment.name.job_id,
                      fmt::format("MUSTER_ATTEMPT={}", assignment.name.attempt),
                      fmt::format("MUSTER_LEASE={}", assignment.name.lease.value()),
                      "MUSTER_QUEUE=" + assignment.queue, "MUSTER_SERVER=" + surroundings_.server};
  spec.grace = surroundings_.grace;
  return Command{ExecJob(std::move(*socket), spec), spec.argv[0]};
}

void RunningJobs::stop(LeaseToken lease, StopReason reason) {
  const auto found = jobs_.find(lease);
  if (found == jobs_.end() || found->second.reason >= reason) return;
  Job& job = found->second;
  if (job.reason == StopReason::kNone) interrupt(job, SupervisorOrder::kTerminate);
  job.reason = reason;
}

void RunningJobs::kill_all() {
  for (auto& [lease, job] : jobs_) {
    if (job.reason == StopReason::kNone) job.reason = StopReason::kDrain;
    interrupt(job, SupervisorOrder::kKill);
  }
}

void RunningJobs::interrupt(Job& job, SupervisorOrder order) {
  if (auto* command = std::get_if<Command>(&job.run)) command->job.order(order);
  if (std::holds_alternative<Sleep>(job.run)) job.run = Sleep{Instant()};
}

std::vector<LeaseToken> RunningJobs::leases() const {
  std::vector<LeaseToken> list;
  for (const auto& [lease, job] : jobs_) list.push_back(lease);
  return list;
}

void RunningJobs::add_to(std::vector<pollfd>* fds) const {
  for (const auto& [lease, job] : jobs_) {
    if (const auto* command = std::get_if<Command>(&job.run)) {
      fds->push_back({command->job.fd(), command->job.events(), 0});
    }
  }
}

Instant RunningJobs::next_deadline() const {
  Instant next = Instant::max();
  for (const auto& [lease, job] : jobs_) {
    if (job.reason == StopReason::kNone) next = std::min(next, job.timeout_at);
    if (const auto* sleep = std::get_if<Sleep>(&job.run)) next = std::min(next, sleep->until);
    if (std::holds_alternative<Ended>(job.run)) next = Instant();
  }
  return next;
}

std::vector<JobEnd> RunningJobs::collect(Instant now) {
  std::vector<JobEnd> ends;
  for (auto at = jobs_.begin(); at != jobs_.end();) {
    Job& job = at->second;
    if (now >= job.timeout_at) stop(at->first, StopReason::kTimeout);
    if (auto end = ended(job, now)) {
      ends.push_back(judged(job, std::move(*end)));
      at = jobs_.erase(at);
    } else {
      ++at;
    }
  }
  return ends;
}

std::optional<JobEnd> RunningJobs::ended(Job& job, Instant now) {
  if (auto* ended = std::get_if<Ended>(&job.run)) return std::move(ended->end);
  if (const auto* sleep = std::get_if<Sleep>(&job.run)) {
    if (now < sleep->until) return std::nullopt;
    JobEnd end;
    end.name = job.name;
    return end;
  }
  auto& command = std::get<Command>(job.run);
  auto report = command.job.pump();
  if (!report) return std::nullopt;
  return std::visit(Overload{[&](ExecReport& whole) {
                               return end_of_command(job.name, command.program, std::move(whole));
                             },
                             [&](SupervisorLost) {
                               return failure(job.name, "supervisor",
                                              "the process that supervised the job was killed");
                             }},
                    *report);
}

// What the worker stopped a job for counts, however the job then ended: a program that answers TERM
// with exit code 0 has not done its work.
JobEnd RunningJobs::judged(const Job& job, JobEnd end) const {
  switch (job.reason) {
    case StopReason::kNone:
      return end;
    case StopReason::kDrain:
      end.kind = EndKind::kReleased;
      return end;
    case StopReason::kTimeout:
      end.kind = EndKind::kTimedOut;
      end.error_class = "timeout";
      end.message = fmt::format("ran longer than timeout_ms={}", job.timeout.ms());
      return end;
    case StopReason::kCancel:
      end.kind = EndKind::kCancelled;
      end.error_class = "cancelled";
      end.message = "cancelled on request";
      return end;
    case StopReason::kLeaseLost:
      end.kind = EndKind::kLeaseLost;
      return end;
  }
  return end;
}

}  // namespace muster::worker
