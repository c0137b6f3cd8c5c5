// muster queues: every queue with its jobs by state.
#include "cli/duration_text.h"
#include "cli/exit_code.h"
#include "cli/remote.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

class QueuesVerb : public Verb {
 public:
  std::string name() const override { return "queues"; }
  std::string summary() const override { return "list queues and what is in them"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS]";
    flags->about = "OLDEST is the age of the job that has been ready longest.";
    remote_.declare(flags);
    flags->examples = {"muster queues", "muster queues -o json | jq -c .jobs"};
  }

  int run(Terminal& terminal) override {
    client::Client client = remote_.client(terminal);
    const auto queues = client.queues();
    if (!queues) return remote_.complain(terminal, queues.failure());
    if (queues->empty()) terminal.hint("no queues yet; the first job makes one");
    if (remote_.format() == Format::kJson) {
      for (const client::QueueInfo& queue : *queues) terminal.out_line(queue.json);
      return kOk;
    }
    constexpr auto kRight = Table::Align::kRight;
    Table table({{.title = "QUEUE", .yields = 1},
                 {.title = "READY", .align = kRight},
                 {.title = "SCHEDULED", .align = kRight},
                 {.title = "RUNNING", .align = kRight},
                 {.title = "COMPLETED", .align = kRight},
                 {.title = "DEAD", .align = kRight},
                 {.title = "CANCELLED", .align = kRight},
                 {.title = "OLDEST", .align = kRight},
                 {.title = "STATE"}});
    for (const client::QueueInfo& queue : *queues) {
      const client::JobCounts& jobs = queue.jobs;
      table.add({queue.name, std::to_string(jobs.ready), std::to_string(jobs.scheduled),
                 std::to_string(jobs.running), std::to_string(jobs.completed),
                 std::to_string(jobs.dead), std::to_string(jobs.cancelled),
                 queue.oldest_ready ? duration_text(*queue.oldest_ready) : "",
                 queue.paused ? "paused" : "open"});
    }
    terminal.table(table, remote_.format());
    return kOk;
  }

 private:
  Remote remote_;
};

}  // namespace

std::unique_ptr<Verb> make_queues() { return std::make_unique<QueuesVerb>(); }

}  // namespace muster::cli
