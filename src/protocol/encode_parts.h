// Pieces that several answers share. All append to a JsonWriter and cannot fail.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "model/counters.h"
#include "model/error.h"
#include "model/job.h"
#include "model/reply.h"
#include "protocol/json_writer.h"

namespace muster::protocol {

// How a line begins: its first member, then the rid behind it, when there is one.
void begin_line(std::string_view name, std::string_view value, std::string_view rid,
                JsonWriter& json);

// The members of an error: code, message, retryable, retry_after_ms.
void write_error_members(const Error& error, JsonWriter& json);

// The members of an assignment behind `type`: job_id, lease, attempt, … and the body.
void write_assignment(const JobRecord& job, JsonWriter& json);

// The members of one job's record: everything, or (for lists) all but the result and the attempts.
enum class Detail : uint8_t { kFull, kList };
void write_job(const JobView& view, Detail detail, JsonWriter& json);

// {"scheduled":0,"ready":0,…} and {"submitted":0,…}.
void write_job_counts(const std::array<uint64_t, kJobStates>& jobs, JsonWriter& json);
void write_totals(const Totals& totals, JsonWriter& json);

}  // namespace muster::protocol
