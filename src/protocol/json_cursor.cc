#include "protocol/json_cursor.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/mutant.h"
#include "model/limits.h"

namespace muster::protocol {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

// Which brackets are open, one bit each; as deep as messages may be.
class OpenBrackets {
 public:
  bool full() const { return depth_ == limits::kDepth; }
  bool empty() const { return depth_ == 0; }
  bool in_object() const { return (bits_ & 1) != 0; }
  void open(char bracket) {
    bits_ = bits_ << 1 | (bracket == '{' ? 1U : 0U);
    ++depth_;
  }
  void close() {
    bits_ >>= 1;
    --depth_;
  }

 private:
  static_assert(limits::kDepth <= 64);
  uint64_t bits_ = 0;
  size_t depth_ = 0;
};

}  // namespace

JsonCursor::JsonCursor(std::string_view text)
    : begin_(text.data()), at_(text.data()), end_(text.data() + text.size()) {
  CHECK(text.size() <= UINT32_MAX, "a text of {} bytes", text.size());
}

bool JsonCursor::value(JsonValue* out) {
  const char first = peek();
  if (first == '{' || first == '[') return container(out);
  return scalar(out);
}

bool JsonCursor::scalar(JsonValue* out) {
  if (at_ == end_) return fail("the text ends where a value should stand");
  switch (*at_) {
    case '"':
      return string(out);
    case 't':
      return literal("true", JsonKind::kBool, out);
    case 'f':
      return literal("false", JsonKind::kBool, out);
    case 'n':
      return literal("null", JsonKind::kNull, out);
    default:
      return number(out);
  }
}

bool JsonCursor::literal(std::string_view word, JsonKind kind, JsonValue* out) {
  const auto left = static_cast<size_t>(end_ - at_);
  if (left < word.size() || std::string_view(at_, word.size()) != word) {
    return fail("expected a JSON value");
  }
  const char* begin = at_;
  at_ += word.size();
  close(kind, begin, out);
  return true;
}

bool JsonCursor::digits() {
  if (at_ == end_ || !is_digit(*at_)) return fail("expected a digit");
  skip_digits();
  return true;
}

void JsonCursor::skip_digits() {
  while (at_ < end_ && is_digit(*at_)) ++at_;
}

bool JsonCursor::number(JsonValue* out) {
  const char* begin = at_;
  if (*at_ == '-') ++at_;
  if (at_ == end_ || !is_digit(*at_)) return fail("expected a JSON value");
  if (*at_ == '0') {
    ++at_;
    if (MUSTER_PLANTED(decoder_leading_zero) && *begin == '-') skip_digits();
    if (at_ < end_ && is_digit(*at_)) return fail("a number must not begin with 0");
  } else {
    skip_digits();
  }
  if (at_ < end_ && *at_ == '.') {
    ++at_;
    if (!digits()) return false;
  }
  if (at_ < end_ && (*at_ == 'e' || *at_ == 'E')) {
    ++at_;
    if (at_ < end_ && (*at_ == '+' || *at_ == '-')) ++at_;
    if (!digits()) return false;
  }
  close(JsonKind::kNumber, begin, out);
  return true;
}

// At a backslash.
bool JsonCursor::escape() {
  if (end_ - at_ < 2) return fail("a string is not closed");
  switch (at_[1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      at_ += 2;
      return true;
    case 'u':
      break;
    default:
      return fail("an unknown escape in a string");
  }
  if (end_ - at_ < 6) return fail("a string is not closed");
  for (int i = 2; i < 6; ++i) {
    if (!is_hex(at_[i])) return fail("\\u needs four hexadecimal digits");
  }
  at_ += 6;
  return true;
}

bool JsonCursor::string(JsonValue* out) {
  const char* begin = at_++;
  bool escaped = false;
  while (true) {
    at_ = json_internal::skip_plain<true>(at_, end_);
    if (at_ == end_) return fail("a string is not closed");
    const auto byte = static_cast<unsigned char>(*at_);
    if (byte == '"') break;
    if (byte == '\\') {
      escaped = true;
      if (!escape()) return false;  // its form; a surrogate without a partner is still grammar
    } else if (byte < 0x20) {
      return fail("a control character in a string must be escaped");
    } else {
      // Text outside ASCII comes in runs: stay here instead of restarting the wide scan.
      do {
        const size_t length = json_internal::utf8_sequence(at_, end_);
        if (length == 0) return fail("a string is not UTF-8");
        at_ += length;
      } while (at_ < end_ && static_cast<unsigned char>(*at_) >= 0x80);
    }
  }
  ++at_;
  close(JsonKind::kString, begin, out);
  out->escaped = escaped;
  return true;
}

// At an opening bracket: the whole of it, without recursion.
bool JsonCursor::container(JsonValue* out) {
  const char* begin = at_;
  const JsonKind kind = *at_ == '{' ? JsonKind::kObject : JsonKind::kArray;
  OpenBrackets open;
  open.open(*at_++);
  bool first = true;
  JsonValue ignored;
  while (!open.empty()) {
    const Step step = open.in_object() ? next_key(&first, &ignored) : next_item(&first);
    if (step == Step::kBad) return false;
    if (step == Step::kEnd) {
      open.close();
      first = false;
      continue;
    }
    const char bracket = peek();
    if (bracket != '{' && bracket != '[') {
      if (!scalar(&ignored)) return false;
      continue;
    }
    // The framer bounds whole messages; texts from elsewhere are bounded here.
    if (open.full()) return fail("nested deeper than 64 levels");
    open.open(bracket);
    ++at_;
    first = true;
  }
  close(kind, begin, out);
  return true;
}

JsonCursor::Step JsonCursor::next_key(bool* first, JsonValue* key) {
  char next = peek();
  if (next == '}') {
    ++at_;
    return Step::kEnd;
  }
  if (!*first) {
    if (next != ',') return fail("expected ',' or '}'"), Step::kBad;
    ++at_;
    next = peek();
  }
  *first = false;
  if (next != '"') return fail("expected a member's name in quotes"), Step::kBad;
  if (!string(key)) return Step::kBad;
  if (peek() != ':') return fail("expected ':'"), Step::kBad;
  ++at_;
  return Step::kItem;
}

JsonCursor::Step JsonCursor::next_item(bool* first) {
  const char next = peek();
  if (next == ']') {
    ++at_;
    return Step::kEnd;
  }
  if (!*first) {
    if (next != ',') return fail("expected ',' or ']'"), Step::kBad;
    ++at_;
  }
  *first = false;
  return Step::kItem;
}

bool JsonCursor::at_end() {
  skip_space();
  if (at_ == end_) return true;
  return fail("text behind the value");
}

std::string JsonCursor::complaint() const {
  return fmt::format("{} (at byte {})", what_, position());
}

}  // namespace muster::protocol
