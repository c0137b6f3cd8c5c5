// Stage: what everybody in the simulated world shares.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/check/checkers.h"
#include "sim/moment.h"
#include "sim/network.h"
#include "sim/plan.h"
#include "sim/random.h"
#include "sim/timeline.h"

namespace muster::sim {

struct Stage {
  Timeline& timeline;
  Network& network;
  Checkers& checkers;
  const Plan& plan;
  std::function<Moment()> moment;
  std::function<uint64_t()> jobs;  // that the server keeps, ended ones too

  // Trouble is over: no new jobs, no lies, no pauses; what is there gets done.
  bool calm = false;
  uint64_t groups = 0;  // numbers submissions

  // Names of jobs that were submitted lately, for those who meddle with them.
  void remember(std::string_view job_id) {
    if (names.size() < kNames) {
      names.emplace_back(job_id);
    } else {
      names[next_name++ % kNames].assign(job_id);
    }
  }
  static constexpr size_t kNames = 128;
  std::vector<std::string> names = {};
  size_t next_name = 0;
};

std::string queue_name(uint64_t number);               // "q0"…: plan.queues of them
inline constexpr std::string_view kPoison = "poison";  // the job type that kills a crasher
inline constexpr std::string_view kWorkTypes[] = {"resize", "mail"};

}  // namespace muster::sim
