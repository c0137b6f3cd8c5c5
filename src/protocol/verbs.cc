#include "protocol/verbs.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "protocol/verb_fields.h"

namespace muster::protocol {
namespace {

constexpr std::array kVerbs = {
    Verb{"hello", &kHelloFields, read_hello},
    Verb{"submit_job", &kJobFields, read_submit_job},
    Verb{"submit_jobs", &kSubmitJobsFields, read_submit_jobs},
    Verb{"request_job", &kRequestJobFields, read_request_job},
    Verb{"consume", &kConsumeFields, read_consume},
    Verb{"job_complete", &kJobCompleteFields, read_job_complete},
    Verb{"jobs_complete", &kJobsCompleteFields, read_jobs_complete},
    Verb{"job_failed", &kJobFailedFields, read_job_failed},
    Verb{"job_release", &kJobReleaseFields, read_job_release},
    Verb{"job_extend", &kJobExtendFields, read_job_extend},
    Verb{"register_worker", &kRegisterWorkerFields, read_register_worker},
    Verb{"heartbeat", &kHeartbeatFields, read_heartbeat},
    Verb{"job_status", &kJobStatusFields, read_job_status},
    Verb{"wait_job", &kWaitJobFields, read_wait_job},
    Verb{"list_jobs", &kListJobsFields, read_list_jobs},
    Verb{"cancel_job", &kActOnJobsFields, read_cancel_job},
    Verb{"retry_job", &kActOnJobsFields, read_retry_job},
    Verb{"delete_job", &kActOnJobsFields, read_delete_job},
    Verb{"queue_pause", &kQueueFields, read_queue_pause},
    Verb{"queue_resume", &kQueueFields, read_queue_resume},
    Verb{"stats", &kBareFields, read_stats},
    Verb{"list_queues", &kBareFields, read_list_queues},
    Verb{"list_workers", &kBareFields, read_list_workers},
};

// The same names, to be found by hash; in the order of kVerbs.
constexpr FieldTable kVerbNames({"hello",       "submit_job",   "submit_jobs",     "request_job",
                                 "consume",     "job_complete", "jobs_complete",   "job_failed",
                                 "job_release", "job_extend",   "register_worker", "heartbeat",
                                 "job_status",  "wait_job",     "list_jobs",       "cancel_job",
                                 "retry_job",   "delete_job",   "queue_pause",     "queue_resume",
                                 "stats",       "list_queues",  "list_workers"});

constexpr bool names_are_in_order() {
  if (kVerbNames.size() != kVerbs.size()) return false;
  for (size_t i = 0; i < kVerbs.size(); ++i) {
    if (kVerbNames.name(i) != kVerbs[i].name) return false;
  }
  return true;
}
static_assert(names_are_in_order());

// How many single edits (insert, drop, replace) lead from one text to the other.
size_t edits(std::string_view from, std::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < to.size(); ++j) {
      const size_t replaced = diagonal + (from[i] == to[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

const Verb* find_verb(std::string_view name) {
  const int index = kVerbNames.find(name);
  return index < 0 ? nullptr : &kVerbs[static_cast<size_t>(index)];
}

std::string_view nearest_verb(std::string_view name) {
  constexpr size_t kLongest = 40;  // nothing longer is near, and the work is bounded
  if (name.size() > kLongest) return {};
  std::string_view nearest;
  size_t fewest = std::max<size_t>(2, name.size() / 3) + 1;
  for (const Verb& verb : kVerbs) {
    const size_t distance = edits(name, verb.name);
    if (distance >= fewest) continue;
    fewest = distance;
    nearest = verb.name;
  }
  return nearest;
}

}  // namespace muster::protocol
