#include "base/check.h"
#include "protocol/encode_parts.h"
#include "protocol/encode_replies.h"

namespace muster::protocol {
namespace {

// The value of `duration`, with which a body that has one begins.
std::string_view duration_as_sent(std::string_view body) {
  constexpr std::string_view kStart = "\"duration\":";
  CHECK(body.starts_with(kStart), "a plain assignment without a duration");
  body.remove_prefix(kStart.size());
  return body.substr(0, body.find(','));
}

void write_item(const ItemResult& item, JsonWriter& json) {
  if (item.duplicate) json.member("duplicate", true);
  if (!item.state.empty()) json.member("state", item.state);
}

// Null says "you asked, and there was nothing"; that nobody asked is no member at all.
void write_next(const JobRecord* next, JsonWriter& json) {
  json.key("next");
  if (next == nullptr) {
    json.null();
    return;
  }
  json.begin_object().member("type", "assign_job");
  write_assignment(*next, json);
  json.end_object();
}

}  // namespace

void write_reply(std::string_view rid, const Assigned& assigned, JsonWriter& json) {
  if (assigned.form == AssignForm::kMany) {
    begin_line("type", "assign_jobs", rid, json);
    json.key("jobs").begin_array();
    for (const JobRecord* job : assigned.jobs) {
      json.begin_object();
      write_assignment(*job, json);
      json.end_object();
    }
    json.end_array().end_object();
    return;
  }
  // The engine answers an empty hand with NoJob.
  CHECK(assigned.jobs.size() == 1, "{} jobs in an assignment of one", assigned.jobs.size());
  const JobRecord& job = *assigned.jobs.front();
  begin_line("type", "assign_job", rid, json);
  if (assigned.form == AssignForm::kPlain) {
    json.member("job_id", job.id()).member_raw("duration", duration_as_sent(job.body()));
  } else {
    write_assignment(job, json);
  }
  json.end_object();
}

void write_reply(std::string_view rid, const NoJob&, JsonWriter& json) {
  begin_line("type", "no_job", rid, json);
  json.end_object();
}

void write_reply(std::string_view rid, const Done& done, JsonWriter& json) {
  if (done.item.error) return write_error(rid, *done.item.error, done.item.job_id, json);
  begin_line("status", "ok", rid, json);
  json.member("job_id", done.item.job_id);
  if (!done.plain) {  // the class project's programs may compare the whole line
    write_item(done.item, json);
    if (!done.follow_ups.empty()) {
      json.key("submitted").begin_array();
      for (const std::string_view id : done.follow_ups) json.string(id);
      json.end_array();
    }
    if (done.has_next) write_next(done.next, json);
  }
  json.end_object();
}

void write_reply(std::string_view rid, const DoneBatch& done, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.key("results").begin_array();
  for (const ItemResult& item : done.items) {
    json.begin_object().member("status", item.error ? "error" : "ok");
    json.member("job_id", item.job_id);
    if (item.error) {
      write_error_members(*item.error, json);
    } else {
      write_item(item, json);
    }
    json.end_object();
  }
  json.end_array().end_object();
}

void write_reply(std::string_view rid, const Extended& extended, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.member("job_id", extended.job_id).member("lease_ms", extended.lease.ms()).end_object();
}

void write_reply(std::string_view rid, const Consuming& consuming, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.member("sub", consuming.sub.value()).end_object();
}

void write_reply(std::string_view rid, const Registered& registered, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.member("heartbeat_ms", registered.heartbeat.ms()).member("ttl_ms", registered.ttl.ms());
  json.member("resumed", registered.resumed);
  if (registered.sub) json.member("sub", registered.sub.value());
  json.end_object();
}

void write_reply(std::string_view rid, const HeartbeatAnswer& answer, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.member("state", answer.state).key("cancel").begin_array();
  for (const LeaseName& name : answer.cancel) {
    json.begin_object().member("job_id", name.job_id).member("lease", name.lease.value());
    json.end_object();
  }
  json.end_array().member("heartbeat_ms", answer.heartbeat.ms()).end_object();
}

void write_push(const PushedJob& pushed, JsonWriter& json) {
  json.begin_object().member("type", "assign_job").member("sub", pushed.sub.value());
  write_assignment(*pushed.job, json);
  json.end_object();
}

void write_push(const PushedCancel& pushed, JsonWriter& json) {
  json.begin_object().member("type", "cancel_job").member("sub", pushed.sub.value());
  json.member("job_id", pushed.job_id).member("lease", pushed.lease.value()).end_object();
}

void write_push(const ConsumeEnded& ended, JsonWriter& json) {
  json.begin_object().member("type", "consume_ended").member("sub", ended.sub.value());
  write_error_members(ended.error, json);
  json.end_object();
}

}  // namespace muster::protocol
