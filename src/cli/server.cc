// muster server: the queue server. Its values are checked by the server itself.
#include <utility>

#include "cli/verbs.h"

namespace muster::cli {

namespace {

class ServerVerb : public Verb {
 public:
  explicit ServerVerb(RunServer run) : run_(std::move(run)) {}

  std::string name() const override { return "server"; }
  std::string summary() const override { return "run the queue server"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS]";
    flags->about =
        "Keeps jobs in the data directory and hands them to workers. Prints its address once it "
        "listens. SIGTERM or Ctrl-C stops it; nothing is lost.";
    flags->add("--listen", "HOST:PORT", "default 127.0.0.1:8080; port 0 takes a free one",
               text_into(&flags_.listen));
    flags->add("--data", "DIR", "where the jobs are kept (default ./muster-data)",
               text_into(&flags_.data));
    flags->add("--durability", "MODE",
               "sync: on disk before the answer (default); async: soon after; memory: never",
               text_into(&flags_.durability));
    flags->add("--sync-interval", "MS", "with async: at most so many milliseconds after",
               text_into(&flags_.sync_interval));
    flags->add("--max-line", "BYTES", "longest request (default 1 MiB)",
               text_into(&flags_.max_line));
    flags->add("--job-memory", "MIB",
               "ids and bodies kept; beyond it jobs are refused as queue_full",
               text_into(&flags_.job_memory));
    flags->add_switch("--insecure", "listen beyond this machine without authentication",
                      &flags_.insecure);
    flags->examples = {"muster server", "muster server --listen 127.0.0.1:0 --data /var/lib/muster",
                       "muster server --durability memory"};
  }

  int run(Terminal&) override { return run_(flags_); }

 private:
  RunServer run_;
  ServerFlags flags_;
};

}  // namespace

std::unique_ptr<Verb> make_server(RunServer run) {
  return std::make_unique<ServerVerb>(std::move(run));
}

}  // namespace muster::cli
