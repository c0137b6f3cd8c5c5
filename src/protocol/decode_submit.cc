// submit_job and submit_jobs.
#include "protocol/decode_submit.h"

#include "protocol/decode_items.h"
#include "protocol/decode_job.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

// At one item. False: malformed.
bool read_item(JsonCursor& cursor, Decoder::Scratch& scratch) {
  SubmitItem& item = scratch.jobs.emplace_back();
  if (cursor.peek() != '{') {
    JsonValue value;
    item.error = &scratch.errors.emplace_back(
        Error{ErrorCode::kBadRequest, "a job must be an object with its fields"});
    return cursor.value(&value);
  }
  Fields fields(kJobFields, &cursor, &scratch.arena);
  if (fields.read_all()) take_job(fields, &scratch.arena, &item.job);
  if (fields.malformed()) return false;
  if (!fields.ok()) item.error = &scratch.errors.emplace_back(fields.take_error());
  return true;
}

}  // namespace

bool read_submit_items(Fields& fields, Field field, size_t least, Decoder::Scratch& scratch) {
  return read_items(fields, field, least,
                    [&](size_t) { return read_item(fields.cursor(), scratch); });
}

void read_submit_job(Fields& fields, Decoder::Scratch& scratch) {
  if (!fields.read_all()) return;
  SubmitItem& item = scratch.jobs.emplace_back();
  take_job(fields, &scratch.arena, &item.job);
  scratch.set(SubmitJobs{scratch.jobs, false, false});
}

void read_submit_jobs(Fields& fields, Decoder::Scratch& scratch) {
  constexpr Field kJobs = kSubmitJobsFields["jobs"];
  int step = fields.read(kJobs.bit());
  while (step == kJobs.index) {
    if (!read_submit_items(fields, kJobs, 1, scratch)) return;
    step = fields.read(kJobs.bit());
  }
  if (step != Fields::kEnd) return;
  fields.need(kJobs, "is missing: an array of jobs");
  const bool atomic = fields.boolean(kSubmitJobsFields["atomic"], false);
  scratch.set(SubmitJobs{scratch.jobs, true, atomic});
}

}  // namespace muster::protocol
