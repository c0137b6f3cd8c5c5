// muster status: what became of jobs; with --wait, once they have ended.
#include <optional>

#include "cli/exec_result.h"
#include "cli/exit_code.h"
#include "cli/job_table.h"
#include "cli/remote.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

class StatusVerb : public Verb {
 public:
  std::string name() const override { return "status"; }
  std::string summary() const override { return "show jobs, or wait for their end"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS] ID…";
    flags->about =
        "One job is shown at length on a terminal, several as a table. With --wait it exits with "
        "0 if all of them completed, 1 if one did not, 124 when the time is up.";
    flags->add_switch("--wait", "until all have ended", &wait_);
    flags->add("--timeout", "DURATION", "with --wait: at most so long", duration_into(&timeout_));
    flags->add_switch("--exit-code", "with --wait and one ID: exit with the job's own code",
                      &own_code_);
    remote_.declare(flags);
    flags->words = {.value = "ID", .least = 1, .most = SIZE_MAX, .into = &ids_};
    flags->examples = {"muster status job1", "muster status --wait --timeout 5m job1 job2",
                       "muster status --wait --exit-code job1",
                       "muster status -o json job1 | jq .result"};
  }

  std::string check() override {
    if (timeout_ && !wait_) return "--timeout goes with --wait";
    if (own_code_ && (!wait_ || ids_.size() != 1)) return "--exit-code goes with --wait and one ID";
    return {};
  }

  int run(Terminal& terminal) override {
    client::Client client = remote_.client(terminal);
    const auto begin = client::Clock::now();
    std::vector<client::JobInfo> jobs;
    int code = kOk;
    for (const std::string& id : ids_) {
      auto job = wait_ ? client.wait(id, left_since(begin)) : client.status(id);
      if (job) {
        jobs.push_back(*std::move(job));
        continue;
      }
      const int failed = remote_.complain(terminal, job.failure(), id + ": ");
      if (code == kOk) code = failed;
      // Only what is said about this job leaves hope for the next.
      if (job.failure().kind != client::FailureKind::kRefused) break;
    }
    print_jobs(terminal, remote_.format(), jobs, ids_.size() == 1);
    return code != kOk || !wait_ ? code : verdict(terminal, jobs);
  }

 private:
  std::optional<client::Milliseconds> left_since(client::Deadline begin) const {
    if (!timeout_) return std::nullopt;
    const auto spent = std::chrono::floor<client::Milliseconds>(client::Clock::now() - begin);
    return std::max(*timeout_ - spent, client::Milliseconds{0});
  }

  int verdict(Terminal& terminal, const std::vector<client::JobInfo>& jobs) const {
    size_t unended = 0;
    bool all_completed = true;
    for (const client::JobInfo& job : jobs) {
      unended += job.ended() ? 0 : 1;
      all_completed = all_completed && job.state == "completed";
    }
    if (unended > 0) {
      terminal.complain(std::to_string(unended) + " of " + std::to_string(jobs.size()) +
                        " jobs had not ended within --timeout");
      return kWaitTimedOut;
    }
    if (own_code_) return exit_code_of(jobs.front());
    return all_completed ? kOk : kFailed;
  }

  Remote remote_;
  bool wait_ = false;
  bool own_code_ = false;
  std::optional<client::Milliseconds> timeout_;
  std::vector<std::string> ids_;
};

}  // namespace

std::unique_ptr<Verb> make_status() { return std::make_unique<StatusVerb>(); }

}  // namespace muster::cli
