// Configuration: one small world as data: how many jobs, workers, faults and restarts, what the
// jobs ask for, and which moves there are. Everything else about a world follows from the
// documents.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/time.h"

namespace muster::sim::small {

inline constexpr int kMaxJobs = 4;
inline constexpr int kMaxWorkers = 2;

// Kinds of moves that a world has besides submit, request, complete and the passing of time.
enum Feature : uint32_t {
  kFails = 1U << 0,     // workers report failures
  kReleases = 1U << 1,  // workers hand jobs back
  kDelayedReleases = 1U << 2,
  kExtends = 1U << 3,     // unregistered workers renew their leases
  kHeartbeats = 1U << 4,  // registered workers beat, or do not
  kHeld = 1U << 5,        // register_worker names the leases that the process knows of
  kWaits = 1U << 6,       // requests wait for a job
  kNext = 1U << 7,        // completions ask for the next job
  kFollowUp = 1U << 8,    // the last job is submitted by the completion of another
  kPlain = 1U << 10,      // the class project's messages: no token
  // What the operator does, within `acts`.
  kCancels = 1U << 11,
  kRetries = 1U << 12,
  kDeletes = 1U << 13,
  // Faults, each within `faults`.
  kLostAnswers = 1U << 14,  // an answer never arrives
  kEchoes = 1U << 15,       // a report arrives again, or late, from nobody who lives
  kResubmits = 1U << 16,    // a submission arrives again
  kUndelivered = 1U << 17,  // an assignment could not be handed to the socket
  kCloses = 1U << 18,       // a worker's connection breaks
  kCrashes = 1U << 19,      // a worker process dies, its connection with it; another one starts
  kVanishes = 1U << 20,     // … and the server hears nothing of it
  kJumps = 1U << 21,        // the wall clock leaps ten years ahead
  kUndurable = 1U << 22,    // the server dies before events are durable (else only after)
};

struct JobPlan {
  uint32_t priority = 1000;
  int delay = 0;      // units
  bool timed = true;  // has a `duration`, so that unregistered workers may run it
  bool operator==(const JobPlan&) const = default;
};

struct Configuration {
  std::string_view name;
  std::string_view what;
  uint32_t features = 0;
  bool registered = false;
  int jobs = 3;
  int workers = 2;
  int faults = 2;
  int restarts = 1;
  int acts = 0;
  uint32_t max_attempts = 2;
  uint32_t max_lost = 2;
  uint32_t batch = 1;                           // jobs a request asks for; how many a worker holds
  uint32_t concurrency = 1;                     // what it registers with
  Duration unit = Duration::milliseconds(250);  // what one passing of time takes
  int lease = 2;    // units: of an unregistered lease, of a session's silence
  int timeout = 0;  // units of an attempt's timeout_ms; 0: none
  std::array<JobPlan, kMaxJobs> plans = {};

  bool has(Feature feature) const { return (features & feature) != 0; }
  Duration units(int n) const { return unit * n; }
  bool schedules() const {  // jobs may become due, several at once
    return timeout > 0 || (has(kFails) && max_attempts > 1) || has(kDelayedReleases) ||
           std::any_of(plans.begin(), plans.end(), [](const auto& plan) { return plan.delay > 0; });
  }
  bool jobs_alike() const {
    return !has(kFollowUp) && std::all_of(plans.begin(), plans.begin() + jobs,
                                          [this](const auto& plan) { return plan == plans[0]; });
  }
};

// The worlds that are always explored.
std::span<const Configuration> configurations();
const Configuration* find_configuration(std::string_view name);

// The same worlds with more in them, for long runs: a fourth job, or a third fault.
Configuration with_more_jobs(Configuration configuration);
Configuration with_more_faults(Configuration configuration);

}  // namespace muster::sim::small
