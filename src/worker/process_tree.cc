#include "worker/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <memory>
#include <string>
#include <unordered_map>

#include "worker/unique_fd.h"

namespace muster::worker {
namespace {

// In the text behind the command's name: state, parent, … and the start time as the 20th word.
constexpr size_t kStateWord = 0;
constexpr size_t kParentWord = 1;
constexpr size_t kStartWord = 19;

template <class T>
bool parse_number(std::string_view word, T* value) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), *value);
  return error == std::errc() && end == word.data() + word.size();
}

}  // namespace

std::optional<Process> parse_stat(std::string_view line) {
  // The command's name stands in brackets and may itself contain spaces and brackets.
  const size_t open = line.find(" (");
  const size_t close = line.rfind(") ");
  if (open == line.npos || close == line.npos || close < open) return std::nullopt;
  Process process;
  if (!parse_number(line.substr(0, open), &process.pid)) return std::nullopt;
  std::string_view rest = line.substr(close + 2);
  for (size_t number = 0; number <= kStartWord; ++number) {
    const size_t space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    if (word.empty()) return std::nullopt;
    if (number == kStateWord) process.state = word[0];
    if (number == kParentWord && !parse_number(word, &process.parent)) return std::nullopt;
    if (number == kStartWord && !parse_number(word, &process.start_ticks)) return std::nullopt;
    if (space == rest.npos && number < kStartWord) return std::nullopt;
    rest.remove_prefix(space == rest.npos ? rest.size() : space + 1);
  }
  return process;
}

std::optional<Process> read_process(pid_t pid) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char line[1024];
  const ssize_t size = file ? ::read(file.get(), line, sizeof line) : -1;
  if (size <= 0) return std::nullopt;
  return parse_stat({line, static_cast<size_t>(size)});
}

std::vector<Process> all_processes() {
  std::vector<Process> processes;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) return processes;
  while (const dirent* entry = ::readdir(proc.get())) {
    pid_t pid = 0;
    if (!parse_number(entry->d_name, &pid)) continue;
    if (const auto process = read_process(pid)) processes.push_back(*process);
  }
  return processes;
}

std::vector<Process> descendants(const std::vector<Process>& processes, pid_t root) {
  std::unordered_multimap<pid_t, const Process*> children;
  for (const Process& process : processes) children.emplace(process.parent, &process);
  std::vector<Process> found;
  std::vector<pid_t> parents = {root};
  while (!parents.empty()) {
    const auto [begin, end] = children.equal_range(parents.back());
    parents.pop_back();
    for (auto child = begin; child != end; ++child) {
      if (child->second->alive()) found.push_back(*child->second);
      parents.push_back(child->second->pid);
    }
    children.erase(begin, end);  // a list read while processes come and go may contain a circle
  }
  return found;
}

void signal_process(const Process& process, int signal) {
  // The descriptor pins whoever has the pid now; only then is it compared with whom we mean.
  // (System calls: glibc 2.36 declares its wrappers without C linkage.)
  const UniqueFd descriptor(static_cast<int>(::syscall(SYS_pidfd_open, process.pid, 0)));
  const bool gone = !descriptor && errno == ESRCH;
  const auto now = gone ? std::nullopt : read_process(process.pid);
  if (!now || now->start_ticks != process.start_ticks) return;
  if (descriptor) {
    ::syscall(SYS_pidfd_send_signal, descriptor.get(), signal, nullptr, 0);
  } else {
    ::kill(process.pid, signal);
  }
}

size_t signal_descendants(pid_t root, int signal) {
  const std::vector<Process> tree = descendants(all_processes(), root);
  for (const Process& process : tree) signal_process(process, signal);
  return tree.size();
}

}  // namespace muster::worker
