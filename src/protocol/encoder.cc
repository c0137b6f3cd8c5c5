#include "protocol/encoder.h"

#include "base/overload.h"
#include "protocol/encode_parts.h"
#include "protocol/encode_replies.h"

namespace muster::protocol {

void encode_reply(std::string_view rid, const Reply& reply, const ServerFacts& facts,
                  std::string* out) {
  JsonWriter json(out);
  std::visit(Overload{[&](const StatsView& stats) { write_reply(rid, stats, facts, json); },
                      [&](const auto& other) { write_reply(rid, other, json); }},
             reply);
  json.end_line();
}

void encode_push(const Push& push, std::string* out) {
  JsonWriter json(out);
  std::visit([&](const auto& pushed) { write_push(pushed, json); }, push);
  json.end_line();
}

void encode_error(std::string_view rid, const Error& error, std::string_view job_id,
                  std::string* out) {
  JsonWriter json(out);
  write_error(rid, error, job_id, json);
  json.end_line();
}

void encode_hello(std::string_view rid, const ServerFacts& facts, std::string* out) {
  JsonWriter json(out);
  begin_line("status", "ok", rid, json);
  json.member("proto", 1).member("server", "muster").member("version", facts.version);
  json.member("namespace", "default").member("durability", facts.durability);
  json.member("now_ms", facts.now.ms());
  json.member("heartbeat_ms", limits::kHeartbeatIdle.ms());
  json.member("heartbeat_busy_ms", limits::kHeartbeatBusy.ms());
  json.member("ttl_ms", limits::kSessionTtl.ms());
  json.key("ids_remembered").begin_object();
  json.member("count", limits::kIdsRemembered).member("age_ms", limits::kIdsRememberedAge.ms());
  json.end_object();
  json.key("limits").begin_object();
  json.member("request_bytes", facts.request_line).member("answer_bytes", limits::kAnswerLine);
  json.member("depth", limits::kDepth).member("batch", limits::kBatch);
  json.member("id_bytes", limits::kIdBytes).member("name_bytes", limits::kNameBytes);
  json.member("rid_bytes", limits::kRidBytes).member("wait_ms", limits::kWaitMax.ms());
  json.member("result_bytes", limits::kResultBytes);
  json.member("error_message_bytes", limits::kErrorMessageBytes);
  json.member("error_trace_bytes", limits::kErrorTraceBytes);
  json.member("captured_bytes", limits::kCapturedBytes).member("credit", limits::kCreditMax);
  json.member("tags", limits::kTags).member("unanswered", limits::kUnansweredRequests);
  json.member("queues", limits::kQueues).member("pairs", limits::kPairsPerRequest);
  json.end_object().end_object().end_line();
}

}  // namespace muster::protocol
