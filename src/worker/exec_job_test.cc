// Real processes under a real spawner. Nothing here sleeps: jobs say where they are through a fifo,
// and everything else waits for a report or an exit.
#include "worker/exec_job.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "worker/process_tree.h"
#include "worker/spawner.h"

namespace muster::worker {
namespace {

using End = std::variant<ExecReport, SupervisorLost>;

End wait_for(ExecJob& job) {
  while (true) {
    if (auto end = job.pump()) return std::move(*end);
    pollfd fd = {job.fd(), job.events(), 0};
    ::poll(&fd, 1, -1);
  }
}

class ExecJobTest : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/muster-exec-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    ASSERT_EQ(::mkfifo(fifo().c_str(), 0600), 0);
    auto spawner = Spawner::start();
    ASSERT_TRUE(spawner);
    spawner_.emplace(std::move(*spawner));
  }
  void TearDown() override {
    stop_spawner();
    std::filesystem::remove_all(folder_);
  }
  // Returns when every supervisor is gone.
  void stop_spawner() { spawner_.reset(); }

  std::string fifo() const { return folder_ + "/fifo"; }
  // Blocks until a job writes into the fifo and closes it.
  std::string heard() const {
    std::ifstream in(fifo());
    std::stringstream all;
    all << in.rdbuf();
    return all.str();
  }
  // Lets a job go on that reads the fifo.
  void go() const { std::ofstream(fifo()).flush(); }
  // The processes whose pids a job wrote.
  std::vector<Process> heard_processes() const {
    std::istringstream words(heard());
    std::vector<Process> processes;
    for (pid_t pid = 0; words >> pid;) {
      const auto process = read_process(pid);
      EXPECT_TRUE(process) << pid;
      if (process) processes.push_back(*process);
    }
    return processes;
  }
  static bool alive(const Process& process) {
    const auto now = read_process(process.pid);
    return now && now->start_ticks == process.start_ticks && now->alive();
  }
  static bool any_alive(const std::vector<Process>& processes) {
    return std::any_of(processes.begin(), processes.end(), alive);
  }

  ExecJob start(std::vector<std::string> argv, Duration grace = Duration::minutes(10)) {
    auto socket = spawner_->spawn();
    CHECK(socket.ok());
    return ExecJob(std::move(*socket), {std::move(argv), {"FIFO=" + fifo(), "MUSTER_X=1"}, grace});
  }
  ExecJob start_shell(const std::string& script, Duration grace = Duration::minutes(10)) {
    return start({"sh", "-c", script}, grace);
  }
  static ExecReport report(ExecJob& job) {
    End end = wait_for(job);
    EXPECT_TRUE(std::holds_alternative<ExecReport>(end));
    return std::holds_alternative<ExecReport>(end) ? std::get<ExecReport>(end) : ExecReport{};
  }
  ExecReport run(std::vector<std::string> argv) {
    ExecJob job = start(std::move(argv));
    return report(job);
  }
  ExecReport run_shell(const std::string& script) { return run({"sh", "-c", script}); }

  std::string folder_;
  std::optional<Spawner> spawner_;
};

TEST_F(ExecJobTest, StreamsAndExitCodeComeBack) {
  const ExecReport report = run_shell("echo out; echo err >&2; exit 3");
  EXPECT_EQ(report.out, (Captured{"out\n", "", 0}));
  EXPECT_EQ(report.err, (Captured{"err\n", "", 0}));
  EXPECT_EQ(report.exit_code, 3);
  EXPECT_EQ(report.signal, std::nullopt);
  EXPECT_EQ(report.spawn_error, 0);
  EXPECT_EQ(report.leftovers + report.survivors, 0U);
}

TEST_F(ExecJobTest, NoShellLooksAtTheWords) {
  EXPECT_EQ(run({"printf", "%s|", "$HOME; *", "", "a  b"}).out.head, "$HOME; *||a  b|");
}

TEST_F(ExecJobTest, TheSignalThatEndedItIsReported) {
  const ExecReport report = run_shell("kill -SEGV $$");
  EXPECT_EQ(report.exit_code, std::nullopt);
  EXPECT_EQ(report.signal, SIGSEGV);
}

TEST_F(ExecJobTest, TheWorldOfAJobIsClean) {
  EXPECT_EQ(run({"cat"}).exit_code, 0);  // its input is empty
  EXPECT_EQ(run_shell("echo $MUSTER_X").out.head, "1\n");
  EXPECT_EQ(run({"sh", "-c", "exec ls /proc/self/fd"}).out.head, "0\n1\n2\n3\n");  // 3 is ls's own
  const ExecReport signals = run({"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"});
  EXPECT_EQ(signals.out.head, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
  EXPECT_EQ(run_shell("test $(ps -o sid= -p $$) = $$").exit_code, 0);  // a session of its own
}

TEST_F(ExecJobTest, WhatCannotBeStartedSaysWhy) {
  EXPECT_EQ(run({"muster-no-such-program"}).spawn_error, ENOENT);
  EXPECT_EQ(run({"/etc/passwd"}).spawn_error, EACCES);
  EXPECT_EQ(run({""}).spawn_error, ENOENT);
  EXPECT_EQ(run({"true", std::string(300'000, 'x')}).spawn_error, E2BIG);
  const std::string script = folder_ + "/script";
  std::ofstream(script) << "echo a shell would run this\n";
  ASSERT_EQ(::chmod(script.c_str(), 0700), 0);
  const ExecReport report = run({script});
  EXPECT_EQ(report.spawn_error, ENOEXEC);
  EXPECT_EQ(report.exit_code, std::nullopt);
}

TEST_F(ExecJobTest, OfALotOfOutputBothEndsAreKept) {
  const ExecReport report = run_shell(
      "printf begin; head -c 10000000 /dev/zero; printf end; head -c 3000000 /dev/zero >&2");
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_EQ(report.out.bytes(), 10'000'008U);
  EXPECT_EQ(report.out.head.size(), limits::kCapturedBytes);
  EXPECT_EQ(report.out.tail.size(), limits::kCapturedBytes);
  EXPECT_EQ(report.out.head.substr(0, 6), std::string("begin\0", 6));
  EXPECT_EQ(report.out.tail.substr(limits::kCapturedBytes - 4), std::string("\0end", 4));
  EXPECT_EQ(report.err.bytes(), 3'000'000U);
}

TEST_F(ExecJobTest, BytesAreKeptAsTheyAre) {
  EXPECT_EQ(run({"printf", "\\377\\000\\200"}).out.head, std::string("\xFF\0\x80", 3));
}

TEST_F(ExecJobTest, AJobMayCloseItsStreamsAndGoOn) {
  EXPECT_EQ(run_shell("exec >&- 2>&-; exec cat /proc/self/stat >$FIFO.out; exit 1").exit_code, 0);
  EXPECT_TRUE(std::filesystem::exists(fifo() + ".out"));
}

TEST_F(ExecJobTest, MemoryIsThatOfTheCommand) {
  const uint64_t block = 64 * limits::kMiB;
  EXPECT_LT(run({"true"}).max_rss_bytes, block);
  const ExecReport report = run({"dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"});
  EXPECT_GE(report.max_rss_bytes, block);
  EXPECT_LT(report.max_rss_bytes, 4 * block);
}

TEST_F(ExecJobTest, TerminateLetsTheJobEndByItself) {
  ExecJob job =
      start_shell("trap 'echo bye; exit 7' TERM; echo $$ >$FIFO; while :; do sleep 1; done");
  job.pump();
  heard();
  job.order(SupervisorOrder::kTerminate);
  const ExecReport ended = report(job);
  EXPECT_EQ(ended.exit_code, 7);
  EXPECT_EQ(ended.out.head, "bye\n");
}

TEST_F(ExecJobTest, AnOrderRightBehindTheCommandIsHeard) {
  ExecJob job = start({"sleep", "1000"});
  job.order(SupervisorOrder::kTerminate);
  EXPECT_EQ(report(job).signal, SIGTERM);
}

TEST_F(ExecJobTest, WhoIgnoresTermIsKilledAfterTheGrace) {
  ExecJob job = start_shell("trap '' TERM; echo $$ >$FIFO; while :; do sleep 1000; done",
                            Duration::milliseconds(50));
  job.pump();
  heard();
  job.order(SupervisorOrder::kTerminate);
  EXPECT_EQ(report(job).signal, SIGKILL);
}

TEST_F(ExecJobTest, AStoppedJobCanBeTerminated) {
  ExecJob job = start_shell("echo $$ >$FIFO; kill -STOP $$; echo woken");
  job.pump();
  heard();
  job.order(SupervisorOrder::kTerminate);
  EXPECT_EQ(report(job).signal, SIGTERM);
}

// A shell with a child, one in another session, and one that a double fork made an orphan; the last
// two ignore TERM. Writes all pids.
constexpr const char* kFamily =
    "sleep 1000 & a=$!;"
    "setsid sh -c 'trap \"\" TERM; while :; do sleep 1000; done' & b=$!;"
    "c=$( (setsid sh -c 'trap \"\" TERM; echo $$; exec >&-; while :; do sleep 1000; done' &) );"
    "echo $$ $a $b $c >$FIFO;";

TEST_F(ExecJobTest, NobodyEscapesATermination) {
  ExecJob job = start_shell(std::string(kFamily) + "wait", Duration::milliseconds(50));
  job.pump();
  const auto family = heard_processes();
  ASSERT_EQ(family.size(), 4U);
  job.order(SupervisorOrder::kTerminate);
  EXPECT_EQ(report(job).survivors, 0U);
  EXPECT_FALSE(any_alive(family));
}

TEST_F(ExecJobTest, TheRestOfTheFamilyHasTheGraceToo) {
  // The main process dies of TERM at once; its child needs until go() to save its work.
  ExecJob job = start_shell(
      "sh -c 'trap \"cat $FIFO; echo saved >$FIFO; exit\" TERM; echo $PPID >$FIFO;"
      " while :; do sleep 1; done' & wait");
  job.pump();
  const auto parents = heard_processes();
  ASSERT_EQ(parents.size(), 1U);
  job.order(SupervisorOrder::kTerminate);
  job.pump();
  while (read_process(parents[0].pid)) std::this_thread::yield();  // until it was waited for
  go();
  EXPECT_EQ(heard(), "saved\n");
  EXPECT_EQ(report(job).signal, SIGTERM);
}

TEST_F(ExecJobTest, NothingThatTheWorkerInheritedStaysOpen) {
  stop_spawner();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  auto spawner = Spawner::start();
  ASSERT_TRUE(spawner);
  spawner_.emplace(std::move(*spawner));
  ExecJob job = start_shell("echo $$ >$FIFO; exec sleep 1000");
  job.pump();
  heard();
  ::close(ends[1]);
  char byte = 0;
  EXPECT_EQ(::read(ends[0], &byte, 1), 0);  // nobody else can write: neither spawner nor supervisor
  ::close(ends[0]);
}

TEST_F(ExecJobTest, WhatOutlivesTheMainProcessIsKilled) {
  ExecJob job = start_shell(std::string(kFamily) + "cat $FIFO; exit 5");
  job.pump();
  const auto family = heard_processes();
  ASSERT_EQ(family.size(), 4U);
  go();
  const ExecReport ended = report(job);
  EXPECT_EQ(ended.exit_code, 5);
  EXPECT_GE(ended.leftovers, 3U);
  EXPECT_FALSE(any_alive(family));
}

TEST_F(ExecJobTest, DestroyingAJobKillsItsTree) {
  std::vector<Process> family;
  {
    ExecJob job = start_shell(std::string(kFamily) + "wait");
    job.pump();
    family = heard_processes();
    ASSERT_EQ(family.size(), 4U);
  }
  stop_spawner();
  EXPECT_FALSE(any_alive(family));
}

TEST_F(ExecJobTest, AKilledSupervisorsTreeIsKilledByTheSpawner) {
  ExecJob job = start_shell(std::string(kFamily) + "cat $FIFO; kill -KILL $PPID; wait");
  job.pump();
  const auto family = heard_processes();
  go();
  EXPECT_TRUE(std::holds_alternative<SupervisorLost>(wait_for(job)));
  stop_spawner();
  EXPECT_FALSE(any_alive(family));
}

TEST_F(ExecJobTest, AKilledWorkerTakesEverythingWithIt) {
  // This process adopts what the killed worker leaves, and can so wait for the last of it.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  stop_spawner();
  const pid_t worker = ::fork();
  if (worker == 0) {
    auto spawner = Spawner::start();
    spawner_.emplace(std::move(*spawner));
    std::vector<ExecJob> jobs;
    for (int i = 0; i < 2; ++i) {
      jobs.push_back(
          start_shell(std::string(i == 0 ? kFamily : "echo $$ >$FIFO;") + "wait; sleep 1000"));
      jobs.back().pump();
    }
    for (;;) ::pause();
  }
  std::vector<Process> everybody = heard_processes();
  while (everybody.size() < 5) {
    for (const Process& process : heard_processes()) everybody.push_back(process);
  }
  ::kill(worker, SIGKILL);
  while (::waitpid(-1, nullptr, 0) > 0) continue;  // the worker, then the spawner
  EXPECT_EQ(errno, ECHILD);
  EXPECT_FALSE(any_alive(everybody));
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 0), 0);
}

TEST_F(ExecJobTest, ManyAtOnceAndNothingLeftOver) {
  std::vector<ExecJob> jobs;
  for (int i = 0; i < 100; ++i) jobs.push_back(start_shell("exit " + std::to_string(i)));
  for (ExecJob& job : jobs) job.pump();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(report(jobs[static_cast<size_t>(i)]).exit_code, i);
  const pid_t spawner = spawner_->pid();
  stop_spawner();
  EXPECT_FALSE(read_process(spawner));
  EXPECT_TRUE(descendants(all_processes(), ::getpid()).empty());
}

}  // namespace
}  // namespace muster::worker
