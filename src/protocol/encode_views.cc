#include "base/mutant.h"
#include "protocol/encode_parts.h"
#include "protocol/encode_replies.h"

namespace muster::protocol {
namespace {

void write_names(std::string_view key, std::span<const std::string> names, JsonWriter& json) {
  json.key(key).begin_array();
  for (const std::string& name : names) json.string(name);
  json.end_array();
}

void write_worker(const WorkerView& worker, JsonWriter& json) {
  json.begin_object();
  json.member("worker_id", worker.id).member("instance", worker.instance);
  json.member("state", worker.state).member("host", worker.host).member("pid", worker.pid);
  json.member("version", worker.version);
  // Checked to be an object when the worker registered.
  if (!worker.labels.empty()) json.member_raw("labels", worker.labels);
  write_names("queues", worker.queues, json);
  write_names("job_types", worker.job_types, json);
  json.member("concurrency", worker.concurrency).member("running", worker.running);
  json.member("connections", worker.connections);
  json.member("heartbeat_age_ms", worker.since_heartbeat.ms());
  json.end_object();
}

}  // namespace

void write_error(std::string_view rid, const Error& error, std::string_view job_id,
                 JsonWriter& json) {
  json.begin_object().member("type", "error").member("status", "error");
  if (!rid.empty() && !MUSTER_MUTANT(errors_without_rid)) json.member_raw("rid", rid);
  if (!job_id.empty()) json.member("job_id", job_id);
  write_error_members(error, json);
  json.end_object();
}

void write_reply(std::string_view rid, const JobView& view, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  write_job(view, Detail::kFull, json);
  json.end_object();
}

void write_reply(std::string_view rid, const JobPage& page, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.key("jobs").begin_array();
  for (const JobView& view : page.jobs) {
    json.begin_object();
    write_job(view, Detail::kList, json);
    json.end_object();
  }
  json.end_array();
  if (page.next) {
    json.member("next", page.next.value());
  } else {
    json.member_null("next");
  }
  json.end_object();
}

void write_reply(std::string_view rid, const QueueList& list, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.key("queues").begin_array();
  for (const QueueView& view : list.queues) {
    json.begin_object().member("queue", view.queue->name).member("paused", view.queue->paused);
    json.key("jobs");
    write_job_counts(view.queue->jobs, json);
    if (view.oldest_ready) {  // null and 0 differ: nothing is ready, or something new is
      json.member("oldest_ready_ms", view.oldest_ready->ms());
    } else {
      json.member_null("oldest_ready_ms");
    }
    json.key("totals");
    write_totals(view.queue->totals, json);
    json.end_object();
  }
  json.end_array().end_object();
}

void write_reply(std::string_view rid, const WorkerList& list, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.key("workers").begin_array();
  for (const WorkerView& worker : list.workers) write_worker(worker, json);
  json.end_array().end_object();
}

void write_reply(std::string_view rid, const StatsView& stats, const ServerFacts& facts,
                 JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.member("version", facts.version).member("durability", facts.durability);
  json.member("uptime_ms", facts.uptime.ms()).member("now_ms", facts.now.ms());
  json.key("jobs");
  write_job_counts(stats.jobs, json);
  json.key("totals");
  write_totals(stats.totals, json);
  json.member("queues", stats.queues).member("workers", stats.workers);
  json.member("waiters", stats.waiters).member("connections", facts.connections);
  json.member("applied", stats.applied.value()).member("durable", facts.durable.value());
  json.member("checkpoints", facts.checkpoints);
  json.member("longest_capture_ms", facts.longest_capture.ms());
  json.member("journal_bytes", facts.journal_bytes);
  if (facts.pressure.empty()) {
    json.member_null("pressure");
  } else {
    json.member("pressure", facts.pressure);
  }
  json.end_object();
}

void write_reply(std::string_view rid, const Ok&, JsonWriter& json) {
  begin_line("status", "ok", rid, json);
  json.end_object();
}

void write_reply(std::string_view rid, const Refused& refused, JsonWriter& json) {
  write_error(rid, refused.error, refused.job_id, json);
}

}  // namespace muster::protocol
