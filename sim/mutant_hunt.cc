#include "sim/mutant_hunt.h"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <vector>

#include "base/mutant.h"
#include "sim/world.h"

namespace muster::sim {
namespace {

enum class Found : uint8_t { kNo, kByChecker, kByCheck };

struct Find {
  Found found = Found::kNo;
  uint64_t worlds = 0;
  std::string how;
};

// A world that fails anyway shows nothing of the bug.
bool fails_without(const Plan& plan) {
  activate("");
  return !World(plan).run().violations.empty();
}

// What the child says to its parent: how many worlds it played, and the rule that was broken.
void play(const std::string& mutant, const MutantHunt& hunt, std::FILE* out) {
  for (uint64_t i = 0; i < hunt.budget; ++i) {
    activate(mutant);
    std::fprintf(out, "%s\n", std::to_string(i + 1).c_str());
    std::fflush(out);
    const Plan plan = plan_of(hunt.first_seed + i);
    const Outcome outcome = World(plan).run();
    if (outcome.violations.empty() || fails_without(plan)) continue;
    std::fprintf(out, "!%s\n", outcome.violations.front().c_str());
    return;
  }
}

// In a process of its own: a CHECK may end it.
Find look_for(const std::string& mutant, const MutantHunt& hunt) {
  int ends[2];
  if (::pipe(ends) != 0) return {};
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    ::dup2(ends[1], STDERR_FILENO);  // a CHECK's words are how it was found
    std::FILE* out = ::fdopen(ends[1], "w");
    play(mutant, hunt, out);
    std::fflush(out);
    ::_exit(0);
  }
  ::close(ends[1]);
  Find find;
  std::FILE* in = ::fdopen(ends[0], "r");
  char line[2'000];
  while (std::fgets(line, sizeof line, in)) {
    std::string text(line);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string::npos) {
      find.worlds = std::stoull(text);
    } else {
      find.how = text;
    }
  }
  std::fclose(in);
  int status = 0;
  ::waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    find.found = Found::kByCheck;
  } else if (find.how.starts_with('!')) {
    find.found = Found::kByChecker;
    find.how.erase(0, 1);
  }
  return find;
}

std::vector<std::string> names_in(const std::string& table) {
  std::vector<std::string> names;
  std::ifstream in(table);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#') || line.starts_with("name\t")) continue;
    names.push_back(line.substr(0, line.find('\t')));
  }
  return names;
}

}  // namespace

void activate(const std::string& name) {
  static std::string active;
  active = name;
  active_mutant() = active;
}

int hunt_mutants(const MutantHunt& hunt) {
  const std::vector<std::string> names = names_in(hunt.table);
  if (names.empty()) {
    fmt::print(stderr, "muster_sim: --table: no names in {}\n", hunt.table);
    return 2;
  }
  uint64_t by_checker = 0;
  uint64_t by_check = 0;
  std::vector<std::string> missed;
  for (const std::string& name : names) {
    const Find find = look_for(name, hunt);
    if (find.found == Found::kByChecker) ++by_checker;
    if (find.found == Found::kByCheck) ++by_check;
    if (find.found == Found::kNo) missed.push_back(name);
    const char* const verdict = find.found == Found::kNo        ? "NOT FOUND"
                                : find.found == Found::kByCheck ? "CHECK"
                                                                : "found";
    fmt::print("{:9} {:32} world {:4}  {}\n", verdict, name, find.worlds, find.how.substr(0, 110));
    std::fflush(stdout);
  }
  fmt::print("figure mutants.found {} seeded bugs found by a broken promise\n", by_checker);
  fmt::print("figure mutants.by_check {} seeded bugs ended by a CHECK of the server\n", by_check);
  fmt::print("{} passed, {} failed, 0 skipped\n", by_checker + by_check, missed.size());
  return missed.empty() ? 0 : 1;
}

}  // namespace muster::sim
