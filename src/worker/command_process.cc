#include "worker/command_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdlib>

#include "base/check.h"

namespace muster::worker {
namespace {

constexpr std::string_view kDefaultPath = "/usr/local/bin:/usr/bin:/bin";

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

// False: no more descriptors.
bool open_pipe(Pipe* pipe) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return false;
  pipe->read.reset(ends[0]);
  pipe->write.reset(ends[1]);
  return ::fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
  list.push_back(nullptr);
  return list;
}

void restore_signals() {
  struct sigaction action = {};
  action.sa_handler = SIG_DFL;
  for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &action, nullptr);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// In the child. Only returns to say why it failed.
int become_command(const std::vector<std::string>& files, char* const* argv,
                   char* const* environment, int out, int err) {
  ::setsid();
  restore_signals();
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing < 0 || ::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(out, STDOUT_FILENO) < 0 ||
      ::dup2(err, STDERR_FILENO) < 0) {
    return errno;
  }
  ::close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
  int error = ENOENT;
  for (const std::string& file : files) {
    ::execve(file.c_str(), argv, environment);
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) return errno;
    if (errno == EACCES) error = EACCES;  // says more than "not found" further on
  }
  return error;
}

}  // namespace

std::vector<std::string> candidates(const std::string& word, std::string_view path) {
  if (word.empty() || word.find('/') != word.npos) return {word};
  std::vector<std::string> files;
  while (true) {
    const size_t colon = path.find(':');
    const std::string_view folder = path.substr(0, colon);
    files.push_back((folder.empty() ? "." : std::string(folder)) + "/" + word);
    if (colon == path.npos) return files;
    path.remove_prefix(colon + 1);
  }
}

std::vector<std::string> merge_environment(const char* const* inherited,
                                           const std::vector<std::string>& added) {
  std::vector<std::string> merged = added;
  for (; *inherited != nullptr; ++inherited) {
    const std::string_view variable = *inherited;
    const std::string_view name = variable.substr(0, variable.find('='));
    bool replaced = false;
    for (const std::string& own : added) {
      replaced = replaced || (own.size() > name.size() && own.compare(0, name.size(), name) == 0 &&
                              own[name.size()] == '=');
    }
    if (!replaced) merged.emplace_back(variable);
  }
  return merged;
}

CommandProcess start_command(const ExecSpec& spec) {
  CHECK(!spec.argv.empty(), "a command without words");
  const char* path = ::getenv("PATH");
  const auto files = candidates(spec.argv[0], path != nullptr ? path : kDefaultPath);
  const auto environment = merge_environment(environ, spec.environment);
  const auto argv_pointers = pointers(spec.argv);
  const auto environment_pointers = pointers(environment);

  CommandProcess command;
  Pipe out;
  Pipe err;
  Pipe exec_error;
  if (!open_pipe(&out) || !open_pipe(&err) || !open_pipe(&exec_error)) {
    command.fork_error = errno;
    return command;
  }
  const pid_t supervisor = ::getpid();
  command.pid = ::fork();
  if (command.pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != supervisor) ::_exit(EXIT_FAILURE);  // it died before the line above
    const int error = become_command(files, argv_pointers.data(), environment_pointers.data(),
                                     out.write.get(), err.write.get());
    if (::write(exec_error.write.get(), &error, sizeof error) < 0) ::_exit(EXIT_FAILURE);
    ::_exit(EXIT_FAILURE);
  }
  if (command.pid < 0) command.fork_error = errno;
  command.out = std::move(out.read);
  command.err = std::move(err.read);
  command.exec_error = std::move(exec_error.read);
  return command;
}

}  // namespace muster::worker
