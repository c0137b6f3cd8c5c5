#include "worker/spawner.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <set>

#include "worker/child_signals.h"
#include "worker/fd_passing.h"
#include "worker/process_tree.h"
#include "worker/supervision.h"
#include "worker/supervisor.h"

namespace muster::worker {
namespace {

constexpr int kOrphansAgainMs = 100;

Error system_error(std::string_view what, ErrorCode code = ErrorCode::kUnavailable) {
  return {code, fmt::format("{}: {}", what, std::strerror(errno))};
}

// A pair of connected local sockets, closed on exec.
bool open_pair(int type, UniqueFd* ours, UniqueFd* theirs) {
  int ends[2];
  if (::socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) return false;
  ours->reset(ends[0]);
  theirs->reset(ends[1]);
  return true;
}

// Keeps stderr, `kept` and nothing else of what the worker had open.
UniqueFd close_all_but(UniqueFd kept) {
  constexpr int kPlace = STDERR_FILENO + 1;
  const int nothing = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  if (kept.get() != kPlace) {
    ::dup3(kept.get(), kPlace, O_CLOEXEC);
    kept.reset(kPlace);
  }
  ::close_range(kPlace + 1, UINT_MAX, 0);
  return kept;
}

// The process behind Spawner. Terminals and service managers signal whole groups; the spawner and
// the supervisors outlive that, since ending the jobs is the worker's decision.
class SpawnerProcess {
 public:
  explicit SpawnerProcess(UniqueFd socket) : socket_(std::move(socket)) {}
  [[noreturn]] void run();

 private:
  void on_socket();
  void reap();
  void kill_orphans();

  UniqueFd socket_;  // empty once the worker is gone
  UniqueFd child_signal_;
  std::set<pid_t> supervisors_;
  bool orphans_ = false;  // somebody below us may be no supervisor's
};

void SpawnerProcess::run() {
  ::setsid();
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "muster-spawner");
  child_signal_ = block_signals();
  while (socket_ || !supervisors_.empty() || orphans_) {
    pollfd fds[] = {{socket_.get(), POLLIN, 0}, {child_signal_.get(), POLLIN, 0}};
    ::poll(fds, std::size(fds), orphans_ ? kOrphansAgainMs : -1);
    drain_signals(child_signal_);
    reap();
    if (orphans_) kill_orphans();
    if (fds[0].revents != 0) on_socket();
  }
  ::_exit(EXIT_SUCCESS);
}

void SpawnerProcess::on_socket() {
  UniqueFd job = receive_fd(socket_.get());
  if (!job) {
    socket_.reset();
    return;
  }
  const pid_t pid = ::fork();
  if (pid == 0) supervise(close_all_but(std::move(job)));
  if (pid > 0) {
    supervisors_.insert(pid);
    return;
  }
  ExecReport report;
  report.spawn_error = errno;
  const std::string frame = encode_frame(report);
  // Small, into an empty socket: never blocks. If it fails the worker sees the socket end, as it
  // should.
  if (::send(job.get(), frame.data(), frame.size(), MSG_NOSIGNAL) < 0) return;
}

void SpawnerProcess::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    const bool tidy = WIFEXITED(status) && WEXITSTATUS(status) == kTreeEnded;
    if (supervisors_.erase(pid) == 1 && !tidy) orphans_ = true;
  }
}

void SpawnerProcess::kill_orphans() {
  const auto processes = all_processes();
  orphans_ = false;
  for (const Process& process : processes) {
    if (process.parent != ::getpid() || supervisors_.contains(process.pid)) continue;
    orphans_ = true;
    for (const Process& below : descendants(processes, process.pid)) signal_process(below, SIGKILL);
    signal_process(process, SIGKILL);
  }
}

}  // namespace

Result<Spawner> Spawner::start() {
  UniqueFd ours;
  UniqueFd theirs;
  if (!open_pair(SOCK_SEQPACKET, &ours, &theirs)) return system_error("socketpair");
  const pid_t pid = ::fork();
  if (pid < 0) return system_error("fork");
  if (pid == 0) SpawnerProcess(close_all_but(std::move(theirs))).run();
  return Spawner(pid, std::move(ours));
}

Spawner::Spawner(Spawner&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), socket_(std::move(other.socket_)) {}

Spawner::~Spawner() {
  socket_.reset();
  if (pid_ > 0) ::waitpid(pid_, nullptr, 0);
}

Result<UniqueFd> Spawner::spawn() {
  UniqueFd ours;
  UniqueFd theirs;
  if (!open_pair(SOCK_STREAM, &ours, &theirs)) return system_error("socketpair");
  if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) return system_error("fcntl");
  if (!send_fd(socket_.get(), theirs.get())) {
    return system_error("the spawner is gone", ErrorCode::kInternal);
  }
  return ours;
}

}  // namespace muster::worker
