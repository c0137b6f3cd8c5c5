// muster workers: who takes jobs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/duration_text.h"
#include "cli/exit_code.h"
#include "cli/remote.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

class WorkersVerb : public Verb {
 public:
  std::string name() const override { return "workers"; }
  std::string summary() const override { return "list workers and how busy they are"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS]";
    flags->about = "SEEN is the time since the last heartbeat.";
    remote_.declare(flags);
    flags->examples = {"muster workers", "muster workers -o json | jq -r .host | sort | uniq -c"};
  }

  int run(Terminal& terminal) override {
    client::Client client = remote_.client(terminal);
    const auto workers = client.workers();
    if (!workers) return remote_.complain(terminal, workers.failure());
    if (workers->empty()) terminal.hint("no workers; `muster worker` starts one");
    if (remote_.format() == Format::kJson) {
      for (const client::WorkerInfo& worker : *workers) terminal.out_line(worker.json);
      return kOk;
    }
    Table table({{.title = "WORKER", .yields = 1},
                 {.title = "STATE"},
                 {.title = "BUSY", .align = Table::Align::kRight},
                 {.title = "SEEN", .align = Table::Align::kRight},
                 {.title = "HOST", .yields = 2},
                 {.title = "PID", .align = Table::Align::kRight},
                 {.title = "QUEUES", .yields = 2},
                 {.title = "TYPES", .yields = 2}});
    for (const client::WorkerInfo& worker : *workers) {
      table.add({worker.id, worker.state, fmt::format("{}/{}", worker.running, worker.concurrency),
                 worker.since_heartbeat ? duration_text(*worker.since_heartbeat) : "", worker.host,
                 std::to_string(worker.pid), fmt::format("{}", fmt::join(worker.queues, ",")),
                 fmt::format("{}", fmt::join(worker.job_types, ","))});
    }
    terminal.table(table, remote_.format());
    return kOk;
  }

 private:
  Remote remote_;
};

}  // namespace

std::unique_ptr<Verb> make_workers() { return std::make_unique<WorkersVerb>(); }

}  // namespace muster::cli
