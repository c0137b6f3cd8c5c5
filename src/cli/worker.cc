// muster worker: takes jobs from a server and runs them.
#include <utility>

#include "cli/remote.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

constexpr uint32_t kMostAtOnce = 1024;

class WorkerVerb : public Verb {
 public:
  explicit WorkerVerb(RunWorker run) : run_(std::move(run)) {}

  std::string name() const override { return "worker"; }
  std::string summary() const override { return "run jobs"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS]";
    flags->about =
        "Runs commands (without a shell) and `sleep` jobs. SIGTERM or Ctrl-C takes no new jobs, "
        "lets the running ones end within --drain-timeout, and hands the rest back.";
    remote_.declare_server(flags);
    flags->add_repeated("--queue", "NAME",
                        "take jobs from it (default: default); may be repeated, the first that "
                        "has work is served",
                        list_into(&flags_.queues));
    flags->add("--concurrency", "N", "jobs at a time (default 1)",
               number_into(&flags_.concurrency, 1, kMostAtOnce));
    flags->add("--id", "NAME", "names the worker (default HOSTNAME-PID)", text_into(&flags_.id));
    flags->add("--drain-timeout", "DURATION", "when stopping, for what runs (default 30s)",
               duration_into(&flags_.drain_timeout));
    flags->add("--grace", "DURATION", "between TERM and KILL of a job that must end (default 10s)",
               duration_into(&flags_.grace));
    flags->add("--log", "FILE", "append a line per job that starts or ends",
               text_into(&flags_.log));
    flags->examples = {"muster worker --concurrency 4",
                       "muster worker --queue urgent --queue default --id build-1",
                       "muster worker --server queue.example:8080 --drain-timeout 5m"};
  }

  std::string check() override {
    const auto address = client::Address::parse(remote_.server());
    return address ? "" : address.failure().message;
  }

  int run(Terminal&) override {
    flags_.server = remote_.server();
    return run_(flags_);
  }

 private:
  RunWorker run_;
  Remote remote_;
  WorkerFlags flags_;
};

}  // namespace

std::unique_ptr<Verb> make_worker(RunWorker run) {
  return std::make_unique<WorkerVerb>(std::move(run));
}

}  // namespace muster::cli
