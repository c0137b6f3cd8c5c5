#include "client/job_text.h"

#include <algorithm>

#include "client/failures.h"
#include "protocol/json_view.h"
#include "protocol/json_writer.h"

namespace muster::client {

namespace {

using protocol::JsonKind;
using protocol::JsonView;
using protocol::JsonWriter;

// A line end inside a message could be taken for the end of a broken one; outside strings, the only
// place where valid JSON has any, a space means the same.
void flatten(std::string* json) {
  std::replace_if(json->begin(), json->end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

void write_times(const NewJob& job, JsonWriter& json) {
  if (job.duration) {
    json.key("duration").thousandths(static_cast<uint64_t>(job.duration->count()));
  }
  if (job.delay) json.member("delay_ms", job.delay->count());
  if (job.run_at) json.member("run_at", *job.run_at);
  if (job.timeout) json.member("timeout_ms", job.timeout->count());
  if (job.deadline) json.member("deadline", *job.deadline);
  if (job.result_ttl) json.member("result_ttl_ms", job.result_ttl->count());
}

void write_list(std::string_view name, const std::vector<std::string>& list, JsonWriter& json) {
  if (list.empty()) return;
  json.key(name).begin_array();
  for (const std::string& item : list) json.string(item);
  json.end_array();
}

}  // namespace

Expected<std::string> job_text(const NewJob& job) {
  if (job.duration && job.duration->count() < 0) {
    return failure(FailureKind::kBadInput, "duration: it is negative");
  }
  std::string payload = job.payload;
  std::string complaint;
  if (!payload.empty() && !protocol::check_json(payload, &complaint)) {
    return failure(FailureKind::kBadInput, "payload: not JSON: " + complaint);
  }
  flatten(&payload);
  std::string text;
  JsonWriter json(&text);
  json.begin_object().member("job_id", job.id);
  if (!job.queue.empty()) json.member("queue", job.queue);
  if (!job.job_type.empty()) json.member("job_type", job.job_type);
  write_list("command", job.command, json);
  if (job.priority) json.member("priority", *job.priority);
  write_times(job, json);
  if (job.max_attempts) {
    json.key("retry").begin_object().member("max_attempts", *job.max_attempts).end_object();
  }
  if (job.max_lost) json.member("max_lost", *job.max_lost);
  write_list("tags", job.tags, json);
  if (!payload.empty()) json.member_raw("payload", payload);
  json.end_object();
  return text;
}

Expected<std::string> name_job(std::string* text) {
  std::string complaint;
  const auto value = protocol::check_json(*text, &complaint);
  if (!value) return failure(FailureKind::kBadInput, "not JSON: " + complaint);
  if (value->kind != JsonKind::kObject) {
    return failure(FailureKind::kBadInput, "not a JSON object; expected {\"command\":[…], …}");
  }
  const JsonView object(*value);
  std::string id;
  for (const char* key : {"job_id", "id"}) {
    if (const JsonView given = object[key]; given.exists()) {
      if (!given.is(JsonKind::kString)) {
        return failure(FailureKind::kBadInput, std::string(key) + ": expected a string");
      }
      id = given.string_or("");
    }
  }
  flatten(text);
  if (!id.empty()) return id;
  id = random_job_id();
  const size_t brace = text->find('{');
  const bool empty = !(object.members().begin() != object.members().end());
  text->insert(brace + 1, "\"job_id\":\"" + id + (empty ? "\"" : "\","));
  return id;
}

}  // namespace muster::client
