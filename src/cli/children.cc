#include "cli/children.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace muster::cli {

namespace {

// Between fork and exec: only what a signal handler may call.
[[noreturn]] void become(char* const* argv, int out, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);  // it died before the line above
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (out >= 0) ::dup2(out, STDOUT_FILENO);
  ::execv("/proc/self/exe", argv);
  ::_exit(127);
}

}  // namespace

Child start_child(std::string name, std::vector<std::string> words, bool capture_out) {
  Child child{.name = std::move(name), .words = std::move(words)};
  std::vector<std::string> arguments = child.words;
  std::vector<char*> argv;
  std::string program = "muster";
  argv.push_back(program.data());
  for (std::string& word : arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  int ends[2] = {-1, -1};
  if (capture_out && ::pipe2(ends, O_CLOEXEC) != 0) return child;
  const pid_t parent = ::getpid();
  child.pid = ::fork();
  if (child.pid == 0) become(argv.data(), ends[1], parent);
  if (capture_out) ::close(ends[1]);
  child.out = ends[0];
  return child;
}

std::string read_line(const Child& child) {
  std::string line;
  char byte = 0;
  while (true) {
    const ssize_t got = ::read(child.out, &byte, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || byte == '\n') return line;
    line.push_back(byte);
  }
}

}  // namespace muster::cli
