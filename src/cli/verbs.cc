#include "cli/verbs.h"

#include <utility>

namespace muster::cli {

VerbList all_verbs(Daemons daemons) {
  VerbList verbs;
  verbs.push_back(make_server(std::move(daemons.server)));
  verbs.push_back(make_worker(std::move(daemons.worker)));
  verbs.push_back(make_dev());
  verbs.push_back(make_submit());
  verbs.push_back(make_run());
  verbs.push_back(make_status());
  verbs.push_back(make_list());
  verbs.push_back(make_cancel());
  verbs.push_back(make_retry());
  verbs.push_back(make_delete());
  verbs.push_back(make_queues());
  verbs.push_back(make_workers());
  verbs.push_back(make_stats());
  verbs.push_back(make_pause());
  verbs.push_back(make_resume());
  verbs.push_back(make_version());
  return verbs;
}

}  // namespace muster::cli
