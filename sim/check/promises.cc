#include "sim/check/promises.h"

namespace muster::sim {
namespace {

bool was_in(const IdEntry& entry, JobState state) {
  return has(static_cast<uint8_t>(entry.visited), state);
}

void judge_tokenless(Ledger& ledger, const Assignment& assignment) {
  Job* job = ledger.job(assignment.job_id);
  const IdEntry* entry = ledger.submissions.find(assignment.job_id);
  if (entry == nullptr || !was_in(*entry, JobState::kRunning)) {
    ledger.violations.add("assigned", "{} reads job {}, and no lease of it is on disk",
                          assignment.worker_id, assignment.job_id);
    return;
  }
  if (job == nullptr || !job->tokenless) return;  // it ended, or others had it, in the meantime
  if (ledger.names.holder(job->holder).id == assignment.worker_id) job->read_stamp = ledger.stamp;
}

// The lease is the one the assignment names; for `record` the token already fits.
void judge_record(Ledger& ledger, const Assignment& assignment, const LeaseRecord& record) {
  const Names::Holder& holder = ledger.names.holder(record.holder);
  const Job* job = ledger.jobs.find(record.job);
  const bool same_job = job == nullptr || ledger.id(*job) == assignment.job_id;
  const bool same_worker =
      holder.id == assignment.worker_id && holder.instance == assignment.instance;
  if (same_job && same_worker && record.attempt == assignment.attempt) return;
  ledger.violations.add(
      "assigned",
      "{}/{} reads job {} attempt {} under token {}, which was given to {} for job {} "
      "attempt {}",
      assignment.worker_id, assignment.instance, assignment.job_id, assignment.attempt,
      assignment.token.value(), ledger.names.describe_holder(record.holder),
      job == nullptr ? std::string("?") : ledger.id(*job), record.attempt);
}

// The holder of an earlier attempt had it too: what ended that attempt is in the record.
void count_double_execution(Ledger& ledger, Job& job) {
  if (job.was_read_and_lost) ++ledger.figures.double_executions;
  job.was_read_and_lost = false;
}

}  // namespace

void judge_assignment(Ledger& ledger, const Assignment& assignment) {
  const IdEntry* entry = ledger.submissions.find(assignment.job_id);
  if (entry != nullptr && entry->creations > 0 && entry->content != assignment.content) {
    ledger.violations.add("content", "{} reads job {} with other content than was submitted",
                          assignment.worker_id, assignment.job_id);
  }
  if (!assignment.token) return judge_tokenless(ledger, assignment);
  LeaseRecord* record = ledger.tokens.find(assignment.token);
  if (record == nullptr) {
    if (ledger.tokens.is_forgotten(assignment.token)) return;
    ledger.violations.add("assigned",
                          "{} reads job {} under token {}, and no such lease is on disk",
                          assignment.worker_id, assignment.job_id, assignment.token.value());
    return;
  }
  judge_record(ledger, assignment, *record);
  if (record->read) {
    ledger.violations.add("assigned", "{} reads job {} under token {}, which was read before",
                          assignment.worker_id, assignment.job_id, assignment.token.value());
  }
  record->read = true;
  Job* job = ledger.jobs.find(record->job);
  if (job == nullptr || job->token != assignment.token) return;
  job->read_stamp = ledger.stamp;
  count_double_execution(ledger, *job);
}

void note_asked(Ledger& ledger, std::string_view verb, std::string_view subject) {
  if (verb == "queue_pause" || verb == "queue_resume") ledger.told_of_queues = true;
  if (verb == "queue_pause") ledger.queue(ledger.names.queue(subject)).pause_asked = true;
  if (verb == "queue_resume") ledger.queue(ledger.names.queue(subject)).resume_asked = true;
  IdEntry* entry = ledger.submissions.find(subject);
  if (entry == nullptr) return;
  if (verb == "cancel_job") entry->cancel_asked = true;
  if (verb == "retry_job") entry->retry_asked = true;
  if (verb == "delete_job") entry->deletion_asked = true;
  if (verb != "job_status" && verb != "wait_job") return;
  if (entry->status_open++ == 0) entry->status_asked = ledger.stamp;
}

void judge_answer(Ledger& ledger, std::string_view verb, std::string_view subject,
                  const Verdict& verdict) {
  if (!verdict.ok) return;
  bool shown = true;
  if (verb == "queue_pause" || verb == "queue_resume") {
    const Ledger::Queue& queue = ledger.queue(ledger.names.queue(subject));
    // A queue that never was paused is resumed without anything to record.
    shown = verb == "queue_resume" || queue.was_paused;
  } else {
    const IdEntry* entry = ledger.submissions.find(subject);
    if (entry == nullptr || entry->creations == 0) {
      shown = false;
    } else if (verb == "cancel_job") {
      shown = was_in(*entry, JobState::kCancelled) ||
              (entry->cancel_marked && verdict.state != "cancelled");
    } else if (verb == "delete_job") {
      shown = entry->removals > 0;
    } else if (verb == "retry_job") {
      shown = verdict.duplicate || entry->requeued;
    }
  }
  if (shown) return;
  ledger.violations.add("acknowledged",
                        "{} of {} was answered ok{}{}, and the record on disk does "
                        "not show it",
                        verb, subject, verdict.state.empty() ? "" : ", state ", verdict.state);
}

void judge_seen(Ledger& ledger, std::string_view job_id, std::string_view state) {
  IdEntry* entry = ledger.submissions.find(job_id);
  const bool asked_after_it_was_there = entry != nullptr && entry->status_open > 0 && entry->job &&
                                        entry->created_stamp < entry->status_asked;
  if (entry != nullptr && entry->status_open > 0) --entry->status_open;
  if (state.empty()) {
    if (asked_after_it_was_there) {
      ledger.violations.add("acknowledged", "job {} was not found, and exists", job_id);
    }
    return;
  }
  const std::optional<JobState> seen = job_state_from(state);
  if (entry != nullptr && seen && was_in(*entry, *seen)) return;
  ledger.violations.add("seen", "job {} was shown as {}, which it never was on disk", job_id,
                        state);
}

}  // namespace muster::sim
