#include "protocol/json_view.h"

#include "base/check.h"
#include "base/mutant.h"

namespace muster::protocol {

std::optional<std::string> JsonView::string() const {
  if (!is(JsonKind::kString)) return std::nullopt;
  if (!value_.escaped) return std::string(value_.inner());
  std::string text;
  append_unescaped(value_.inner(), &text);
  return text;
}

std::string JsonView::string_or(std::string_view fallback) const {
  if (auto text = string()) return *std::move(text);
  return std::string(fallback);
}

std::optional<int64_t> JsonView::integer() const {
  if (!is(JsonKind::kNumber)) return std::nullopt;
  const Decimal decimal = read_decimal(raw());
  if (decimal.fit != Decimal::Fit::kExact) return std::nullopt;
  return decimal.value;
}

std::optional<uint64_t> JsonView::unsigned_integer() const {
  const auto value = integer();
  if (!value || *value < 0) return std::nullopt;
  return static_cast<uint64_t>(*value);
}

std::optional<bool> JsonView::boolean() const {
  if (!is(JsonKind::kBool)) return std::nullopt;
  return raw() == "true";
}

JsonView JsonView::operator[](std::string_view key) const {
  for (const JsonMember& member : members()) {
    if (member.named(key)) return member.value;
  }
  return {};
}

JsonSequence<JsonView> JsonView::items() const {
  return JsonSequence<JsonView>(is(JsonKind::kArray) ? raw() : "[]");
}

JsonSequence<JsonMember> JsonView::members() const {
  return JsonSequence<JsonMember>(is(JsonKind::kObject) ? raw() : "{}");
}

size_t JsonView::size() const {
  size_t count = 0;
  for ([[maybe_unused]] const JsonView& item : items()) ++count;
  return count;
}

bool JsonMember::named(std::string_view key_wanted) const {
  const bool read_it = name.escaped && !MUSTER_PLANTED(view_escaped_names_compared_raw);
  return read_it ? key() == key_wanted : name.inner() == key_wanted;
}

std::string JsonMember::key() const { return JsonView(name).string_or({}); }

namespace {

// The value of the item or member that `step` has come to; false: there is none left.
bool read_value(JsonCursor* cursor, JsonCursor::Step step, JsonView* view) {
  if (step == JsonCursor::Step::kEnd) return false;
  JsonValue value;
  CHECK(step == JsonCursor::Step::kItem && cursor->value(&value), "unchecked JSON in a view");
  *view = JsonView(value);
  return true;
}

}  // namespace

bool read_next(JsonCursor* cursor, bool* first, JsonView* item) {
  return read_value(cursor, cursor->next_item(first), item);
}

bool read_next(JsonCursor* cursor, bool* first, JsonMember* member) {
  return read_value(cursor, cursor->next_key(first, &member->name), &member->value);
}

}  // namespace muster::protocol
