// Plan: one run of the simulator as data: who takes part, how bad the world is, what goes wrong and
// when. Made from a seed alone; a smaller plan of the same seed (fewer faults, a smaller cast) is
// what the shrinker looks for, and what a replay command names.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "server/config.h"
#include "sim/network.h"
#include "sim/random.h"
#include "sim/slow_executor.h"
#include "sim/timeline.h"

namespace muster::sim {

enum class FaultKind : uint8_t {
  kKill,        // kill -9 of the server
  kKillInCall,  // in the middle of a system call's work
  kPowerCut,    // what was not synced is lost, wholly or in part
  kStop,        // SIGTERM, then started again
  kPause,       // SIGSTOP of the server for `amount` µs
  kFailedCall,  // the `amount`-th next call to the file system fails (EIO)
  kShortWrite,  // or writes less than asked
  kDiskFull,    // no more room for `amount` µs
  kWallJump,    // the wall clock jumps by `amount` ms
  kResets,      // `amount` ‰ of the connections are reset
  kSilence,     // half of the connections go silent for `amount` µs
  kHalfOpen,    // `amount` ‰ of the connections vanish without the server learning it
};
inline constexpr size_t kFaultKinds = 12;
std::string_view name(FaultKind kind);

struct Fault {
  Micros at = 0;
  FaultKind kind = FaultKind::kKill;
  int64_t amount = 0;
};

// Who takes part, and how many of each.
enum class Role : uint8_t {
  kProducer,     // submits, resends what was not answered
  kWorker,       // registered, honest
  kZombie,       // registered; stops for longer than its session lasts, then goes on as before
  kCrasher,      // registered; dies of poison jobs and by chance, comes back as another instance
  kPlainWorker,  // the class project's
  kOperator,     // cancels, retries, deletes, pauses, looks
  kHostile,      // garbage, half lines, lies about leases, never reads
};
inline constexpr size_t kRoles = 7;
std::string_view name(Role role);

struct Plan {
  uint64_t seed = 0;
  Micros busy = 30 * kSecond;  // how long there are new jobs and faults; then all must end
  uint32_t cast[kRoles] = {};
  std::vector<Fault> faults;  // in order of time

  server::Durability durability = server::Durability::kSync;
  Weather weather;
  SlowExecutor::Pace sync_pace;
  size_t checkpoint_jobs = 64;
  size_t finished_kept = 100;  // and as many dead ones
  size_t most_jobs = 500;      // kept by the server: then producers wait
  uint32_t queues = 2;
  uint32_t batch = 10;            // jobs per submission, at most
  Micros submit_every = kSecond;  // of one producer
  uint32_t odd_jobs = 300;        // ‰ with priorities, delays, budgets, deadlines
  uint32_t poison = 5;            // ‰ that kill crashers
};

// The plan of a seed.
Plan plan_of(uint64_t seed);

// "producer=2,worker=0" changes the cast; "3,7,8" keeps these faults. An error says what is wrong.
Expected<Unit, std::string> change_cast(std::string_view text, Plan* plan);
Expected<Unit, std::string> keep_faults(std::string_view text, Plan* plan);

// For people: cast and faults, a line each.
std::string describe(const Plan& plan);

}  // namespace muster::sim
