// muster pause and muster resume: a queue keeps taking jobs, and gives none out meanwhile.
#include "cli/exit_code.h"
#include "cli/remote.h"
#include "cli/verbs.h"
#include "protocol/json_writer.h"

namespace muster::cli {

namespace {

class PauseVerb : public Verb {
 public:
  explicit PauseVerb(bool pauses) : pauses_(pauses) {}

  std::string name() const override { return pauses_ ? "pause" : "resume"; }
  std::string summary() const override {
    return pauses_ ? "let queues give out no jobs" : "let paused queues give out jobs again";
  }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS] QUEUE…";
    if (pauses_) flags->about = "Running jobs run on, new ones are taken. It outlives restarts.";
    remote_.declare(flags);
    flags->words = {.value = "QUEUE", .least = 1, .most = SIZE_MAX, .into = &queues_};
    flags->examples = {"muster " + name() + " mail"};
  }

  int run(Terminal& terminal) override {
    client::Client client = remote_.client(terminal);
    Table table({{.title = "QUEUE", .yields = 1}, {.title = "STATE"}});
    int code = kOk;
    for (const std::string& queue : queues_) {
      const auto done = pauses_ ? client.pause(queue) : client.resume(queue);
      if (!done) {
        const int failed = remote_.complain(terminal, done.failure(), queue + ": ");
        if (code == kOk) code = failed;
        if (done.failure().kind != client::FailureKind::kRefused) break;
      } else if (remote_.format() == Format::kJson) {
        std::string line;
        protocol::JsonWriter(&line)
            .begin_object()
            .member("queue", queue)
            .member("paused", pauses_)
            .end_object();
        terminal.out_line(line);
      } else {
        table.add({queue, pauses_ ? "paused" : "open"});
      }
    }
    terminal.table(table, remote_.format());
    return code;
  }

 private:
  const bool pauses_;
  Remote remote_;
  std::vector<std::string> queues_;
};

}  // namespace

std::unique_ptr<Verb> make_pause() { return std::make_unique<PauseVerb>(true); }
std::unique_ptr<Verb> make_resume() { return std::make_unique<PauseVerb>(false); }

}  // namespace muster::cli
