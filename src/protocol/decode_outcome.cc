// job_failed, job_release, job_extend: what else becomes of a leased job.
#include "base/mutant.h"
#include "protocol/decode_lease.h"
#include "protocol/scratch.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

std::optional<int32_t> take_int(Fields& fields, Field field, int32_t least, int32_t most) {
  if (!fields.has(field)) return std::nullopt;
  return static_cast<int32_t>(fields.integer(field, least, most));
}

// Texts over their limit are cut and not refused: the report of a failure is always taken.
void take_error_fields(Fields& fields, std::string* arena, AttemptError* error) {
  constexpr Field kError = kJobFailedFields["error"];
  constexpr const FieldTable& kTable = kErrorFields;
  if (!fields.has(kError)) return;
  if (fields.value(kError).kind != JsonKind::kObject) {
    return fields.fail(kError, "an object, {\"class\":…,\"message\":…}");
  }
  JsonCursor cursor(fields.value(kError).text());
  Fields nested(kTable, &cursor, arena);
  nested.set_path("error.");
  if (nested.read_all()) {
    error->error_class = nested.cut_text(kTable["class"], limits::kErrorClassBytes);
    error->message = nested.cut_text(kTable["message"], limits::kErrorMessageBytes);
    error->trace = nested.cut_text(kTable["trace"], limits::kErrorTraceBytes);
    error->exit_code = take_int(nested, kTable["exit_code"], std::numeric_limits<int32_t>::min(),
                                std::numeric_limits<int32_t>::max());
    error->signal = take_int(nested, kTable["signal"], 1, 255);
  }
  fields.adopt(&nested);
}

}  // namespace

void read_job_failed(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kJobFailedFields;
  if (!fields.read_all()) return;
  FailJob fail;
  fail.ref = take_lease(fields, lease_fields<kTable>());
  take_error_fields(fields, &scratch.arena, &fail.error);
  fail.result = fields.result(kTable["result"]);
  // Unless the worker knows better, another attempt may succeed.
  fail.retryable = fields.boolean(kTable["retryable"], !MUSTER_MUTANT(failures_final_unless_told));
  fail.timed_out = fields.boolean(kTable["timed_out"], false);
  fail.retry_after = fields.optional_ms(kTable["retry_after_ms"], Duration(), limits::kLongest);
  scratch.set(std::move(fail));
}

void read_job_release(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kJobReleaseFields;
  if (!fields.read_all()) return;
  ReleaseJob release;
  release.ref = take_lease(fields, lease_fields<kTable>());
  release.delay = fields.ms(kTable["delay_ms"], Duration(), limits::kLongest);
  scratch.set(release);
}

void read_job_extend(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kJobExtendFields;
  constexpr Field kLease = kTable["lease_ms"];
  if (!fields.read_all()) return;
  ExtendJob extend;
  extend.ref = take_lease(fields, lease_fields<kTable>());
  fields.need(kLease, "is missing: how long the lease shall run from now");
  extend.lease = fields.ms(kLease, limits::kShortestLease, limits::kLongest);
  scratch.set(extend);
}

}  // namespace muster::protocol
