#include "sim/small/task.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <map>
#include <sstream>

#include "base/check.h"
#include "base/mutant.h"
#include "sim/small/explorer.h"

namespace muster::sim::small {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kSeededBugs = std::to_array<SeededBug>({
    {"change_outside_apply", "tokens"},
    {"counter_drift", "operator"},
    {"return_to_the_end", "answers"},
    {"token_given_twice", "tokens"},
    {"lost_for_ever", "operator"},
    {"lost_job_vanishes", "tokens"},
    {"stale_token_accepted", "tokens"},
    {"due_early", "delays"},
    {"one_served_per_wake", "waiting"},
    {"newest_waiter_first", "waiting"},
    {"waits_for_ever", "waiting"},
    {"unheld_kept", "reconnects"},
    {"untimed_for_all", "untimed"},
    {"closed_connections_unnoticed", "reconnects"},
    {"any_instance_resumes", "sessions"},
    {"prefetched_charged", "prefetch"},
    {"undelivered_charged", "answers"},
    {"gone_over_restart_unnoticed", "sessions"},
    {"late_completion_keeps_the_charge", "tokens"},
    {"wall_jump_ages_leases", "delays"},
    {"delay_by_wall_clock", "delays"},
    {"order_ignored_between_types", "untimed"},
    {"returned_behind_newer", "answers"},
    {"timeout_loses_its_place", "timeouts"},
    {"tokenless_by_anybody", "plain"},
    {"cancel_frees_the_slot", "operator"},
    {"completed_runs_again", "operator"},
    {"requeue_keeps_failures", "operator"},
    {"own_failure_taken_back", "tokens"},
    {"one_attempt_too_many", "tokens"},
    {"crash_budget_new_at_restart", "retries"},
    {"tokens_not_reserved", "tokens"},
    {"no_full_term_at_restart", "tokens"},
    {"loss_counted_twice", "tokens"},
    {"late_failure_charged_again", "tokens"},
});

constexpr size_t kMostTold = 60'000;  // a pipe holds it before anybody reads

// The moves that were about to be made when a process ended, seen by the one that started it.
struct LastMoves {
  static constexpr size_t kMost = 4000;
  size_t count = 0;
  std::array<Move, kMost> moves;
};

struct Running {
  size_t task = 0;
  int pipe = -1;
  LastMoves* last = nullptr;
};

std::string text_of(const Found& found) {
  std::ostringstream text;
  text << found.states << ' ' << found.transitions << ' ' << found.twice << ' ' << found.finished
       << ' ' << found.milliseconds << ' ' << found.complete << ' ' << found.broken.size() << '\n'
       << found.broken << found.story;
  return text.str();
}

Found found_of(const std::string& text) {
  Found found;
  std::istringstream stream(text);
  size_t broken = 0;
  stream >> found.states >> found.transitions >> found.twice >> found.finished >>
      found.milliseconds >> found.complete >> broken;
  stream.get();
  found.broken.resize(broken);
  stream.read(found.broken.data(), static_cast<std::streamsize>(broken));
  found.story.assign(std::istreambuf_iterator<char>(stream), {});
  return found;
}

Found explore_here(const Task& task, Clock::time_point until, LastMoves* last) {
  ExplorerOptions options;
  options.seed = task.seed;
  options.until = until;
  options.about_to = [last](const std::vector<Move>& path) {
    last->count = std::min(path.size(), LastMoves::kMost);
    std::copy_n(path.begin(), last->count, last->moves.begin());
  };
#ifdef MUSTER_MUTANTS
  active_mutant() = task.mutant;
#endif
  const auto begun = Clock::now();
  Exploration explored;
  if (!task.mutant.empty()) {  // without what comes after: then the story is a shortest one
    options.finish_one_in = UINT64_MAX;
    explored = explore(task.world, options);
    options.finish_one_in = 1;
  }
  if (explored.broken.empty()) explored = explore(task.world, options);
  Found found;
  found.states = explored.states;
  found.transitions = explored.transitions;
  found.twice = explored.twice;
  found.finished = explored.finished;
  found.complete = explored.complete;
  found.broken = explored.broken;
  if (!found.broken.empty()) found.story = story(task.world, explored.path);
  found.milliseconds = static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun).count());
  return found;
}

pid_t start(const Task& task, Clock::time_point until, Running& running) {
  std::array<int, 2> ends = {};
  CHECK(pipe(ends.data()) == 0, "pipe: {}", std::strerror(errno));
  void* shared =
      mmap(nullptr, sizeof(LastMoves), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  CHECK(shared != MAP_FAILED, "mmap: {}", std::strerror(errno));
  running.last = static_cast<LastMoves*>(shared);
  running.pipe = ends[0];
  std::cout << std::flush;
  const pid_t child = fork();
  CHECK(child >= 0, "fork: {}", std::strerror(errno));
  if (child != 0) {
    close(ends[1]);
    return child;
  }
  close(ends[0]);
  const std::string text = text_of(explore_here(task, until, running.last)).substr(0, kMostTold);
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t part = write(ends[1], text.data() + sent, text.size() - sent);
    if (part <= 0) _exit(1);
    sent += static_cast<size_t>(part);
  }
  _exit(0);
}

std::string read_all(int pipe) {
  std::string text;
  std::array<char, 65536> part;
  for (ssize_t size = 0; (size = read(pipe, part.data(), part.size())) > 0;) {
    text.append(part.data(), static_cast<size_t>(size));
  }
  close(pipe);
  return text;
}

// The story of a process that ended itself: what it had done is safe to tell, the last move is not.
Found killed(const Running& running, int status) {
  Found found;
  found.broken = "the engine's own CHECK failed (above)";
  if (WIFSIGNALED(status) && WTERMSIG(status) != SIGABRT) {
    found.broken = "ended by signal " + std::to_string(WTERMSIG(status));
  }
  for (size_t index = 0; index < running.last->count; ++index) {
    found.story +=
        "  " + std::to_string(index + 1) + ". " + small::text_of(running.last->moves[index]) + "\n";
  }
  return found;
}

}  // namespace

std::span<const SeededBug> seeded_bugs() { return kSeededBugs; }

void run_tasks(const std::vector<Task>& tasks, unsigned at_once, uint64_t seconds,
               const std::function<void(const Task&, const Found&)>& told) {
  const auto until =
      seconds == 0 ? Clock::time_point::max() : Clock::now() + std::chrono::seconds(seconds);
  std::map<pid_t, Running> running;
  std::map<size_t, Found> done;
  size_t started = 0;
  size_t next_told = 0;
  while (next_told < tasks.size()) {
    while (started < tasks.size() && running.size() < std::max(1U, at_once)) {
      Running one;
      one.task = started;
      const pid_t child = start(tasks[started++], until, one);
      running.emplace(child, one);
    }
    // Its pipe holds what it has to say: at most a story, which fits.
    int status = 0;
    const pid_t child = wait(&status);
    const auto ended = running.find(child);
    if (ended == running.end()) continue;
    const std::string text = read_all(ended->second.pipe);
    const bool well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    done[ended->second.task] = well ? found_of(text) : killed(ended->second, status);
    munmap(ended->second.last, sizeof(LastMoves));
    running.erase(ended);
    for (; done.contains(next_told); ++next_told) told(tasks[next_told], done[next_told]);
  }
}

}  // namespace muster::sim::small
