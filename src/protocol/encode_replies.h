// One overload for each kind of Reply and Push; the lines without their '\n'. See docs/protocol.md.
#pragma once

#include <string_view>

#include "model/reply.h"
#include "protocol/encoder.h"
#include "protocol/json_writer.h"

namespace muster::protocol {

void write_error(std::string_view rid, const Error& error, std::string_view job_id,
                 JsonWriter& json);

// encode_submit.cc
void write_reply(std::string_view rid, const Accepted& accepted, JsonWriter& json);
void write_reply(std::string_view rid, const AcceptedBatch& accepted, JsonWriter& json);

// encode_work.cc: what workers are answered
void write_reply(std::string_view rid, const Assigned& assigned, JsonWriter& json);
void write_reply(std::string_view rid, const NoJob& none, JsonWriter& json);
void write_reply(std::string_view rid, const Done& done, JsonWriter& json);
void write_reply(std::string_view rid, const DoneBatch& done, JsonWriter& json);
void write_reply(std::string_view rid, const Extended& extended, JsonWriter& json);
void write_reply(std::string_view rid, const Consuming& consuming, JsonWriter& json);
void write_reply(std::string_view rid, const Registered& registered, JsonWriter& json);
void write_reply(std::string_view rid, const HeartbeatAnswer& answer, JsonWriter& json);
void write_push(const PushedJob& pushed, JsonWriter& json);
void write_push(const PushedCancel& pushed, JsonWriter& json);
void write_push(const ConsumeEnded& ended, JsonWriter& json);

// encode_views.cc: what people are shown
void write_reply(std::string_view rid, const JobView& view, JsonWriter& json);
void write_reply(std::string_view rid, const JobPage& page, JsonWriter& json);
void write_reply(std::string_view rid, const QueueList& list, JsonWriter& json);
void write_reply(std::string_view rid, const WorkerList& list, JsonWriter& json);
void write_reply(std::string_view rid, const StatsView& stats, const ServerFacts& facts,
                 JsonWriter& json);
void write_reply(std::string_view rid, const Ok& ok, JsonWriter& json);
void write_reply(std::string_view rid, const Refused& refused, JsonWriter& json);

}  // namespace muster::protocol
