// RunningJobs: everything that runs on this worker now, sleeps and commands alike, as one table for
// one poll loop. Owned by the main thread; nothing here blocks. Destroying it kills what runs.
#pragma once

#include <poll.h>

#include <map>
#include <string>
#include <variant>
#include <vector>

#include "worker/exec_job.h"
#include "worker/job_end.h"
#include "worker/spawner.h"

namespace muster::worker {

// Why the worker ends a job; the worst of several counts.
enum class StopReason : uint8_t { kNone, kDrain, kTimeout, kCancel, kLeaseLost };

// What jobs are told about the worker they run on.
struct JobSurroundings {
  std::string server;  // HOST:PORT
  Duration grace;      // between TERM and KILL
};

class RunningJobs {
 public:
  RunningJobs(Spawner* spawner, JobSurroundings surroundings)
      : spawner_(spawner), surroundings_(std::move(surroundings)) {}

  void start(Assignment assignment, Instant now);
  // TERM, and KILL after the grace. Does nothing to a lease that is none of ours any more.
  void stop(LeaseToken lease, StopReason reason);
  void kill_all();  // at once, with the reason they were stopped for (or kDrain)

  size_t size() const { return jobs_.size(); }
  bool runs(LeaseToken lease) const { return jobs_.contains(lease); }
  std::vector<LeaseToken> leases() const;
  // No process can be made any more: the spawner is gone. What should have started was released.
  bool broken() const { return broken_; }

  // For the poll loop: what to wait for, until when, and then the ends of jobs.
  void add_to(std::vector<pollfd>* fds) const;
  Instant next_deadline() const;
  std::vector<JobEnd> collect(Instant now);

 private:
  struct Sleep {
    Instant until;
  };
  // It never began, or its end is already known.
  struct Ended {
    JobEnd end;
  };
  struct Command {
    ExecJob job;
    std::string program;
  };
  struct Job {
    AttemptName name;
    Instant timeout_at = Instant::max();
    Duration timeout;
    StopReason reason = StopReason::kNone;
    std::variant<Sleep, Command, Ended> run;
  };

  std::variant<Sleep, Command, Ended> start_command(const Assignment& assignment, ExecWork work);
  void interrupt(Job& job, SupervisorOrder order);
  std::optional<JobEnd> ended(Job& job, Instant now);
  JobEnd judged(const Job& job, JobEnd end) const;

  Spawner* spawner_;
  JobSurroundings surroundings_;
  std::map<LeaseToken, Job> jobs_;
  bool broken_ = false;
};

}  // namespace muster::worker
