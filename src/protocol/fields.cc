#include "protocol/fields.h"

#include <fmt/format.h>

#include "base/mutant.h"
#include "protocol/json_text.h"
#include "protocol/verb_fields.h"

namespace muster::protocol {
namespace {

constexpr size_t kLongestKnownName = 32;
constexpr size_t kShownBytes = 32;  // of a wrong number

std::string_view kind_name(JsonKind kind) {
  switch (kind) {
    case JsonKind::kNull:
      return "null (leave the field out instead)";
    case JsonKind::kBool:
      return "a boolean";
    case JsonKind::kNumber:
      return "a number";
    case JsonKind::kString:
      return "a string";
    case JsonKind::kArray:
      return "an array";
    case JsonKind::kObject:
      return "an object";
  }
  return {};
}

}  // namespace

int Fields::find(const JsonValue& key) const {
  if (!key.escaped) [[likely]] {
    return table_->find(key.inner());
  }
  // \u0071ueue is "queue", too. A known name has at most six bytes for each of its own.
  if (key.inner().size() > 6 * kLongestKnownName) return -1;
  std::string name;
  append_unescaped(key.inner(), &name);
  return table_->find(name);
}

int Fields::read(uint32_t stop_at) {
  if (!entered_) {
    if (!cursor_->enter_object()) {
      spoil();
      return kFailed;
    }
    entered_ = true;
  }
  JsonValue key;
  while (true) {
    const JsonCursor::Step step = cursor_->next_key(&first_, &key);
    if (step == JsonCursor::Step::kEnd) break;
    JsonValue ignored;
    const int index = step == JsonCursor::Step::kItem ? find(key) : -1;
    JsonValue* value = index < 0 ? &ignored : &values_[static_cast<size_t>(index)];
    if (index >= 0) {
      const Field field{static_cast<uint8_t>(index)};
      if (has(field) && !MUSTER_MUTANT(second_value_wins)) {
        twice_ = true;
        refuse(ErrorCode::kBadRequest, field, "is given twice: give it once");
      }
      seen_ |= field.bit();
      // A batch is not read as one value first: its items are checked where they are understood.
      if ((stop_at & field.bit()) != 0) return index;
    }
    if (step == JsonCursor::Step::kBad || !cursor_->value(value)) {
      spoil();
      return kFailed;
    }
    if (top_ && index == kDataField.index && value->kind == JsonKind::kObject) wrapped_ = true;
  }
  if (top_ && !cursor_->at_end()) spoil();
  return ok() && !wrapped_ ? kEnd : kFailed;
}

std::string Fields::full_name(Field field) const {
  if (path_index_ < 0) return fmt::format("{}{}", path_, table_->name(field));
  return fmt::format("{}[{}].{}", path_, path_index_, table_->name(field));
}

void Fields::fail(Field field, std::string_view expected) {
  if (error_) return;
  const JsonValue& found = value(field);
  // Only numbers are shown: a string may be a secret, and whoever sent it knows it.
  std::string shown(kind_name(found.kind));
  if (found.kind == JsonKind::kNumber) {
    shown = found.text().substr(0, kShownBytes);
    if (found.size > kShownBytes) shown += "…";
  }
  note({ErrorCode::kBadRequest,
        fmt::format("{} must be {}, not {}", full_name(field), expected, shown)});
}

void Fields::refuse(ErrorCode code, Field field, std::string_view why) {
  if (!error_) note({code, fmt::format("{} {}", full_name(field), why)});
}

void Fields::refuse(ErrorCode code, std::string message) { note({code, std::move(message)}); }

void Fields::spoil() {
  // It outranks what was found before: a wrong field may be an effect of the broken text.
  malformed_ = true;
  error_ = Error{ErrorCode::kBadJson, cursor_->complaint()};
}

void Fields::adopt(Fields* nested) {
  // not covered: batches end where they are malformed, and other objects were read before
  if (nested->malformed()) return spoil();
  if (!nested->ok()) note(nested->take_error());
}

bool Fields::need(Field field, std::string_view remedy) {
  if (has(field)) return true;
  refuse(ErrorCode::kBadRequest, field, remedy);
  return false;
}

}  // namespace muster::protocol
