// muster run: like running the command here, but on a worker: its output, its exit code.
#include <optional>
#include <utility>

#include "cli/exec_result.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/job_flags.h"
#include "cli/remote.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

class RunVerb : public Verb {
 public:
  std::string name() const override { return "run"; }
  std::string summary() const override {
    return "run a command on a worker: its output, its exit code";
  }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS] -- COMMAND [ARG…]";
    flags->about =
        "Submits the command with one attempt, waits, prints what it wrote and exits with its own "
        "code (128 + n after signal n). Of long output the head and the tail are kept. Ctrl-C "
        "cancels the job; a second one leaves it.";
    job_.declare_common(flags);
    remote_.declare(flags);
    flags->command = &job_.job().command;
    flags->examples = {"muster run -- echo hello", "muster run --queue gpu -- python3 train.py",
                       "muster run -- sh -c 'exit 3'; echo $?"};
  }

  std::string check() override {
    if (job_.job().command.empty()) return "the command is missing; give -- COMMAND [ARG…]";
    return job_.check();
  }

  int run(Terminal& terminal) override {
    client::NewJob job = job_.job();
    job.max_attempts = 1;
    if (job.id.empty()) job.id = client::random_job_id();
    interrupt_.emplace();
    client::Client client = remote_.client(terminal, &interrupt_->waker());
    const auto submitted = client.submit(job);
    if (!submitted) {
      const int code = remote_.complain(terminal, submitted.failure());
      // Its answer may have been lost on the way.
      if (submitted.failure().kind == client::FailureKind::kInterrupted) {
        terminal.hint("whether job " + job.id + " was submitted is not known");
      }
      return code;
    }
    while (true) {
      auto ended = client.wait(job.id);
      if (ended) return report(terminal, *ended);
      if (ended.failure().kind != client::FailureKind::kInterrupted) {
        return remote_.complain(terminal, ended.failure());
      }
      if (const int left = cancel(terminal, client, job.id); left != kOk) return left;
    }
  }

 private:
  // The first Ctrl-C: kOk, wait on. The second: leave.
  int cancel(Terminal& terminal, client::Client& client, const std::string& id) {
    const int leaving = kSignalBase + interrupt_->signal();
    if (std::exchange(cancelled_, true)) {
      terminal.complain("left; `muster status --wait " + id + "` follows the job");
      return leaving;
    }
    interrupt_->clear();
    terminal.complain("cancelling job " + id + "; Ctrl-C again leaves it");
    const auto outcomes = client.cancel({&id, 1});
    if (!outcomes) return remote_.complain(terminal, outcomes.failure());
    // It may have ended just now: waiting tells.
    return kOk;
  }

  int report(Terminal& terminal, const client::JobInfo& job) {
    const auto result = read_exec_result(job.result);
    if (remote_.format() == Format::kJson) {
      terminal.out_line(job.json);
    } else if (result) {
      print(terminal, result->out, "stdout", [&](auto text) { terminal.out(text); });
      print(terminal, result->err, "stderr", [&](auto text) { terminal.err(text); });
    }
    const int code = exit_code_of(job);
    const bool own = result && (result->exit_code || result->signal);
    if (job.state == "cancelled") {
      terminal.complain("job " + job.id + " was cancelled");
      return cancelled_ ? kSignalBase + interrupt_->signal() : code;
    }
    if (job.state == "dead" && !own) complain_dead(terminal, job);
    return code;
  }

  static void complain_dead(Terminal& terminal, const client::JobInfo& job) {
    std::string text = "job " + job.id + " gave up (" + job.reason + ")";
    if (!job.history.empty()) {
      const client::AttemptInfo& last = job.history.back();
      text += ": " + (last.error.empty() ? "attempt " + last.outcome : last.error);
    }
    terminal.complain(text);
  }

  template <class Write>
  static void print(Terminal& terminal, const CapturedStream& stream, const char* name,
                    Write write) {
    write(stream.head);
    if (stream.dropped > 0) {
      if (!stream.head.ends_with('\n')) write("\n");
      terminal.complain(std::to_string(stream.dropped) + " bytes of " + name +
                        " were not kept; what follows is its end");
    }
    write(stream.tail);
  }

  Remote remote_;
  JobFlags job_;
  std::optional<Interrupt> interrupt_;  // from run() on
  bool cancelled_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_run() { return std::make_unique<RunVerb>(); }

}  // namespace muster::cli
