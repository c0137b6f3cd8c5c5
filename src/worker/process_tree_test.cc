#include "worker/process_tree.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

namespace muster::worker {
namespace {

constexpr std::string_view kTail = " 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0";  // words 3 to 19

std::string stat_line(std::string_view name, std::string_view rest) {
  return "42 (" + std::string(name) + ") " + std::string(rest);
}

TEST(ParseStat, ReadsAroundAnyName) {
  for (const char* name : {"sh", "a b", ") R 1 (", "((", "))"}) {
    const std::string rest = "S 7" + std::string(kTail) + " 99 4096 12";
    const auto process = parse_stat(stat_line(name, rest));
    ASSERT_TRUE(process) << name;
    EXPECT_EQ(process->pid, 42);
    EXPECT_EQ(process->parent, 7);
    EXPECT_EQ(process->state, 'S');
    EXPECT_EQ(process->start_ticks, 99U);
  }
}

TEST(ParseStat, RefusesWhatIsCut) {
  const std::string whole = stat_line("sh", "S 7" + std::string(kTail) + " 99");
  for (size_t size = 0; size < whole.size() - 2; ++size) {
    EXPECT_FALSE(parse_stat(whole.substr(0, size))) << size;
  }
}

TEST(Descendants, AreFoundAtAnyDepthAndInAnyOrder) {
  const std::vector<Process> processes = {{5, 4, 'S', 0}, {4, 2, 'S', 0}, {2, 1, 'S', 0},
                                          {3, 1, 'S', 0}, {6, 2, 'Z', 0}, {7, 6, 'R', 0}};
  std::vector<pid_t> found;
  for (const Process& process : descendants(processes, 2)) found.push_back(process.pid);
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (std::vector<pid_t>{4, 5, 7}));  // 6 is dead, its child is not
  EXPECT_TRUE(descendants(processes, 99).empty());
}

TEST(Descendants, ACircleEnds) {
  const std::vector<Process> circle = {{2, 3, 'S', 0}, {3, 2, 'S', 0}};
  EXPECT_LE(descendants(circle, 2).size(), 2U);
}

TEST(SignalProcess, SparesAnotherProcessWithTheSamePid) {
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  const auto process = read_process(child);
  ASSERT_TRUE(process);
  EXPECT_EQ(process->parent, ::getpid());

  Process other = *process;
  other.start_ticks += 1;
  signal_process(other, SIGKILL);  // would win over the TERM behind it
  signal_process(*process, SIGTERM);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
  EXPECT_FALSE(read_process(child));
}

}  // namespace
}  // namespace muster::worker
