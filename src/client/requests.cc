#include "client/requests.h"

#include "protocol/json_writer.h"

namespace muster::client {

namespace {

using protocol::JsonWriter;

// {"type":VERB, then what `fill` adds, and the end of the line.
template <class Fill>
std::string request(std::string_view verb, Fill fill) {
  std::string line;
  JsonWriter json(&line);
  json.begin_object().member("type", verb);
  fill(json);
  json.end_object().end_line();
  return line;
}

}  // namespace

std::string submit_request(std::string_view job) {
  // The job's own object, with the verb put in front.
  const size_t brace = job.find('{');
  std::string line = "{\"type\":\"submit_job\",";
  line += job.substr(brace + 1);
  line += '\n';
  return line;
}

std::string submit_request(std::span<const std::string> jobs) {
  return request("submit_jobs", [&](JsonWriter& json) {
    json.key("jobs").begin_array();
    for (const std::string& job : jobs) json.raw(job);
    json.end_array();
  });
}

std::string plain_request(std::string_view verb) {
  return request(verb, [](JsonWriter&) {});
}

std::string job_request(std::string_view verb, std::string_view job_id) {
  return request(verb, [&](JsonWriter& json) { json.member("job_id", job_id); });
}

std::string jobs_request(std::string_view verb, std::span<const std::string> job_ids) {
  return request(verb, [&](JsonWriter& json) {
    json.key("ids").begin_array();
    for (const std::string& id : job_ids) json.string(id);
    json.end_array();
  });
}

std::string queue_request(std::string_view verb, std::string_view queue) {
  return request(verb, [&](JsonWriter& json) { json.member("queue", queue); });
}

std::string wait_request(std::string_view job_id, Milliseconds timeout) {
  return request("wait_job", [&](JsonWriter& json) {
    json.member("job_id", job_id).member("timeout_ms", timeout.count());
  });
}

std::string list_request(const ListQuery& query) {
  return request("list_jobs", [&](JsonWriter& json) {
    if (!query.queue.empty()) json.member("queue", query.queue);
    if (!query.state.empty()) json.member("state", query.state);
    if (query.after != 0) json.member("after", query.after);
    json.member("limit", query.limit);
  });
}

}  // namespace muster::client
