// muster submit: queues one job, or with `-` one per line of stdin.
#include "cli/exit_code.h"
#include "cli/job_flags.h"
#include "cli/remote.h"
#include "cli/submit_stream.h"
#include "cli/verbs.h"
#include "protocol/json_writer.h"

namespace muster::cli {

namespace {

class SubmitVerb : public Verb {
 public:
  std::string name() const override { return "submit"; }
  std::string summary() const override { return "queue a job, or many; prints their ids"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS] -- COMMAND [ARG…] | --sleep S | --type NAME | -";
    flags->about =
        "The command is run as it stands, without a shell. With `-` each line of stdin is a job, "
        "a JSON object with the fields of docs/protocol.md; lines that are refused are named on "
        "stderr, the others go their way.";
    job_.declare_common(flags);
    job_.declare_submit(flags);
    remote_.declare(flags);
    flags->words = {.value = "-", .least = 0, .most = 1, .into = &words_};
    flags->command = &job_.job().command;
    flags->examples = {"muster submit -- convert in.png out.jpg",
                       "muster submit --queue mail --delay 10m --retries 2 -- send-mail 42",
                       "muster submit --sleep 5 --id job1",
                       "muster submit --type resize --payload '{\"width\":80}'",
                       "jq -c '.[]' jobs.json | muster submit -"};
  }

  std::string check() override {
    client::NewJob& job = job_.job();
    if (!words_.empty() && words_[0] != "-") {
      return "unexpected `" + words_[0] + "`; put `--` before the command: -- " + words_[0] + " …";
    }
    const int kinds = (words_.empty() ? 0 : 1) + (job.command.empty() ? 0 : 1) +
                      (job.duration ? 1 : 0) + (job.job_type.empty() ? 0 : 1);
    if (kinds == 0) return "nothing to do; give -- COMMAND, --sleep, --type or - (jobs from stdin)";
    if (kinds > 1) return "give only one of -- COMMAND, --sleep, --type and -";
    std::string complaint = job_.check();
    if (complaint.empty() && !words_.empty() && !is_bare(job)) {
      complaint = "with `-` the fields of a job stand in its line; only --server and -o go with it";
    }
    return complaint;
  }

  int run(Terminal& terminal) override {
    if (!words_.empty()) return submit_stream(terminal, remote_, StreamSource::stdin_of_process());
    client::Client client = remote_.client(terminal);
    const auto submitted = client.submit(job_.job());
    if (!submitted) return remote_.complain(terminal, submitted.failure());
    print_submitted(terminal, remote_.format(), *submitted);
    if (submitted->duplicate) terminal.hint("this job was there already; nothing has changed");
    return kOk;
  }

 private:
  static bool is_bare(const client::NewJob& job) {
    return job.id.empty() && job.queue.empty() && job.payload.empty() && job.tags.empty() &&
           !job.priority && !job.delay && !job.run_at && !job.timeout && !job.deadline &&
           !job.max_attempts && !job.max_lost;
  }

  Remote remote_;
  JobFlags job_;
  std::vector<std::string> words_;
};

}  // namespace

std::unique_ptr<Verb> make_submit() { return std::make_unique<SubmitVerb>(); }

}  // namespace muster::cli
