#include "worker/requests.h"

#include "base/check.h"
#include "muster/version.h"
#include "protocol/json_writer.h"

namespace muster::worker {
namespace {

using protocol::JsonWriter;

void write_identity(const WorkerName& worker, JsonWriter& json) {
  json.member("worker_id", worker.id).member("instance", worker.instance);
}

void write_job(const AttemptName& name, JsonWriter& json) {
  json.member("job_id", name.job_id).member("lease", name.lease.value());
}

void write_queues(const WorkerName& worker, JsonWriter& json) {
  json.key("queues").begin_array();
  for (const std::string& queue : worker.queues) json.string(queue);
  json.end_array();
}

void write_error(const JobEnd& end, JsonWriter& json) {
  json.key("error").begin_object();
  json.member("class", end.error_class).member("message", end.message);
  if (end.exit_code) json.member("exit_code", *end.exit_code);
  if (end.signal) json.member("signal", *end.signal);
  json.end_object();
}

std::string_view verb(EndKind kind) {
  CHECK(kind != EndKind::kLeaseLost, "a lost lease is not reported");
  if (kind == EndKind::kCompleted) return "job_complete";
  return kind == EndKind::kReleased ? "job_release" : "job_failed";
}

}  // namespace

std::string register_line(const WorkerName& worker, std::span<const AttemptName> held) {
  std::string line;
  JsonWriter json(&line);
  json.begin_object().member("type", "register_worker").member("rid", kRegisterRid);
  write_identity(worker, json);
  write_queues(worker, json);
  json.key("job_types").begin_array().string(kExecType).string(kSleepType).end_array();
  json.member("concurrency", worker.concurrency).member("notify", true);
  json.member("host", worker.host).member("pid", worker.pid).member("version", client::kVersion);
  json.key("held").begin_array();
  for (const AttemptName& name : held) {
    json.begin_object();
    write_job(name, json);
    json.end_object();
  }
  json.end_array().end_object().end_line();
  return line;
}

std::string request_line(const WorkerName& worker, size_t max, Duration wait) {
  std::string line;
  JsonWriter json(&line);
  json.begin_object().member("type", "request_job").member("rid", kRequestRid);
  json.member("worker_id", worker.id);
  write_queues(worker, json);
  json.member("max", max).member("wait_ms", wait.ms()).end_object().end_line();
  return line;
}

std::string heartbeat_line(const WorkerName& worker) {
  std::string line;
  JsonWriter json(&line);
  json.begin_object().member("type", "heartbeat");
  write_identity(worker, json);
  json.end_object().end_line();
  return line;
}

std::string report_line(const WorkerName& worker, const JobEnd& end) {
  std::string line;
  JsonWriter json(&line);
  json.begin_object().member("type", verb(end.kind)).member("rid", end.name.lease.value());
  write_job(end.name, json);
  json.member("worker_id", worker.id);
  if (end.kind != EndKind::kReleased) {
    if (!end.result.empty()) json.member_raw("result", end.result);
    if (end.kind != EndKind::kCompleted) write_error(end, json);
    if (end.kind == EndKind::kTimedOut) json.member("timed_out", true);
  }
  json.end_object().end_line();
  return line;
}

}  // namespace muster::worker
