// The lines that a worker sends, each with its '\n'. Pure. An answer is told from the others by its
// `rid`: the texts below, or the lease of the job that a report is about.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "worker/job_end.h"

namespace muster::worker {

inline constexpr std::string_view kRegisterRid = "register";
inline constexpr std::string_view kRequestRid = "request";

// Who this worker is, to the server.
struct WorkerName {
  std::string id;
  std::string instance;  // random per process
  std::string host;
  uint64_t pid = 0;
  std::vector<std::string> queues;
  uint32_t concurrency = 1;
};

// `held`: every lease this worker knows of; the server takes back the others of its session.
std::string register_line(const WorkerName& worker, std::span<const AttemptName> held);
std::string request_line(const WorkerName& worker, size_t max, Duration wait);
std::string heartbeat_line(const WorkerName& worker);
// job_complete, job_failed or job_release, as the end was.
std::string report_line(const WorkerName& worker, const JobEnd& end);

}  // namespace muster::worker
