// What people ask: one job, lists, cancel and retry and delete, queues, numbers.
#include "protocol/decode_lease.h"
#include "protocol/scratch.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

void read_act(JobAction action, Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kActOnJobsFields;
  constexpr Field kJobId = kTable["job_id"];
  constexpr Field kId = kTable["id"];
  constexpr Field kIds = kTable["ids"];
  if (!fields.read_all()) return;
  ActOnJobs act;
  act.action = action;
  // One id in `ids` is answered as a list, too: the form follows what was asked, not how many.
  act.batch = fields.has(kIds);
  if (act.batch && (fields.has(kJobId) || fields.has(kId))) {
    fields.refuse(ErrorCode::kBadRequest, kIds, "excludes job_id: give one of them");
  } else if (act.batch) {
    fields.ids(kIds, &scratch.ids);
  } else {
    scratch.ids.push_back(take_job_id(fields, kJobId, kId));
  }
  act.job_ids = scratch.ids;
  scratch.set(act);
}

void read_pause(bool paused, Fields& fields, Decoder::Scratch& scratch) {
  constexpr Field kQueue = kQueueFields["queue"];
  if (!fields.read_all()) return;
  fields.need(kQueue, "is missing: which queue?");
  scratch.set(PauseQueue{fields.name(kQueue), paused});
}

}  // namespace

void read_job_status(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kJobStatusFields;
  if (!fields.read_all()) return;
  scratch.set(GetJob{take_job_id(fields, kTable["job_id"], kTable["id"])});
}

void read_wait_job(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kWaitJobFields;
  if (!fields.read_all()) return;
  WaitJob wait;
  wait.job_id = take_job_id(fields, kTable["job_id"], kTable["id"]);
  // Without a limit of its own a wait takes as long as one may: its client wants the end.
  wait.timeout = fields.ms(kTable["timeout_ms"], Duration(), limits::kWaitMax, limits::kWaitMax);
  scratch.set(wait);
}

void read_list_jobs(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kListJobsFields;
  constexpr Field kState = kTable["state"];
  if (!fields.read_all()) return;
  ListJobs list;
  if (fields.has(kTable["queue"])) list.queue = fields.name(kTable["queue"]);
  if (fields.has(kState)) {
    list.state = job_state_from(fields.text(kState, 1, limits::kNameBytes));
    if (!list.state) {
      fields.refuse(ErrorCode::kBadRequest, kState,
                    "must be scheduled, ready, running, completed, dead or cancelled");
    }
  }
  // A cursor is a job's number, so that pages do not move when jobs before it go.
  list.after = JobSeq(
      static_cast<uint64_t>(fields.integer(kTable["after"], 0, static_cast<int64_t>(kMaxNumber))));
  list.limit =
      static_cast<uint32_t>(fields.integer(kTable["limit"], 1, limits::kBatch, list.limit));
  scratch.set(list);
}

void read_cancel_job(Fields& fields, Decoder::Scratch& scratch) {
  read_act(JobAction::kCancel, fields, scratch);
}
void read_retry_job(Fields& fields, Decoder::Scratch& scratch) {
  read_act(JobAction::kRetry, fields, scratch);
}
void read_delete_job(Fields& fields, Decoder::Scratch& scratch) {
  read_act(JobAction::kDelete, fields, scratch);
}
void read_queue_pause(Fields& fields, Decoder::Scratch& scratch) {
  read_pause(true, fields, scratch);
}
void read_queue_resume(Fields& fields, Decoder::Scratch& scratch) {
  read_pause(false, fields, scratch);
}

void read_stats(Fields& fields, Decoder::Scratch& scratch) {
  if (fields.read_all()) scratch.set(GetStats{});
}
void read_list_queues(Fields& fields, Decoder::Scratch& scratch) {
  if (fields.read_all()) scratch.set(ListQueues{});
}
void read_list_workers(Fields& fields, Decoder::Scratch& scratch) {
  if (fields.read_all()) scratch.set(ListWorkers{});
}

}  // namespace muster::protocol
