#include "protocol/decoder.h"

#include <fmt/format.h>

#include "base/mutant.h"
#include "protocol/fields.h"
#include "protocol/json_text.h"
#include "protocol/scratch.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

constexpr size_t kScratchKept = 4 * limits::kMiB;  // an arena beyond this is given back

// The verb's name when it stands first, as it nearly always does: {"type":"stats"…
std::string_view first_type(std::string_view object) {
  JsonCursor cursor(object);
  if (cursor.peek() != '{') return {};
  cursor.enter();
  bool first = true;
  JsonValue key;
  JsonValue value;
  if (cursor.next_key(&first, &key) != JsonCursor::Step::kItem || key.text() != "\"type\"" ||
      cursor.peek() != '"' || !cursor.value(&value) || value.escaped) {
    return {};
  }
  return value.inner();
}

// Sets the request's rid from a raw value, or says what is wrong with it.
void take_rid(const JsonValue& value, Request* request, std::optional<Error>* error) {
  bool good = false;
  if (value.kind == JsonKind::kNumber) {
    const Decimal number = read_decimal(value.text());
    good = number.fit == Decimal::Fit::kExact && number.value >= 0 &&
           static_cast<uint64_t>(number.value) <= kMaxNumber && value.size <= limits::kRidBytes;
  } else if (value.kind == JsonKind::kString) {
    good = value.inner().size() <= limits::kRidBytes;
  }
  if (good) {
    request->rid = value.text();
  } else if (!*error) {
    *error =
        Error{ErrorCode::kBadRequest,
              "rid must be an integer from 0 to 9007199254740991 or a string of at most 64 bytes"};
  }
}

// Best effort, so that a refusal can name its job.
std::string_view job_id_of(Fields& fields) {
  for (const std::string_view name : {"job_id", "id"}) {
    const int index = fields.table().find(name);
    if (index < 0) continue;
    const Field field{static_cast<uint8_t>(index)};
    if (!fields.has(field) || fields.value(field).kind != JsonKind::kString) continue;
    if (fields.value(field).escaped) continue;
    const std::string_view id = fields.value(field).inner();
    if (is_id(id)) return id;
  }
  return {};
}

// The fields are read: rid, then whatever went wrong.
void conclude(Fields& fields, Decoder::Scratch& scratch) {
  Request& request = scratch.request;
  std::optional<Error> error;
  if (!fields.ok()) error = fields.take_error();
  // After malformed JSON the value behind a name may be missing.
  if (fields.has(kRidField) && fields.value(kRidField).begin != nullptr) {
    take_rid(fields.value(kRidField), &request, &error);
  }
  if (!error) return;
  if (!fields.malformed()) request.job_id = job_id_of(fields);
  request.what = *std::move(error);
}

// A message without a known verb, which is read all the same, for its rid and its form.
void refuse_verb(std::string_view object, Decoder::Scratch& scratch) {
  JsonCursor cursor(object);
  Fields fields(kBareFields, &cursor, &scratch.arena);
  fields.set_top();
  fields.read();  // whole, so that malformed JSON is called that, and the rid is found
  if (fields.malformed() || fields.twice()) {
  } else if (!fields.has(kTypeField)) {
    fields.refuse(ErrorCode::kBadRequest,
                  "type is missing: a message names its verb, such as "
                  "{\"type\":\"submit_job\",…}");
  } else if (fields.value(kTypeField).kind != JsonKind::kString) {
    fields.refuse(ErrorCode::kBadRequest, "type must be a string that names a verb");
  } else {
    bool whole = true;
    const std::string_view name = fields.meaning(fields.value(kTypeField), &whole);
    const std::string_view near = nearest_verb(name);
    std::string message = fmt::format("unknown type \"{}\"", name.size() <= 40 ? name : "…");
    message += near.empty() ? "; docs/protocol.md lists the verbs"
                            : fmt::format("; did you mean \"{}\"?", near);
    fields.refuse(ErrorCode::kUnknownType, std::move(message));
  }
  conclude(fields, scratch);
}

// The verb named by `type` wherever it stands, escaped or not.
const Verb* searched_verb(std::string_view object, Decoder::Scratch& scratch) {
  JsonCursor cursor(object);
  if (cursor.peek() != '{') return nullptr;
  Fields fields(kBareFields, &cursor, &scratch.arena);
  fields.read();
  if (!fields.ok() || !fields.has(kTypeField) ||
      fields.value(kTypeField).kind != JsonKind::kString) {
    return nullptr;
  }
  bool whole = true;
  return find_verb(fields.meaning(fields.value(kTypeField), &whole));
}

// The fields stand in `data`; what stands outside is ignored, unless it says the same thing twice.
void read_wrapped(const Verb& verb, const Fields& outer, Decoder::Scratch& scratch) {
  scratch.clear();
  JsonCursor cursor(outer.value(kDataField).text());
  Fields fields(*verb.fields, &cursor, &scratch.arena);
  fields.set_path("data.");  // messages say where the field stands
  if (outer.has(kRidField)) fields.keep(kRidField, outer.value(kRidField));
  verb.read(fields, scratch);
  const uint32_t both = outer.seen() & fields.seen() & ~kRidField.bit() & ~kDataField.bit();
  if (both != 0 && !MUSTER_PLANTED(decoder_both_places)) {
    const Field field{static_cast<uint8_t>(std::countr_zero(both))};
    fields.refuse(ErrorCode::kBadRequest, field, "is given outside data, too: give it once");
  }
  conclude(fields, scratch);
}

}  // namespace

Decoder::Decoder() : scratch_(std::make_unique<Scratch>()) {}
Decoder::~Decoder() = default;

const Request& Decoder::decode(std::string_view object) {
  Scratch& scratch = *scratch_;
  scratch.clear();
  if (scratch.arena.capacity() > kScratchKept) scratch.arena = {};
  // Unescaped text and bodies are together no longer than what they were read from; the verb may
  // have been unescaped before.
  scratch.arena.reserve(2 * object.size());
  scratch.request.rid = scratch.request.job_id = scratch.request.verb = {};
  const Verb* verb = find_verb(first_type(object));
  if (verb == nullptr) verb = searched_verb(object, scratch);
  if (verb == nullptr) {
    refuse_verb(object, scratch);
    return scratch.request;
  }
  scratch.request.verb = verb->name;
  JsonCursor cursor(object);
  Fields fields(*verb->fields, &cursor, &scratch.arena);
  fields.set_top();
  verb->read(fields, scratch);
  if (fields.wrapped() && !fields.malformed() && !fields.twice()) {
    read_wrapped(*verb, fields, scratch);
  } else {
    conclude(fields, scratch);
  }
  return scratch.request;
}

}  // namespace muster::protocol
