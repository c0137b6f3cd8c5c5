// Runtime: the main loop of a worker. It waits on one poll for its jobs, the inbox and signals,
// feeds the Conversation and carries out what it decides.
#pragma once

#include <map>
#include <optional>

#include "worker/config.h"
#include "worker/conversation.h"
#include "worker/heart.h"
#include "worker/link.h"
#include "worker/progress.h"
#include "worker/run_log.h"
#include "worker/running_jobs.h"

namespace muster::worker {

class Runtime {
 public:
  // Signals that end the worker must be blocked. `spawner` outlives the runtime.
  Runtime(const WorkerConfig& config, WorkerName worker, Spawner* spawner, RunLog log);

  int run();  // the exit code

 private:
  void wait(Instant deadline);
  void take_signals();
  void take_messages();
  void collect_jobs();
  void carry_out(Actions actions);
  void log(std::string_view event, const AttemptName& name, std::string_view outcome = {});

  WorkerName worker_;
  Progress progress_;
  RunLog log_;
  RunningJobs jobs_;
  Conversation conversation_;
  std::map<LeaseToken, Instant> started_;
  UniqueFd signals_;
  std::optional<int> exit_;
  uint64_t connection_ = 0;  // 0: none
  Inbox inbox_;
  Link link_;
  Heart heart_;  // threads last: they use the inbox
};

}  // namespace muster::worker
