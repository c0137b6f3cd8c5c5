// small_worlds: explores every small world, and shows with seeded bugs that it would find them.
// docs/small_worlds.md says what is explored and what that shows.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "sim/small/counts.h"
#include "sim/small/task.h"

namespace muster::sim::small {
namespace {

constexpr const char* kUsage = R"(usage: small_worlds [OPTION…]

  --only NAME     one world (--list names them)
  --long          larger worlds: one with a fourth job, one with a third fault, for each
  --mutants       seeded bugs instead: each must be found in one of its worlds
  --mutant NAME   explores with this seeded bug; the story of how it shows is printed
  --seed N        chooses the states that are explored from a second path (random)
  --seconds N     ends after so long; worlds that are not finished by then count as skipped
  --at-once N     processes (2)
  --states FILE   the counts to compare with (none: they are only printed)
  --write         writes the counts to that file instead of comparing
  --list          the worlds
)";

struct Arguments {
  std::string only;
  bool longer = false;
  bool mutants = false;
  std::string mutant;
  uint64_t seed = std::random_device{}();
  uint64_t seconds = 0;
  unsigned at_once = 2;
  std::string states;
  bool write = false;
  bool list = false;
};

uint64_t number_of(const std::string& flag, const char* text) {
  char* end = nullptr;
  const uint64_t number = std::strtoull(text, &end, 10);
  if (*text != '\0' && *end == '\0') return number;
  std::cerr << "small_worlds: " << flag << ": expected a number, got '" << text << "'\n";
  std::exit(2);
}

Arguments parse(int count, char** words) {
  Arguments arguments;
  for (int index = 1; index < count; ++index) {
    const std::string flag = words[index];
    const auto value = [&]() -> const char* {
      if (index + 1 < count) return words[++index];
      std::cerr << "small_worlds: " << flag << " needs a value\n";
      std::exit(2);
    };
    if (flag == "--only") {
      arguments.only = value();
    } else if (flag == "--long") {
      arguments.longer = true;
    } else if (flag == "--mutants") {
      arguments.mutants = true;
    } else if (flag == "--mutant") {
      arguments.mutant = value();
    } else if (flag == "--seed") {
      arguments.seed = number_of(flag, value());
    } else if (flag == "--seconds") {
      arguments.seconds = number_of(flag, value());
    } else if (flag == "--at-once") {
      arguments.at_once = static_cast<unsigned>(number_of(flag, value()));
    } else if (flag == "--states") {
      arguments.states = value();
    } else if (flag == "--write") {
      arguments.write = true;
    } else if (flag == "--list") {
      arguments.list = true;
    } else {
      std::cerr << (flag == "--help" ? "" : "small_worlds: no option " + flag + "\n") << kUsage;
      std::exit(flag == "--help" ? 0 : 2);
    }
  }
  return arguments;
}

std::vector<Configuration> worlds(const Arguments& arguments) {
  std::vector<Configuration> found;
  for (const Configuration& configuration : configurations()) {
    if (!arguments.only.empty() && configuration.name != arguments.only) continue;
    if (!arguments.longer) {
      found.push_back(configuration);
      continue;
    }
    found.push_back(with_more_faults(configuration));
    found.push_back(with_more_jobs(configuration));
  }
  return found;
}

// "tokens 3x2x2x1": jobs, workers, faults, restarts.
std::string title(const Configuration& world) {
  return std::string(world.name) + " " + std::to_string(world.jobs) + "x" +
         std::to_string(world.workers) + "x" + std::to_string(world.faults) + "x" +
         std::to_string(world.restarts);
}

struct Sums {
  uint64_t passed = 0;
  uint64_t failed = 0;
  uint64_t skipped = 0;
  uint64_t states = 0;
  uint64_t transitions = 0;

  int end() const {
    std::cout << "figure small.states " << states << " states of small worlds, each once\n";
    std::cout << "figure small.transitions " << transitions << " moves made in them\n";
    std::cout << passed << " passed, " << failed << " failed, " << skipped << " skipped\n";
    return failed == 0 ? 0 : 1;
  }
};

std::string replay(const Arguments& arguments, const Task& task) {
  std::string text = "small_worlds --only " + std::string(task.world.name) + " --seed " +
                     std::to_string(arguments.seed);
  if (arguments.longer) text += " --long";
  if (!task.mutant.empty()) text += " --mutant " + task.mutant;
  return text;
}

void tell_broken(const Arguments& arguments, const Task& task, const Found& found) {
  std::cout << title(task.world) << ": " << found.broken << "\n"
            << found.story << "replay: " << replay(arguments, task) << "\n";
}

int explore_all(const Arguments& arguments) {
  Counts counts;
  if (!arguments.states.empty() && !arguments.write) counts = Counts(arguments.states);
  Sums sums;
  std::vector<Task> tasks;
  for (const Configuration& world : worlds(arguments))
    tasks.push_back({world, arguments.mutant, arguments.seed});
  run_tasks(tasks, arguments.at_once, arguments.seconds, [&](const Task& task, const Found& found) {
    const std::string name = title(task.world);
    sums.states += found.states;
    sums.transitions += found.transitions;
    if (!found.broken.empty()) {
      ++sums.failed;
      return tell_broken(arguments, task, found);
    }
    std::cout << "figure small.states." << task.world.name << " " << found.states << " states of "
              << name << (found.complete ? "" : ", not all") << ", " << found.transitions
              << " moves, " << found.twice << " explored twice, " << found.finished
              << " run to the end, " << found.milliseconds << " ms\n"
              << std::flush;
    if (!found.complete) {
      std::cout << name << ": skipped, the time was over\n";
      ++sums.skipped;
    } else if (arguments.write) {
      counts.keep(name, found.states);
      ++sums.passed;
    } else if (counts.compare(name, found.states) != Counts::Verdict::kFewer) {
      std::cout << counts.text(name, found.states);
      ++sums.passed;
    } else {
      std::cout << counts.text(name, found.states) << "replay: " << replay(arguments, task) << "\n";
      ++sums.failed;
    }
  });
  if (arguments.write && !counts.write(arguments.states)) {
    std::cerr << arguments.states << ": cannot be written\n";
    return 1;
  }
  return sums.end();
}

// Every seeded bug within reach must be found in the world that is named beside it.
int explore_mutants(const Arguments& arguments) {
  Sums sums;
  std::vector<Task> tasks;
  for (const SeededBug& bug : seeded_bugs()) {
    const Configuration* world = find_configuration(bug.world);
    if (world == nullptr) {
      std::cout << bug.mutant << ": there is no world " << bug.world << "\n";
      ++sums.failed;
      continue;
    }
    if (arguments.only.empty() || arguments.only == bug.world) {
      tasks.push_back({*world, std::string(bug.mutant), arguments.seed});
    }
  }
  run_tasks(tasks, arguments.at_once, arguments.seconds, [&](const Task& task, const Found& found) {
    sums.states += found.states;
    sums.transitions += found.transitions;
    std::cout << task.mutant << ": ";
    if (found.broken.empty()) {
      ++(found.complete ? sums.failed : sums.skipped);
      std::cout << (found.complete ? "NOT FOUND" : "not found in time") << " in "
                << title(task.world) << "\nreplay: " << replay(arguments, task) << "\n";
      return;
    }
    ++sums.passed;
    tell_broken(arguments, task, found);
  });
  std::cout << "figure small.mutants_found " << sums.passed
            << " seeded bugs found in small worlds\n";
  return sums.end();
}

int run(int count, char** words) {
  const Arguments arguments = parse(count, words);
  if (arguments.list) {
    for (const Configuration& world : configurations()) {
      std::cout << world.name << ": " << world.what << "\n";
    }
    return 0;
  }
  if (!arguments.only.empty() && find_configuration(arguments.only) == nullptr) {
    std::cerr << "small_worlds: there is no world " << arguments.only << "; see --list\n";
    return 2;
  }
  if (arguments.write && arguments.states.empty()) {
    std::cerr << "small_worlds: --write needs --states FILE\n";
    return 2;
  }
  std::cout << "seed " << arguments.seed << "\n" << std::flush;
  return arguments.mutants ? explore_mutants(arguments) : explore_all(arguments);
}

}  // namespace
}  // namespace muster::sim::small

int main(int count, char** words) { return muster::sim::small::run(count, words); }
