#include "protocol/json_view.h"

#include "base/check.h"

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

JsonItems JsonView::items() const { return JsonItems(is(JsonKind::kArray) ? raw() : "[]"); }

JsonMembers JsonView::members() const { return JsonMembers(is(JsonKind::kObject) ? raw() : "{}"); }

size_t JsonView::size() const {
  size_t count = 0;
  for ([[maybe_unused]] const JsonView& item : items()) ++count;
  return count;
}

bool JsonMember::named(std::string_view key_wanted) const {
  return name.escaped ? key() == key_wanted : name.inner() == key_wanted;
}

std::string JsonMember::key() const { return JsonView(name).string_or({}); }

void JsonItems::Iterator::advance() {
  if (!started_) {
    cursor_.peek();
    cursor_.enter();
    started_ = true;
  }
  const auto step = cursor_.next_item(&first_);
  done_ = step == JsonCursor::Step::kEnd;
  if (done_) return;
  JsonValue value;
  CHECK(step == JsonCursor::Step::kItem && cursor_.value(&value), "unchecked JSON in a view");
  item_ = JsonView(value);
}

void JsonMembers::Iterator::advance() {
  if (!started_) {
    cursor_.peek();
    cursor_.enter();
    started_ = true;
  }
  const auto step = cursor_.next_key(&first_, &member_.name);
  done_ = step == JsonCursor::Step::kEnd;
  if (done_) return;
  JsonValue value;
  CHECK(step == JsonCursor::Step::kItem && cursor_.value(&value), "unchecked JSON in a view");
  member_.value = JsonView(value);
}

}  // namespace muster::protocol
