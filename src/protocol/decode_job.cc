#include "protocol/decode_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/hash.h"
#include "base/mutant.h"
#include "model/limits.h"
#include "protocol/json_text.h"
#include "protocol/verb_fields.h"

namespace muster::protocol {
namespace {

constexpr const FieldTable& kJob = kJobFields;
constexpr Duration kNone;
constexpr Duration kOneMs = Duration::milliseconds(1);

constexpr uint32_t kFingerprinted = ~(kTypeField.bit() | kRidField.bit() | kDataField.bit() |
                                      kJob["job_id"].bit() | kJob["id"].bit());
constexpr uint32_t kOptionFields = kJob["retry"].bit() | kJob["max_lost"].bit() |
                                   kJob["timeout_ms"].bit() | kJob["deadline"].bit() |
                                   kJob["result_ttl_ms"].bit();
constexpr uint32_t kTimingFields = kJob["delay_ms"].bit() | kJob["run_at"].bit();

// `j-<n>` is the form in which the server names jobs.
bool is_server_form(std::string_view id) {
  return id.size() > 2 && id.starts_with("j-") &&
         std::all_of(id.begin() + 2, id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void take_id(Fields& fields, JobSpec* job) {
  constexpr Field kJobId = kJob["job_id"];
  constexpr Field kId = kJob["id"];
  if (fields.has(kJobId) && fields.has(kId)) {
    return fields.refuse(ErrorCode::kBadRequest, kId, "means job_id, which is given too: give one");
  }
  job->id = fields.id(fields.has(kId) ? kId : kJobId);
  if (is_server_form(job->id)) {
    fields.refuse(ErrorCode::kBadRequest, fields.has(kId) ? kId : kJobId,
                  "has the form of ids that the server gives (j-<n>): choose another or none");
  }
}

void take_kind(Fields& fields, JobSpec* job) {
  constexpr Field kType = kJob["job_type"];
  const bool command = fields.has(kJob["command"]);
  const bool duration = fields.has(kJob["duration"]);
  job->queue = fields.name(kJob["queue"], "default");
  if (fields.has(kType)) {
    job->job_type = fields.name(kType);
    if (job->job_type == "exec" && !command)
      fields.need(kJob["command"], "is missing: exec runs it");
    if (job->job_type == "sleep" && !duration) {
      fields.need(kJob["duration"], "is missing: sleep jobs take so many seconds");
    }
    return;
  }
  // A command with a duration is a command: the duration only says how long it is expected to take.
  job->job_type = command ? "exec" : "sleep";
  if (command || duration) return;
  fields.need(kType, "is missing: name a handler, or give command (exec) or duration (sleep)");
}

void take_duration(Fields& fields, JobSpec* job) {
  constexpr Field kDuration = kJob["duration"];
  if (!fields.has(kDuration)) return;
  const JsonValue& value = fields.value(kDuration);
  if (value.kind == JsonKind::kNumber) {
    const Decimal ms = read_decimal(value.text(), 3);
    if (ms.within(0, limits::kLongest.ms())) {
      // A fraction of a millisecond counts as one: a short job is not an empty one.
      job->duration = Duration::milliseconds(ms.value + (ms.fit == Decimal::Fit::kCut ? 1 : 0));
      return;
    }
  }
  fields.fail(kDuration, "seconds from 0 to 316224000");
}

// delay_ms and run_at are two answers to one question; taking either silently would be a guess.
void take_timing(Fields& fields, JobSpec* job) {
  job->delay = fields.ms(kJob["delay_ms"], kNone, limits::kLongest);
  job->run_at = fields.wall_time(kJob["run_at"]);
  if (fields.has(kJob["delay_ms"]) && job->run_at) {
    fields.refuse(ErrorCode::kBadRequest, kJob["run_at"], "excludes delay_ms: give one of them");
  }
}

void take_retry(Fields& fields, std::string* arena, RetryPolicy* retry) {
  constexpr Field kRetry = kJob["retry"];
  if (!fields.has(kRetry)) return;
  if (fields.value(kRetry).kind != JsonKind::kObject) return fields.fail(kRetry, "an object");
  JsonCursor cursor(fields.value(kRetry).text());
  Fields nested(kRetryFields, &cursor, arena);
  nested.set_path("retry.");
  if (nested.read_all()) {
    retry->max_attempts = static_cast<uint32_t>(
        nested.integer(kRetryFields["max_attempts"], 1, limits::kMaxAttempts, retry->max_attempts));
    retry->backoff = nested.ms(kRetryFields["backoff_ms"], kNone, limits::kLongest, retry->backoff);
    retry->factor_milli = nested.thousandths(kRetryFields["factor"], 1000, limits::kMaxFactorMilli,
                                             retry->factor_milli);
    retry->cap = nested.ms(kRetryFields["cap_ms"], kNone, limits::kLongest, retry->cap);
    retry->jitter_milli = nested.thousandths(kRetryFields["jitter"], 0, 1000, retry->jitter_milli);
  }
  fields.adopt(&nested);
}

void take_options(Fields& fields, std::string* arena, JobOptions* options) {
  take_retry(fields, arena, &options->retry);
  options->max_lost = static_cast<uint32_t>(
      fields.integer(kJob["max_lost"], 1, limits::kMaxAttempts, options->max_lost));
  options->timeout = fields.optional_ms(kJob["timeout_ms"], kOneMs, limits::kLongest);
  options->deadline = fields.wall_time(kJob["deadline"]);
  options->result_ttl = fields.optional_ms(kJob["result_ttl_ms"], kNone, limits::kLongest);
}

// An array of `least` to `most` strings. Only looked at: the worker unescapes them. U+0000 would
// cut an argument short there, so it is refused here, where somebody still reads the message.
void check_strings(Fields& fields, Field field, size_t least, size_t most, size_t most_bytes) {
  if (fields.value(field).kind != JsonKind::kArray)
    return fields.fail(field, "an array of strings");
  JsonCursor items(fields.value(field).text());
  items.enter();
  bool first = true;
  size_t count = 0;
  JsonValue item;
  // not covered: the array was read before, as a value
  while (items.next_item(&first) == JsonCursor::Step::kItem && items.value(&item)) {
    ++count;
    if (item.kind != JsonKind::kString) {
      return fields.refuse(ErrorCode::kBadRequest, field, "must hold strings only");
    }
    if (item.inner().size() > most_bytes || (item.escaped && holds_nul(item.inner()))) {
      return fields.refuse(ErrorCode::kBadRequest, field,
                           "holds a string that is too long or contains U+0000");
    }
  }
  if (count < least || count > most) {
    fields.refuse(count > most ? ErrorCode::kTooLarge : ErrorCode::kBadRequest, field,
                  fmt::format("must hold {} to {} strings, not {}", least, most, count));
  }
}

// The members that the engine only carries, in their order. Copied together, so that the engine
// keeps one string; `duration` is first, where a plain assignment finds it.
void take_body(Fields& fields, std::string* arena, JobSpec* job) {
  constexpr Field kBody[] = {kJob["duration"], kJob["command"], kJob["payload"], kJob["tags"],
                             kJob["trace"]};
  const size_t start = arena->size();
  for (const Field field : kBody) {
    if (!fields.has(field)) continue;
    const std::string_view name = kJob.name(field);
    const std::string_view value = fields.value(field).text();
    CHECK(arena->capacity() - arena->size() >= name.size() + value.size() + 4, "the arena is full");
    if (arena->size() > start) arena->push_back(',');
    arena->push_back('"');
    arena->append(name);
    arena->append("\":");
    arena->append(value);
  }
  join_lines(start, arena);
  job->body = std::string_view(*arena).substr(start);
}

// One for each field's name, so that equal values of different fields do not look alike.
std::array<uint64_t, FieldTable::kMost> name_hashes() {
  std::array<uint64_t, FieldTable::kMost> hashes = {};
  for (size_t i = 0; i < kJob.size(); ++i) hashes[i] = hash64(kJob.name(i));
  return hashes;
}

// What decides whether a second submission under the same id is the same job. A sum does not depend
// on the order of the fields. Part of what is stored: never to be computed in another way.
uint64_t fingerprint_of(const Fields& fields) {
  static const std::array<uint64_t, FieldTable::kMost> kNameHashes = name_hashes();
  uint64_t sum = 0;
  const uint32_t content =
      MUSTER_MUTANT(rid_is_content) ? kFingerprinted | kRidField.bit() : kFingerprinted;
  for (uint32_t left = fields.seen() & content; left != 0; left &= left - 1) {
    const Field field{static_cast<uint8_t>(std::countr_zero(left))};
    sum += hash64(fields.value(field).text(), kNameHashes[field.index]);
  }
  return sum;
}

}  // namespace

void take_job(Fields& fields, std::string* arena, JobSpec* job) {
  const uint32_t seen = fields.seen();
  take_id(fields, job);
  take_kind(fields, job);
  take_duration(fields, job);
  job->priority = static_cast<uint32_t>(
      fields.integer(kJob["priority"], 0, std::numeric_limits<uint32_t>::max(), job->priority));
  if ((seen & kTimingFields) != 0) take_timing(fields, job);
  if ((seen & kOptionFields) != 0) take_options(fields, arena, &job->options);
  if (fields.has(kJob["command"])) {
    check_strings(fields, kJob["command"], 1, limits::kCommandWords, SIZE_MAX);
  }
  if (fields.has(kJob["tags"])) {
    check_strings(fields, kJob["tags"], 0, limits::kTags, limits::kTagBytes);
  }
  if (!fields.ok()) return;  // a refused job needs no body
  take_body(fields, arena, job);
  job->fingerprint = fingerprint_of(fields);
}

}  // namespace muster::protocol
