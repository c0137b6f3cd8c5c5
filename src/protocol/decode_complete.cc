// job_complete and jobs_complete.
#include "protocol/decode_items.h"
#include "protocol/decode_lease.h"
#include "protocol/decode_submit.h"
#include "protocol/scratch.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

// `next`: {} or {"wait_ms":…}.
std::optional<Duration> take_next(Fields& fields, std::string* arena) {
  constexpr Field kNext = kJobCompleteFields["next"];
  if (!fields.has(kNext)) return std::nullopt;
  if (fields.value(kNext).kind != JsonKind::kObject) {
    fields.fail(kNext, "an object, {} or {\"wait_ms\":…}");
    return std::nullopt;
  }
  JsonCursor cursor(fields.value(kNext).text());
  Fields nested(kNextFields, &cursor, arena);
  nested.set_path("next.");
  Duration wait;  // {}: asked for, but not to be waited for
  if (nested.read_all()) wait = nested.ms(kNextFields["wait_ms"], Duration(), limits::kWaitMax);
  fields.adopt(&nested);
  return wait;
}

// An invalid follow-up refuses the whole, so that the job runs on and its worker can report again.
void refuse_bad_follow_ups(Fields& fields, const Decoder::Scratch& scratch) {
  for (size_t i = 0; i < scratch.jobs.size(); ++i) {
    const Error* error = scratch.jobs[i].error;
    if (error == nullptr) continue;
    return fields.refuse(error->code, fmt::format("submit[{}]: {}", i, error->message));
  }
}

}  // namespace

void read_job_complete(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kJobCompleteFields;
  constexpr Field kSubmit = kTable["submit"];
  constexpr uint32_t kPlain = kTypeField.bit() | kDataField.bit() | kTable["job_id"].bit() |
                              kTable["id"].bit() | kTable["worker_id"].bit();
  int step = fields.read(kSubmit.bit());
  while (step == kSubmit.index) {
    if (!read_submit_items(fields, kSubmit, 0, scratch)) return;
    step = fields.read(kSubmit.bit());
  }
  if (step != Fields::kEnd) return;
  refuse_bad_follow_ups(fields, scratch);  // before anything else: its message is the precise one
  CompleteItem& item = scratch.completions.emplace_back();
  item.ref = take_lease(fields, lease_fields<kTable>());
  item.result = fields.result(kTable["result"]);
  CompleteJobs complete;
  complete.items = scratch.completions;
  complete.plain = fields.only(kPlain);
  complete.follow_ups = scratch.jobs;
  complete.next_wait = take_next(fields, &scratch.arena);
  scratch.set(complete);
}

namespace {

// At one item of jobs_complete. Its errors refuse the whole request. False: malformed.
bool read_completion(Fields& outer, size_t index, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kCompletionFields;
  JsonCursor& cursor = outer.cursor();
  if (cursor.peek() != '{') {
    JsonValue value;
    outer.refuse(ErrorCode::kBadRequest, fmt::format("jobs[{}] must be an object", index));
    return cursor.value(&value);
  }
  Fields fields(kTable, &cursor, &scratch.arena);
  fields.set_path("jobs", static_cast<int>(index));
  if (fields.read_all()) {
    CompleteItem& item = scratch.completions.emplace_back();
    item.ref = take_lease(fields, lease_fields<kTable>());
    item.result = fields.result(kTable["result"]);
  }
  if (fields.malformed()) return false;
  outer.adopt(&fields);
  return true;
}

}  // namespace

void read_jobs_complete(Fields& fields, Decoder::Scratch& scratch) {
  constexpr Field kJobs = kJobsCompleteFields["jobs"];
  int step = fields.read(kJobs.bit());
  while (step == kJobs.index) {
    const bool good = read_items(
        fields, kJobs, 1, [&](size_t index) { return read_completion(fields, index, scratch); });
    if (!good) return;
    step = fields.read(kJobs.bit());
  }
  if (step != Fields::kEnd) return;
  fields.need(kJobs, "is missing: an array of {job_id, lease, result?}");
  CompleteJobs complete;
  complete.items = scratch.completions;
  complete.batch = true;
  scratch.set(complete);
}

}  // namespace muster::protocol
