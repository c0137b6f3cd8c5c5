#include "sim/small/configuration.h"

#include <algorithm>
#include <array>

namespace muster::sim::small {
namespace {

constexpr uint32_t kDeaths = kCrashes | kVanishes;

constexpr auto kConfigurations = std::to_array<Configuration>({
    {.name = "tokens",
     .what = "reports by token: in time, late, and from the dead",
     .features = kFails | kEchoes,
     .max_attempts = 1},
    {.name = "retries",
     .what = "failures that are retried after a pause, and leases that expire, up to both budgets",
     .features = kFails | kUndelivered},
    {.name = "answers",
     .what = "assignments and answers that never arrive",
     .features = kReleases | kLostAnswers | kUndelivered | kUndurable},
    {.name = "plain",
     .what = "the class project's messages: no tokens, leases of 30 s",
     .features = kPlain | kLostAnswers | kEchoes | kCrashes | kResubmits | kUndurable,
     .unit = Duration::seconds(15)},
    {.name = "sessions",
     .what = "registered workers that beat or fall silent, die and are replaced",
     .features = kHeartbeats | kDeaths | kUndurable,
     .registered = true,
     .unit = Duration::seconds(2)},
    {.name = "reconnects",
     .what = "registered workers whose connections break; what they hold is named on their return",
     .features = kHeld | kCloses | kLostAnswers,
     .registered = true,
     .unit = Duration::seconds(2)},
    {.name = "prefetch",
     .what = "workers that fetch two jobs and run one: which of them are charged when they die",
     .features = kVanishes,
     .registered = true,
     .batch = 2,
     .unit = Duration::seconds(4),
     .lease = 1},
    {.name = "delays",
     .what = "a delayed job, priorities, and a wall clock that leaps",
     .features = kJumps | kUndelivered,
     .plans = {{{.priority = 5, .delay = 2}, {.priority = 5}, {.priority = 1}, {}}}},
    {.name = "releases",
     .what = "jobs handed back for later",
     .features = kDelayedReleases | kReleases | kResubmits},
    {.name = "operator",
     .what = "cancel, requeue and delete, at any moment",
     .features = kFails | kCancels | kRetries | kDeletes | kEchoes,
     .acts = 1,
     .max_attempts = 1,
     .max_lost = 1},
    {.name = "waiting",
     .what = "requests that wait: first come, first served",
     .features = kWaits | kReleases | kCrashes,
     .unit = Duration::seconds(1)},
    {.name = "waiting_sessions",
     .what = "the same for registered workers, whose waits end with their sessions",
     .features = kWaits | kDeaths | kCloses,
     .registered = true,
     .unit = Duration::seconds(2)},
    {.name = "next",
     .what = "completions that ask for the next job, and submit a follow-up",
     .features = kNext | kFollowUp | kLostAnswers,
     .registered = true,
     .unit = Duration::seconds(2)},
    {.name = "timeouts",
     .what = "attempts that run too long, with and without a heartbeat",
     .features = kHeartbeats | kEchoes,
     .registered = true,
     .unit = Duration::seconds(8),
     .lease = 2,
     .timeout = 2},
    {.name = "untimed",
     .what = "a job that unregistered workers cannot run",
     .features = kExtends | kUndelivered,
     .plans = {{{}, {.timed = false}, {}, {}}}},
});

}  // namespace

std::span<const Configuration> configurations() { return kConfigurations; }

const Configuration* find_configuration(std::string_view name) {
  const auto found = std::find_if(kConfigurations.begin(), kConfigurations.end(),
                                  [&](const Configuration& one) { return one.name == name; });
  return found == kConfigurations.end() ? nullptr : &*found;
}

Configuration with_more_jobs(Configuration configuration) {
  ++configuration.jobs;
  return configuration;
}

Configuration with_more_faults(Configuration configuration) {
  ++configuration.faults;
  return configuration;
}

}  // namespace muster::sim::small
