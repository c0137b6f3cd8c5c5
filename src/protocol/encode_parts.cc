#include "protocol/encode_parts.h"

namespace muster::protocol {

void begin_line(std::string_view name, std::string_view value, std::string_view rid,
                JsonWriter& json) {
  json.begin_object().member(name, value);
  if (!rid.empty()) json.member_raw("rid", rid);
}

void write_error_members(const Error& error, JsonWriter& json) {
  const ErrorInfo& about = info(error.code);
  json.member("code", about.name).member("message", error.message);
  json.member("retryable", about.retryable);
  if (error.retry_after) json.member("retry_after_ms", error.retry_after->ms());
}

void write_assignment(const JobRecord& job, JsonWriter& json) {
  json.member("job_id", job.id());
  json.member("lease", job.token.value());
  json.member("attempt", job.attempts);
  json.member("lease_ms", job.lease.ms());
  json.member("queue", job.lane->queue);
  json.member("job_type", job.lane->job_type);
  // What the worker must enforce or plan by; everything else about the job is not its business.
  if (job.options->timeout) json.member("timeout_ms", job.options->timeout->ms());
  if (job.options->deadline) json.member("deadline_at_ms", job.options->deadline->ms());
  json.members(job.body());
}

void write_job_counts(const std::array<uint64_t, kJobStates>& jobs, JsonWriter& json) {
  json.begin_object();
  for (size_t state = 1; state < kJobStates; ++state) {
    json.member(name(static_cast<JobState>(state)), jobs[state]);
  }
  json.end_object();
}

void write_totals(const Totals& totals, JsonWriter& json) {
  json.begin_object();
  json.member("submitted", totals.submitted).member("leased", totals.leased);
  json.member("completed", totals.completed).member("failed", totals.failed);
  json.member("lost", totals.lost).member("released", totals.released);
  json.member("died", totals.died).member("cancelled", totals.cancelled);
  json.member("removed", totals.removed);
  json.end_object();
}

}  // namespace muster::protocol
