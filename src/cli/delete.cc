// muster delete: forgets jobs.
#include "cli/act_on_jobs.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

class DeleteVerb : public ActVerb {
 public:
  std::string name() const override { return "delete"; }
  std::string summary() const override { return "remove jobs with their results and history"; }

 protected:
  std::string about() const override {
    return "A running job cannot be deleted: cancel it first. Jobs that ended are removed by "
           "themselves after a while.";
  }
  std::vector<std::string> examples() const override { return {"muster delete job1 job2"}; }
  Outcomes act(client::Client& client, const std::vector<std::string>& ids) override {
    return client.remove(ids);
  }
  std::string said(const client::Acted&) const override { return "deleted"; }
};

}  // namespace

std::unique_ptr<Verb> make_delete() { return std::make_unique<DeleteVerb>(); }

}  // namespace muster::cli
