// muster_sim: the simulator's command line (./dev sim).
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <ctime>
#include <optional>
#include <random>

#include "sim/hunt.h"
#include "sim/mutant_hunt.h"

namespace muster::sim {
namespace {

struct Flags {
  std::optional<uint64_t> seed;
  uint64_t count = 0;
  double seconds = 0;
  std::string faults;
  std::string cast;
  int64_t busy_ms = 0;
  bool describe = false;
  bool hash_each = false;
  bool keep_going = false;
  bool mutants = false;
  std::string mutant;
  std::string table = "sim/mutants.tsv";
  uint64_t budget = 400;
};

int wrong_flag(const std::string& why) {
  fmt::print(stderr, "muster_sim: {}\n", why);
  return 2;
}

// Of this process, on however busy a machine.
double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void print_failure(const Plan& plan, const Outcome& outcome) {
  fmt::print("seed {} FAILED: {}\n", plan.seed, outcome.violations.front());
  const Shrunk small = shrink(plan, outcome, 200);
  fmt::print("{}", describe(small.plan));
  for (const std::string& violation : small.outcome.violations) fmt::print("  {}\n", violation);
  fmt::print("replay: {}\n", replay_command(small.plan, small.faults));
}

// One world, as the flags change it.
int run_one(const Flags& flags) {
  Plan plan = plan_of(*flags.seed);
  if (const auto changed = change_cast(flags.cast, &plan); !changed.ok()) {
    return wrong_flag(changed.error());
  }
  if (flags.busy_ms > 0) plan.busy = flags.busy_ms * kMillisecond;
  if (!flags.faults.empty()) {
    if (const auto kept = keep_faults(flags.faults, &plan); !kept.ok()) {
      return wrong_flag(kept.error());
    }
  }
  fmt::print("{}", describe(plan));
  if (flags.describe) return 0;
  const Outcome outcome = World(plan).run();
  for (const std::string& violation : outcome.violations) fmt::print("  {}\n", violation);
  fmt::print("hash {:016x} of {} events, {:016x} of all that was said\n", outcome.decided,
             outcome.events, outcome.said);
  fmt::print("{} passed, {} failed, 0 skipped\n", outcome.violations.empty() ? 1 : 0,
             outcome.violations.empty() ? 0 : 1);
  return outcome.violations.empty() ? 0 : 1;
}

void print_figures(const Totals& totals) {
  const double cpu = cpu_seconds();
  const double lively = static_cast<double>(totals.lively) / kSecond;
  fmt::print("figure sim.worlds {} seeds run\n", totals.worlds);
  fmt::print("figure sim.steps {} things that happened\n", totals.steps);
  fmt::print("figure sim.events {} events decided, each judged\n", totals.events);
  fmt::print("figure sim.leases {} lease operations\n", totals.checked.leases);
  fmt::print("figure sim.acknowledged {} submissions acknowledged\n", totals.checked.acknowledged);
  fmt::print("figure sim.stale_words {} reports under a lease that was no longer valid\n",
             totals.checked.stale_words);
  fmt::print("figure sim.double_executions {} of jobs, each with a recorded cause\n",
             totals.checked.double_executions);
  fmt::print("figure sim.restarts {} starts of the server\n", totals.lives);
  fmt::print("figure sim.comparisons {} of live state with its replay\n", totals.comparisons);
  fmt::print("figure sim.seconds {} simulated\n", totals.simulated / kSecond);
  fmt::print("hash {:016x} of all decisions and answers\n", totals.hash);
  fmt::print(
      "speed: {:.0f} x real time ({:.0f} x without idle seconds, {:.0f} events in each of "
      "those), {:.0f} events/s, by CPU time\n",
      static_cast<double>(totals.simulated) / kSecond / cpu, lively / cpu,
      static_cast<double>(totals.events) / lively, static_cast<double>(totals.events) / cpu);
}

int run_many(const Flags& flags) {
  const uint64_t first = flags.seed ? *flags.seed : std::random_device{}() % 1'000'000'000;
  fmt::print("seeds from {}\n", first);
  Totals totals;
  const auto begin = std::chrono::steady_clock::now();
  auto told = begin;
  for (uint64_t seed = first;; ++seed) {
    if (flags.seconds > 0 ? seconds_since(begin) >= flags.seconds : totals.worlds >= flags.count) {
      break;
    }
    const Plan plan = plan_of(seed);
    const Outcome outcome = World(plan).run();
    totals.add(outcome);
    if (flags.hash_each) {
      fmt::print("{} {:016x} {:016x}\n", seed, outcome.decided, outcome.said);
    }
    if (!outcome.violations.empty()) {
      print_failure(plan, outcome);
      if (!flags.keep_going) break;
    }
    if (seconds_since(told) < 10) continue;
    told = std::chrono::steady_clock::now();
    fmt::print("… {} worlds, {} events\n", totals.worlds, totals.events);
    std::fflush(stdout);
  }
  print_figures(totals);
  fmt::print("{} passed, {} failed, 0 skipped\n", totals.worlds - totals.failed, totals.failed);
  return totals.failed == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  Flags flags;
  CLI::App app("Muster on a bad day: one seed in, one verdict out.");
  app.add_option("--seed", flags.seed, "the seed to play; with --count or --seconds the first");
  app.add_option("--count", flags.count, "so many seeds (100)");
  app.add_option("--seconds", flags.seconds, "seeds for so long");
  app.add_option("--faults", flags.faults, "only these faults of the seed's plan: 0,3 or none");
  app.add_option("--cast", flags.cast, "another cast: producer=1,worker=2,…");
  app.add_option("--busy-ms", flags.busy_ms, "new jobs and faults for so long only");
  app.add_flag("--describe", flags.describe, "print the plan, play nothing");
  app.add_flag("--hashes", flags.hash_each, "a line of hashes for each seed");
  app.add_flag("--keep-going", flags.keep_going, "after a failure, too");
  app.add_option("--mutant", flags.mutant, "with this seeded bug on");
  app.add_flag("--mutants", flags.mutants, "hunt every seeded bug of the table");
  app.add_option("--table", flags.table, "of seeded bugs");
  app.add_option("--budget", flags.budget, "seeds to try for each seeded bug");
  CLI11_PARSE(app, argc, argv);
  if (flags.mutants) return hunt_mutants({flags.table, flags.seed.value_or(1), flags.budget});
  activate(flags.mutant);
  if (flags.seed && flags.count == 0 && flags.seconds == 0) return run_one(flags);
  if (flags.count == 0) flags.count = 100;
  return run_many(flags);
}

}  // namespace
}  // namespace muster::sim

int main(int argc, char** argv) { return muster::sim::run(argc, argv); }
