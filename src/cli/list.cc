// muster list: the jobs that are kept, oldest first.
#include <algorithm>
#include <array>

#include "cli/exit_code.h"
#include "cli/job_table.h"
#include "cli/remote.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

constexpr uint32_t kPage = 1000;
constexpr std::array<std::string_view, 6> kStates = {"scheduled", "ready", "running",
                                                     "completed", "dead",  "cancelled"};

class ListVerb : public Verb {
 public:
  std::string name() const override { return "list"; }
  std::string summary() const override { return "list jobs, in the order of their submission"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS]";
    flags->add("--queue", "NAME", "only of this queue", text_into(&query_.queue));
    flags->add("--state", "STATE", "only scheduled, ready, running, completed, dead or cancelled",
               [this](const std::string& text) -> std::string {
                 if (std::find(kStates.begin(), kStates.end(), text) == kStates.end()) {
                   return "one of scheduled, ready, running, completed, dead and cancelled";
                 }
                 query_.state = text;
                 return {};
               });
    flags->add("--limit", "N", "at most so many (default 100)",
               number_into(&limit_, 1, UINT32_MAX));
    flags->add_switch("--all", "all there are", &all_);
    remote_.declare(flags);
    flags->examples = {"muster list --state dead", "muster list --queue mail --limit 20",
                       "muster list --all -o json | jq -r .job_id"};
  }

  std::string check() override {
    return all_ && limit_ ? "--all and --limit exclude each other; give one" : "";
  }

  // Each page is printed as it comes: columns fit their page, and nothing piles up in memory.
  int run(Terminal& terminal) override {
    client::Client client = remote_.client(terminal);
    const uint64_t most = all_ ? UINT64_MAX : limit_.value_or(100);
    uint64_t shown = 0;
    do {
      query_.limit = static_cast<uint32_t>(std::min<uint64_t>(kPage, most - shown));
      const auto page = client.list(query_);
      if (!page) return remote_.complain(terminal, page.failure());
      print_jobs(terminal, remote_.format(), page->jobs, false);
      shown += page->jobs.size();
      query_.after = page->next;
    } while (query_.after != 0 && shown < most && !terminal.closed());
    if (shown == 0) terminal.hint("no jobs");
    if (query_.after != 0 && !all_) {
      terminal.hint("there are more; --all or --limit N shows them");
    }
    return kOk;
  }

 private:
  Remote remote_;
  client::ListQuery query_;
  std::optional<uint32_t> limit_;
  bool all_ = false;
};

}  // namespace

std::unique_ptr<Verb> make_list() { return std::make_unique<ListVerb>(); }

}  // namespace muster::cli
