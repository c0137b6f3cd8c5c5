// muster retry: brings jobs back that gave up or were cancelled.
#include "cli/act_on_jobs.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

class RetryVerb : public ActVerb {
 public:
  std::string name() const override { return "retry"; }
  std::string summary() const override { return "bring back dead or cancelled jobs"; }

 protected:
  std::string about() const override {
    return "They wait again, at the end of their queue, with all their attempts. A job that waits "
           "for its next try is tried at once.";
  }
  std::vector<std::string> examples() const override {
    return {"muster retry job1",
            "muster list --state dead --all -o json | jq -r .job_id | xargs muster retry"};
  }
  Outcomes act(client::Client& client, const std::vector<std::string>& ids) override {
    return client.retry(ids);
  }
  std::string said(const client::Acted& acted) const override {
    return acted.duplicate ? "was waiting already" : "waits again";
  }
};

}  // namespace

std::unique_ptr<Verb> make_retry() { return std::make_unique<RetryVerb>(); }

}  // namespace muster::cli
