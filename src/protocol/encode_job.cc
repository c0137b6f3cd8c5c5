// One job's record, for job_status, wait_job and list_jobs.
#include "protocol/encode_parts.h"

namespace muster::protocol {
namespace {

void write_attempt_error(const AttemptError& error, JsonWriter& json) {
  if (error == AttemptError{}) return;
  json.key("error").begin_object();
  if (!error.error_class.empty()) json.member("class", error.error_class);
  json.member("message", error.message);
  if (!error.trace.empty()) json.member("trace", error.trace);
  if (error.exit_code) json.member("exit_code", *error.exit_code);
  if (error.signal) json.member("signal", *error.signal);
  json.end_object();
}

void write_attempt(const Attempt& attempt, JsonWriter& json) {
  json.begin_object();
  json.member("attempt", attempt.number).member("lease", attempt.token.value());
  json.member("worker_id", attempt.worker);
  json.member("started_at_ms", attempt.started_at.ms());
  json.member("ended_at_ms", attempt.ended_at.ms());
  json.member("outcome", name(attempt.outcome)).member("charged", attempt.charged);
  write_attempt_error(attempt.error, json);
  json.end_object();
}

// The attempt that completed the job: it stands in the record itself.
void write_completed_attempt(const JobRecord& job, JsonWriter& json) {
  json.begin_object();
  json.member("attempt", job.attempts).member("lease", job.token.value());
  json.member("worker_id", job.worker ? std::string_view(job.worker->id) : std::string_view());
  json.member("started_at_ms", job.started_at.ms()).member("ended_at_ms", job.ended_at.ms());
  json.member("outcome", name(Outcome::kCompleted)).member("charged", false);
  json.end_object();
}

void write_attempts(const JobRecord& job, JsonWriter& json) {
  json.key("attempts").begin_array();
  if (job.history) {
    for (const Attempt& attempt : job.history->attempts) write_attempt(attempt, json);
  }
  if (job.state == JobState::kCompleted) write_completed_attempt(job, json);
  json.end_array();
}

// Only times that mean something in this state: readers need no rule for zeros.
void write_times(const JobRecord& job, JsonWriter& json) {
  json.member("submitted_at_ms", job.submitted_at.ms());
  if (job.state == JobState::kScheduled) json.member("due_at_ms", job.due_at.ms());
  const bool ended = is_terminal(job.state);
  if (job.attempts > 0 && (ended || job.state == JobState::kRunning)) {
    json.member("started_at_ms", job.started_at.ms());
  }
  if (ended) json.member("ended_at_ms", job.ended_at.ms());
}

void write_lease(const JobView& view, JsonWriter& json) {
  const JobRecord& job = *view.job;
  if (job.worker) json.member("worker_id", job.worker->id);
  if (job.token) json.member("lease", job.token.value());
  if (job.state != JobState::kRunning) return;
  json.member("lease_ms", job.lease.ms());
  if (view.percent) json.member("percent", *view.percent);
  if (!view.note.empty()) json.member("note", view.note);
}

void write_options(const JobOptions& options, JsonWriter& json) {
  json.key("retry").begin_object();
  json.member("max_attempts", options.retry.max_attempts);
  json.member("backoff_ms", options.retry.backoff.ms());
  json.key("factor").thousandths(options.retry.factor_milli);
  json.member("cap_ms", options.retry.cap.ms());
  json.key("jitter").thousandths(options.retry.jitter_milli);
  json.end_object();
  json.member("max_lost", options.max_lost);
  if (options.timeout) json.member("timeout_ms", options.timeout->ms());
  if (options.deadline) json.member("deadline_at_ms", options.deadline->ms());
  if (options.result_ttl) json.member("result_ttl_ms", options.result_ttl->ms());
}

}  // namespace

void write_job(const JobView& view, Detail detail, JsonWriter& json) {
  const JobRecord& job = *view.job;
  json.member("job_id", job.id()).member("state", name(job.state));
  json.member("queue", job.lane->queue).member("job_type", job.lane->job_type);
  json.member("priority", job.priority);
  json.member("attempt", job.attempts).member("failures", job.failures);
  json.member("losses", job.losses);
  if (job.schedule_reason != ScheduleReason::kNone) {
    json.member("schedule_reason", name(job.schedule_reason));
  }
  if (job.death_reason != DeathReason::kNone) json.member("death_reason", name(job.death_reason));
  json.member("cancel_requested", job.cancel_requested);
  write_times(job, json);
  write_lease(view, json);
  write_options(*job.options, json);
  json.members(job.body());             // as sent: no member of it has the name of one above
  if (detail == Detail::kList) return;  // a page of large results would hold one job
  write_attempts(job, json);
  if (job.history && !job.history->result.empty()) json.member_raw("result", job.history->result);
}

}  // namespace muster::protocol
