// The typed access of fields.h.
#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "protocol/fields.h"
#include "protocol/json_text.h"

namespace muster::protocol {
namespace {

constexpr std::array<bool, 256> name_bytes() {
  std::array<bool, 256> allowed = {};
  for (unsigned c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) allowed[c] = allowed[c + ('a' - 'A')] = true;
  for (const char c : {'.', '_', ':', '/', '-'}) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}
constexpr std::array<bool, 256> kNameBytesAllowed = name_bytes();

constexpr std::string_view kIdRule = "1 to 200 bytes of UTF-8 without control characters";
constexpr std::string_view kNameRule = "1 to 200 bytes of A-Z a-z 0-9 . _ : / -";

// The longest beginning of at most `most` bytes that ends between characters.
std::string_view cut(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  // not covered: text is UTF-8, so a character begins within four bytes
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

}  // namespace

bool is_id(std::string_view text) {
  if (text.empty() || text.size() > limits::kIdBytes) return false;
  unsigned char before = 0;  // U+0080 to U+009F are C2 80 to C2 9F
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F || (before == 0xC2 && byte < 0xA0)) return false;
    before = byte;
  }
  return true;
}

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > limits::kNameBytes) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kNameBytesAllowed[static_cast<unsigned char>(c)]; });
}

std::string_view Fields::meaning(const JsonValue& string, bool* whole) {
  if (!string.escaped) [[likely]] {
    return string.inner();
  }
  const size_t start = arena_->size();
  // Views into the arena are out already; it must not move.
  CHECK(arena_->capacity() - start >= string.size, "an arena of {} bytes", arena_->capacity());
  *whole = append_unescaped(string.inner(), arena_);
  return std::string_view(*arena_).substr(start);
}

bool Fields::is_text(Field field, const JsonValue& value, std::string_view* out) {
  bool whole = true;
  *out = meaning(value, &whole);
  if (!whole) refuse(ErrorCode::kBadRequest, field, "has a surrogate without its partner");
  return whole;
}

bool Fields::check_id(Field field, const JsonValue& value, std::string_view* out) {
  if (value.kind == JsonKind::kString) {
    if (!is_text(field, value, out)) return false;
    if (is_id(*out)) return true;
  }
  refuse(ErrorCode::kBadRequest, field, fmt::format("must be {}", kIdRule));
  return false;
}

bool Fields::check_name(Field field, const JsonValue& value, std::string_view* out) {
  if (value.kind == JsonKind::kString) {
    if (!is_text(field, value, out)) return false;
    if (is_name(*out)) return true;
  }
  refuse(ErrorCode::kBadRequest, field, fmt::format("must be {}", kNameRule));
  return false;
}

std::string_view Fields::text(Field field, size_t least, size_t most, std::string_view fallback) {
  if (!has(field)) return fallback;
  std::string_view text;
  if (value(field).kind != JsonKind::kString) {
    fail(field, fmt::format("a string of {} to {} bytes", least, most));
    return fallback;
  }
  if (!is_text(field, value(field), &text)) return fallback;
  if (text.size() >= least && text.size() <= most) return text;
  refuse(ErrorCode::kBadRequest, field,
         fmt::format("must be {} to {} bytes long, not {}", least, most, text.size()));
  return fallback;
}

std::string_view Fields::id(Field field) {
  std::string_view id;
  return has(field) && check_id(field, value(field), &id) ? id : std::string_view();
}

std::string_view Fields::name(Field field, std::string_view fallback) {
  std::string_view name;
  return has(field) && check_name(field, value(field), &name) ? name : fallback;
}

std::string Fields::cut_text(Field field, size_t most) {
  if (!has(field)) return {};
  if (value(field).kind != JsonKind::kString) {
    fail(field, "a string");
    return {};
  }
  bool whole = true;  // not asked: what is left of a broken character is shown
  return std::string(cut(meaning(value(field), &whole), most));
}

int64_t Fields::integer(Field field, int64_t least, int64_t most, int64_t fallback) {
  if (!has(field)) return fallback;
  if (value(field).kind == JsonKind::kNumber) {
    // 5.0 and 1e3 are integers: some languages write them so.
    const Decimal number = read_decimal(value(field).text());
    if (number.fit == Decimal::Fit::kExact && number.value >= least && number.value <= most) {
      return number.value;
    }
  }
  fail(field, fmt::format("an integer from {} to {}", least, most));
  return fallback;
}

uint32_t Fields::thousandths(Field field, uint32_t least, uint32_t most, uint32_t fallback) {
  if (!has(field)) return fallback;
  if (value(field).kind == JsonKind::kNumber) {
    const Decimal number = read_decimal(value(field).text(), 3);
    if (number.within(least, most)) return static_cast<uint32_t>(number.value);
  }
  fail(field, fmt::format("a number from {} to {}", least / 1000.0, most / 1000.0));
  return fallback;
}

Duration Fields::ms(Field field, Duration least, Duration most, Duration fallback) {
  return Duration::milliseconds(integer(field, least.ms(), most.ms(), fallback.ms()));
}

std::optional<Duration> Fields::optional_ms(Field field, Duration least, Duration most) {
  if (!has(field)) return std::nullopt;
  return ms(field, least, most);
}

std::optional<WallTime> Fields::wall_time(Field field) {
  if (!has(field)) return std::nullopt;
  const JsonValue& found = value(field);
  if (found.kind == JsonKind::kNumber) {
    const Decimal number = read_decimal(found.text());
    if (number.fit == Decimal::Fit::kExact && number.value >= 0 && number.value <= kLatestWallMs) {
      return WallTime::from_ms(number.value);
    }
  } else if (found.kind == JsonKind::kString) {
    if (const auto at = read_rfc3339(found.inner())) return WallTime::from_ms(*at);
  }
  refuse(ErrorCode::kBadRequest, field,
         "must be milliseconds since 1970 (an integer) or RFC 3339 with an offset, such as "
         "\"2026-11-24T03:30:00Z\"");
  return std::nullopt;
}

bool Fields::boolean(Field field, bool fallback) {
  if (!has(field)) return fallback;
  if (value(field).kind == JsonKind::kBool) return value(field).text() == "true";
  fail(field, "true or false");
  return fallback;
}

std::string_view Fields::one_line(std::string_view json) {
  if (!breaks_lines(json)) [[likely]] {
    return json;
  }
  const size_t start = arena_->size();
  CHECK(arena_->capacity() - start >= json.size(), "an arena of {} bytes", arena_->capacity());
  arena_->append(json);
  join_lines(start, arena_);
  return std::string_view(*arena_).substr(start);
}

std::string_view Fields::raw_object(Field field, size_t most) {
  if (!has(field)) return {};
  if (value(field).kind != JsonKind::kObject) {
    fail(field, "an object");
  } else if (value(field).size > most) {
    refuse(ErrorCode::kTooLarge, field, fmt::format("may have at most {} bytes", most));
  }
  return one_line(value(field).text());
}

std::string_view Fields::result(Field field) {
  if (!has(field)) return {};
  if (value(field).size > limits::kResultBytes) {
    refuse(ErrorCode::kTooLarge, field,
           fmt::format("may have at most {} bytes: store it elsewhere and report where",
                       limits::kResultBytes));
  }
  return one_line(value(field).text());
}

void Fields::names(Field field, std::vector<std::string_view>* out) {
  out->clear();
  if (!has(field)) return;
  if (value(field).kind != JsonKind::kArray) return fail(field, "an array of names");
  JsonCursor items(value(field).text());
  items.enter();
  bool first = true;
  while (ok() && items.next_item(&first) == JsonCursor::Step::kItem) {
    JsonValue item;
    std::string_view name;
    // not covered: the array was read before, as a value
    if (!items.value(&item) || !check_name(field, item, &name)) break;
    out->push_back(name);
    if (out->size() > limits::kQueuesPerRequest) {
      refuse(ErrorCode::kTooLarge, field,
             fmt::format("may have at most {} names", limits::kQueuesPerRequest));
    }
  }
}

void Fields::ids(Field field, std::vector<std::string_view>* out) {
  out->clear();
  if (!has(field)) return;
  if (value(field).kind != JsonKind::kArray) return fail(field, "an array of ids");
  JsonCursor items(value(field).text());
  items.enter();
  bool first = true;
  while (ok() && items.next_item(&first) == JsonCursor::Step::kItem) {
    JsonValue item;
    std::string_view id;
    // not covered: the array was read before, as a value
    if (!items.value(&item) || !check_id(field, item, &id)) break;
    out->push_back(id);
    if (out->size() > limits::kBatch) {
      refuse(ErrorCode::kTooLarge, field, fmt::format("may have at most {} ids", limits::kBatch));
    }
  }
  if (ok() && out->empty()) refuse(ErrorCode::kBadRequest, field, "must name at least one job");
}

}  // namespace muster::protocol
