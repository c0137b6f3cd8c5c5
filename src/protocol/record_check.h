// For tests: job records to encode.
#pragma once

#include <memory>
#include <string_view>

#include "model/job.h"

namespace muster::protocol {

inline JobRecord running_record(std::string_view id, std::string_view body) {
  JobRecord job;
  job.seq = JobSeq(7);
  job.token = LeaseToken(42);
  job.text = SharedBytes({id, body});
  job.id_size = static_cast<uint8_t>(id.size());
  job.state = JobState::kRunning;
  job.attempts = 2;
  job.lease = Duration::seconds(30);
  job.submitted_at = WallTime::from_ms(1000);
  job.started_at = WallTime::from_ms(2000);
  job.lane = std::make_shared<LaneName>(LaneName{"default", "sleep", true});
  job.options = std::make_shared<JobOptions>();
  job.worker = std::make_shared<WorkerIdentity>(WorkerIdentity{"w1", "i1"});
  return job;
}

}  // namespace muster::protocol
