#include "bench/server_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace muster::bench {
namespace {

pid_t spawn(const std::vector<std::string>& words, int stdout_fd, const std::string& log) {
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child > 0) return child;
  ::dup2(stdout_fd, STDOUT_FILENO);
  ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), STDERR_FILENO);
  std::vector<char*> argv;
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  ::_exit(127);
}

// The line that the server prints when it serves.
std::string first_line(int fd) {
  std::string line;
  char byte = 0;
  while (::read(fd, &byte, 1) == 1 && byte != '\n') line.push_back(byte);
  return line;
}

pid_t only_child_of(pid_t parent) {
  std::ifstream children("/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) +
                         "/children");
  pid_t child = -1;
  children >> child;
  return child;
}

}  // namespace

ServerProcess::ServerProcess(const ServerOptions& options) {
  std::string directory = options.directory + "/muster-bench-XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) {
    throw std::runtime_error("cannot make a directory in " + options.directory);
  }
  data_ = directory;
  std::vector<std::string> words;
  if (options.count_syncs) {
    counts_ = data_ + "/syncs";
    words = {"strace", "-f", "-c", "--seccomp-bpf", "-e", "trace=fdatasync", "-o", counts_};
  }
  for (const std::string& word :
       {options.binary, std::string("server"), std::string("--listen"), std::string("127.0.0.1:0"),
        std::string("--data"), data_ + "/data", std::string("--durability"), options.durability}) {
    words.push_back(word);
  }
  std::array<int, 2> ends;
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  child_ = spawn(words, ends[1], data_ + "/log");
  ::close(ends[1]);
  const std::string line = first_line(ends[0]);
  ::close(ends[0]);
  const size_t colon = line.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("the server did not start: " + line);
  port_ = static_cast<uint16_t>(std::stoi(line.substr(colon + 1)));
  server_ = options.count_syncs ? only_child_of(child_) : child_;
}

ServerProcess::~ServerProcess() {
  if (child_ > 0) {
    ::kill(server_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  std::error_code ignored;
  std::filesystem::remove_all(data_, ignored);
}

double ServerProcess::cpu_seconds() const {
  std::ifstream file("/proc/" + std::to_string(server_) + "/stat");
  std::stringstream stat;
  stat << file.rdbuf();
  // Fields 14 and 15, counted behind the name in parentheses, in clock ticks.
  std::istringstream fields(stat.str().substr(stat.str().rfind(')') + 2));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

uint64_t ServerProcess::peak_rss_bytes() const {
  std::ifstream status("/proc/" + std::to_string(server_) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoull(line.substr(6)) * 1024;
  }
  return 0;
}

std::optional<uint64_t> ServerProcess::stop() {
  ::kill(server_, SIGTERM);
  ::waitpid(child_, nullptr, 0);
  child_ = -1;
  if (counts_.empty()) return std::nullopt;
  std::ifstream file(counts_);
  for (std::string line; std::getline(file, line);) {
    if (line.find("fdatasync") == std::string::npos) continue;
    std::istringstream fields(line);  // % time, seconds, usecs/call, calls, …
    std::string percent, seconds, each;
    uint64_t calls = 0;
    fields >> percent >> seconds >> each >> calls;
    return calls;
  }
  return 0;
}

}  // namespace muster::bench
