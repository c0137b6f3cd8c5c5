// muster dev: a server and workers in the foreground, to try things out. They are processes of
// their own, so that they can be killed one by one to see what happens: workers come back by
// themselves.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <optional>
#include <utility>

#include "cli/children.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

constexpr std::string_view kAnnounced = "muster server listening on ";
constexpr time_t kRestartAfterSeconds = 1;

// What `dev` was told; what goes on goes on as flags of the others.
struct DevFlags {
  std::optional<std::string> listen;
  std::optional<std::string> data;
  std::optional<std::string> durability;
  std::vector<std::string> queues;
  uint32_t workers = 2;
  uint32_t concurrency = 2;
};

class Household {
 public:
  Household(Terminal& terminal, const DevFlags& flags) : terminal_(terminal), flags_(flags) {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGCHLD}) sigaddset(&signals_, signal);
    ::sigprocmask(SIG_BLOCK, &signals_, nullptr);
  }
  ~Household() {
    for (const Child& child : children_) {
      if (child.out >= 0) ::close(child.out);
    }
  }
  Household(const Household&) = delete;
  Household& operator=(const Household&) = delete;

  int run() {
    if (!start_server()) {
      stop();
      return kFailed;
    }
    for (uint32_t i = 1; i <= flags_.workers; ++i) start_worker(fmt::format("dev-{}", i));
    terminal_.out_line("muster dev: server at " + address_ + ", " + std::to_string(flags_.workers) +
                       " workers; Ctrl-C stops them");
    const int code = watch();
    stop();
    return code;
  }

 private:
  bool start_server() {
    std::vector<std::string> words = {"server"};
    const auto pass = [&words](const char* flag, const std::optional<std::string>& value) {
      if (value) words.insert(words.end(), {flag, *value});
    };
    pass("--listen", flags_.listen);
    pass("--data", flags_.data);
    pass("--durability", flags_.durability);
    children_.push_back(start_child("server", words, true));
    const std::string line = read_line(children_.back());
    if (!line.starts_with(kAnnounced)) return false;  // it has said why on stderr
    address_ = line.substr(kAnnounced.size());
    return true;
  }

  void start_worker(const std::string& id) {
    std::vector<std::string> words = {"worker",
                                      "--server",
                                      address_,
                                      "--id",
                                      id,
                                      "--drain-timeout",
                                      "3s",
                                      "--concurrency",
                                      std::to_string(flags_.concurrency)};
    for (const std::string& queue : flags_.queues) {
      words.insert(words.end(), {"--queue", queue});
    }
    children_.push_back(start_child(id, words, false));
  }

  // Until a signal says stop, or the server has ended; workers that end are started again.
  int watch() {
    while (true) {
      siginfo_t info = {};
      const int signal = ::sigwaitinfo(&signals_, &info);
      if (signal == SIGINT || signal == SIGTERM) return kOk;
      for (const Child& ended : reap()) {
        if (ended.name == "server") {
          terminal_.complain("the server has ended");
          return kFailed;
        }
        terminal_.complain("worker " + ended.name + " has ended; starting it again");
        if (pause()) return kOk;
        start_worker(ended.name);
      }
    }
  }

  // A worker that cannot live must not be started in a circle. True: a signal says stop.
  bool pause() const {
    sigset_t ends = signals_;
    sigdelset(&ends, SIGCHLD);
    const timespec second = {.tv_sec = kRestartAfterSeconds, .tv_nsec = 0};
    return ::sigtimedwait(&ends, nullptr, &second) > 0;
  }

  // Takes those that have ended out of children_.
  std::vector<Child> reap() {
    std::vector<Child> ended;
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
      for (auto child = children_.begin(); child != children_.end(); ++child) {
        if (child->pid != pid) continue;
        ended.push_back(std::move(*child));
        children_.erase(child);
        break;
      }
    }
    return ended;
  }

  // Workers first, so that they can hand their jobs back; then the server. A second Ctrl-C kills.
  void stop() {
    signal_all("dev-", SIGTERM);
    await_end("dev-");
    signal_all("server", SIGTERM);
    await_end("server");
  }

  void signal_all(std::string_view prefix, int signal) const {
    for (const Child& child : children_) {
      if (child.pid > 0 && child.name.starts_with(prefix)) ::kill(child.pid, signal);
    }
  }

  bool any(std::string_view prefix) const {
    for (const Child& child : children_) {
      if (child.pid > 0 && child.name.starts_with(prefix)) return true;
    }
    return false;
  }

  void await_end(std::string_view prefix) {
    while (true) {
      for (const Child& ended : reap()) {
        if (ended.out >= 0) ::close(ended.out);
      }
      if (!any(prefix)) return;
      const int signal = ::sigwaitinfo(&signals_, nullptr);
      if (signal == SIGINT || signal == SIGTERM) signal_all("", SIGKILL);
    }
  }

  Terminal& terminal_;
  const DevFlags& flags_;
  sigset_t signals_;
  std::vector<Child> children_;
  std::string address_;
};

class DevVerb : public Verb {
 public:
  std::string name() const override { return "dev"; }
  std::string summary() const override { return "run a server and workers in the foreground"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS]";
    flags->about =
        "For trying things out on one machine. Each is a process of its own: kill a worker and "
        "see its jobs go to another one. Ctrl-C stops all, a second one at once.";
    flags->add("--listen", "HOST:PORT", "of the server (default 127.0.0.1:8080)",
               text_into(&flags_.listen));
    flags->add("--data", "DIR", "of the server (default ./muster-data)", text_into(&flags_.data));
    flags->add("--durability", "MODE", "of the server: sync (default), async or memory",
               text_into(&flags_.durability));
    flags->add("--workers", "N", "how many (default 2)", number_into(&flags_.workers, 0, 100));
    flags->add("--concurrency", "N", "jobs at a time of each worker (default 2)",
               number_into(&flags_.concurrency, 1, 1024));
    flags->add_repeated("--queue", "NAME", "of the workers (default: default); may be repeated",
                        list_into(&flags_.queues));
    flags->examples = {"muster dev", "muster dev --workers 4 --durability memory"};
  }

  int run(Terminal& terminal) override { return Household(terminal, flags_).run(); }

 private:
  DevFlags flags_;
};

}  // namespace

std::unique_ptr<Verb> make_dev() { return std::make_unique<DevVerb>(); }

}  // namespace muster::cli
