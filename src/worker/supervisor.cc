#include "worker/supervisor.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <string>

#include "worker/child_signals.h"
#include "worker/command_process.h"
#include "worker/process_tree.h"
#include "worker/steady_clock.h"
#include "worker/supervision.h"

namespace muster::worker {
namespace {

// A walk over /proc costs milliseconds: the first one waits for what the quick kill of the main
// process and its group did, the later ones (for what was forked meanwhile) ever longer.
constexpr Duration kFirstWalk = Duration::milliseconds(20);
constexpr Duration kLongestPause = Duration::milliseconds(640);
constexpr Duration kKillPatience = Duration::seconds(10);  // then what is left counts as survivors
constexpr size_t kChunk = 64 * limits::kKiB;
constexpr int kChunksPerTurn = 16;

class Supervisor {
 public:
  Supervisor(int socket, ExecSpec spec) : socket_(socket), spec_(std::move(spec)) {}

  ExecReport run();

 private:
  // What is done to the tree, each step only forwards.
  enum class Phase {
    kRunning,      // nothing; until the main process ends, an order comes or the worker is gone
    kTerminating,  // TERM was sent; until the tree is empty or the grace is over
    kKilling,      // KILL is sent again and again; until the tree is empty or patience is over
    kDone,
  };

  void turn();
  void on_socket();
  void on_exec_error();
  void reap();
  void advance();
  void terminate();
  void kill();
  Instant next_deadline() const;
  void read_stream(UniqueFd& stream, Capture& capture) const;

  int socket_;
  ExecSpec spec_;
  UniqueFd child_signal_;
  CommandProcess command_;
  Instant started_;
  Phase phase_ = Phase::kRunning;
  Instant grace_end_;
  Instant kill_again_;
  Duration kill_pause_ = kFirstWalk;
  Instant patience_end_;
  bool main_ended_ = false;
  bool tree_empty_ = false;
  ExecReport report_;
  Capture out_;
  Capture err_;
};

ExecReport Supervisor::run() {
  child_signal_ = block_signals();
  started_ = steady_now();
  command_ = start_command(spec_);
  if (command_.pid < 0) {
    report_.spawn_error = command_.fork_error;
    return report_;
  }
  while (phase_ != Phase::kDone) turn();
  // Nobody in the tree writes any more; take what the pipes still hold.
  on_exec_error();
  read_stream(command_.out, out_);
  read_stream(command_.err, err_);
  if (report_.spawn_error != 0) {
    ExecReport failed;
    failed.spawn_error = report_.spawn_error;
    return failed;
  }
  report_.out = std::move(out_).finish();
  report_.err = std::move(err_).finish();
  return report_;
}

void Supervisor::turn() {
  pollfd fds[] = {{child_signal_.get(), POLLIN, 0},
                  {socket_, POLLIN, 0},
                  {command_.out.get(), POLLIN, 0},
                  {command_.err.get(), POLLIN, 0},
                  {command_.exec_error.get(), POLLIN, 0}};
  ::poll(fds, std::size(fds), poll_timeout(next_deadline()));
  drain_signals(child_signal_);
  if (fds[1].revents != 0) on_socket();
  if (fds[2].revents != 0) read_stream(command_.out, out_);
  if (fds[3].revents != 0) read_stream(command_.err, err_);
  if (fds[4].revents != 0) on_exec_error();
  reap();
  advance();
}

void Supervisor::on_socket() {
  char order = 0;
  const ssize_t size = ::recv(socket_, &order, sizeof order, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  const bool worker_gone = size <= 0;
  if (worker_gone) socket_ = -1;  // poll skips it
  if (worker_gone || order == static_cast<char>(SupervisorOrder::kKill)) {
    kill();
  } else if (phase_ == Phase::kRunning) {
    terminate();
  }
}

void Supervisor::on_exec_error() {
  int error = 0;
  const ssize_t size = ::read(command_.exec_error.get(), &error, sizeof error);
  if (size == sizeof error) report_.spawn_error = error;
  if (size == 0) command_.exec_error.reset();
}

void Supervisor::reap() {
  int status = 0;
  rusage usage = {};
  pid_t pid = 0;
  while ((pid = ::wait4(-1, &status, WNOHANG, &usage)) > 0) {
    if (pid != command_.pid) continue;
    main_ended_ = true;
    if (WIFEXITED(status)) report_.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) report_.signal = WTERMSIG(status);
    report_.duration_ms = static_cast<uint64_t>((steady_now() - started_).ms());
    report_.max_rss_bytes = static_cast<uint64_t>(usage.ru_maxrss) * limits::kKiB;
  }
  // A subreaper without children has no descendants.
  tree_empty_ = pid < 0 && errno == ECHILD;
}

void Supervisor::advance() {
  const Instant now = steady_now();
  if (tree_empty_) {
    phase_ = Phase::kDone;
    return;
  }
  if (phase_ == Phase::kRunning && main_ended_) {
    report_.leftovers = descendants(all_processes(), ::getpid()).size();
    kill();
  }
  if (phase_ == Phase::kTerminating && now >= grace_end_) kill();
  if (phase_ == Phase::kKilling && now >= kill_again_) {
    const size_t left = signal_descendants(::getpid(), SIGKILL);
    kill_pause_ = std::min(kill_pause_ * 2, kLongestPause);
    kill_again_ = now + kill_pause_;
    if (now >= patience_end_) {
      report_.survivors = left;
      phase_ = Phase::kDone;
    }
  }
}

void Supervisor::terminate() {
  phase_ = Phase::kTerminating;
  grace_end_ = steady_now() + spec_.grace;
  const std::vector<Process> tree = descendants(all_processes(), ::getpid());
  for (const Process& process : tree) signal_process(process, SIGTERM);
  // A stopped process would not act on the TERM.
  for (const Process& process : tree) signal_process(process, SIGCONT);
}

void Supervisor::kill() {
  if (phase_ == Phase::kKilling) return;
  phase_ = Phase::kKilling;
  const Instant now = steady_now();
  patience_end_ = now + kKillPatience;
  kill_again_ = now;
  if (main_ended_) return;
  // Not waited for, so its pid, and that of the group which it leads, are still its own.
  ::kill(command_.pid, SIGKILL);
  ::kill(-command_.pid, SIGKILL);
  kill_again_ = now + kill_pause_;
}

Instant Supervisor::next_deadline() const {
  if (phase_ == Phase::kTerminating) return grace_end_;
  if (phase_ == Phase::kKilling) return std::min(kill_again_, patience_end_);
  return Instant::max();
}

void Supervisor::read_stream(UniqueFd& stream, Capture& capture) const {
  char chunk[kChunk];
  for (int i = 0; i < kChunksPerTurn && stream; ++i) {
    const ssize_t size = ::read(stream.get(), chunk, sizeof chunk);
    if (size < 0) return;  // EAGAIN
    if (size == 0) stream.reset();
    capture.append({chunk, static_cast<size_t>(size)});
  }
}

// Exactly `size` bytes: what follows them are orders. Nothing: the worker is gone.
std::optional<std::string> receive(int socket, size_t size) {
  std::string bytes(size, '\0');
  for (size_t at = 0; at < size;) {
    const ssize_t got = ::recv(socket, bytes.data() + at, size - at, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return std::nullopt;
    at += static_cast<size_t>(got);
  }
  return bytes;
}

std::optional<ExecSpec> read_spec(int socket) {
  const auto header = receive(socket, kFrameHeaderBytes);
  if (!header) return std::nullopt;
  const auto content = receive(socket, frame_length(*header));
  if (!content) return std::nullopt;
  return decode_spec(*content);
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return;  // the worker is gone; there is nobody to tell
    bytes.remove_prefix(static_cast<size_t>(size));
  }
}

}  // namespace

void supervise(UniqueFd socket) {
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_NAME, "muster-job");
  auto spec = read_spec(socket.get());
  if (!spec) ::_exit(kTreeEnded);
  const ExecReport report = Supervisor(socket.get(), std::move(*spec)).run();
  send_all(socket.get(), encode_frame(report));
  ::_exit(report.survivors == 0 ? kTreeEnded : kTreeSurvives);
}

}  // namespace muster::worker
