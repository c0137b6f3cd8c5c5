// muster cancel: stops jobs; they are never tried again.
#include "cli/act_on_jobs.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

class CancelVerb : public ActVerb {
 public:
  std::string name() const override { return "cancel"; }
  std::string summary() const override { return "stop jobs, waiting or running"; }

 protected:
  std::string about() const override {
    return "A waiting job is cancelled at once. A running one is told to end (TERM, then KILL "
           "after the worker's grace) and is `running` until it has; if it completes first, it "
           "has completed.";
  }
  std::vector<std::string> examples() const override {
    return {"muster cancel job1 job2",
            "muster list --state ready --all -o json | jq -r .job_id | xargs muster cancel"};
  }
  Outcomes act(client::Client& client, const std::vector<std::string>& ids) override {
    return client.cancel(ids);
  }
  std::string said(const client::Acted& acted) const override {
    if (acted.state == "running") return "cancelling";
    return acted.duplicate ? "was cancelled already" : "cancelled";
  }
};

}  // namespace

std::unique_ptr<Verb> make_cancel() { return std::make_unique<CancelVerb>(); }

}  // namespace muster::cli
