#include "base/mutant.h"
#include "protocol/encode_parts.h"
#include "protocol/encode_replies.h"

namespace muster::protocol {

void write_reply(std::string_view rid, const Accepted& accepted, JsonWriter& json) {
  begin_line("status", "accepted", rid, json);
  json.member("job_id", accepted.job_id);
  if (accepted.duplicate) json.member("duplicate", true);
  json.end_object();
}

void write_reply(std::string_view rid, const AcceptedBatch& accepted, JsonWriter& json) {
  begin_line("status", "accepted", rid, json);
  json.key("job_ids").begin_array();
  for (const std::string_view id : accepted.job_ids) {
    if (id.empty()) {
      if (!MUSTER_MUTANT(refused_left_out_of_batch)) json.null();
    } else {
      json.string(id);
    }
  }
  json.end_array();
  // Indices, not flags: almost always there is none, and a thousand `false` are 6 kB.
  if (!accepted.duplicates.empty()) {
    json.key("duplicates").begin_array();
    for (const uint32_t index : accepted.duplicates) json.number(index);
    json.end_array();
  }
  json.key("errors").begin_array();
  for (const BatchError& error : accepted.errors) {
    json.begin_object().member("index", error.index);
    write_error_members(error.error, json);
    json.end_object();
  }
  json.end_array().end_object();
}

}  // namespace muster::protocol
