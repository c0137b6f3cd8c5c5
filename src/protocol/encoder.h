// Encoder: Reply and Push -> one line of JSON each, appended with its '\n'. Bodies and results are
// spliced in byte for byte. Every function appends to `out` and cannot fail.
#pragma once

#include <string>
#include <string_view>

#include "model/error.h"
#include "model/reply.h"

namespace muster::protocol {

// What the server alone knows, shown by `hello` and `stats`.
struct ServerFacts {
  std::string_view version;
  std::string_view durability;  // sync, async, memory
  size_t request_line = limits::kRequestLine;
  Duration uptime;
  WallTime now;
  uint64_t connections = 0;
  Sequence durable;
  uint64_t checkpoints = 0;
  Duration longest_capture;    // of checkpoints, on the loop thread
  uint64_t journal_bytes = 0;  // not yet covered by a checkpoint
  std::string_view pressure;   // "", "queue_full", "disk_low"
};

// `rid` is raw JSON or empty. Stats and hello are given the server's facts.
void encode_reply(std::string_view rid, const Reply& reply, const ServerFacts& facts,
                  std::string* out);
void encode_push(const Push& push, std::string* out);
void encode_error(std::string_view rid, const Error& error, std::string_view job_id,
                  std::string* out);
void encode_hello(std::string_view rid, const ServerFacts& facts, std::string* out);

}  // namespace muster::protocol
