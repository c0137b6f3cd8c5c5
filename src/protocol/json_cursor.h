// JsonCursor: reads JSON text front to back and checks each byte of it once: grammar of RFC 8259
// (numbers of any magnitude, escapes with or without surrogate partners) and UTF-8. It builds
// nothing: values are spans of the text. Callers walk the objects they know member by member and
// take everything else as one value, so that nothing unchecked is ever skipped. Not for use after a
// function returned false or kBad.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace muster::protocol {

enum class JsonKind : uint8_t { kNull, kBool, kNumber, kString, kArray, kObject };

// One value as it stands in the text, quotes or brackets included.
struct JsonValue {
  const char* begin = nullptr;
  uint32_t size = 0;
  JsonKind kind = JsonKind::kNull;
  bool escaped = false;  // a string with at least one backslash

  std::string_view text() const { return {begin, size}; }
  // Of a string: what stands between the quotes, escapes as they are.
  std::string_view inner() const { return {begin + 1, size - 2}; }
};

namespace json_internal {

inline constexpr uint64_t kOnes = 0x0101010101010101ULL;
inline constexpr uint64_t kHighs = 0x8080808080808080ULL;

// Sets the high bit of bytes that end a run of ordinary string bytes: '"', '\\' and controls. The
// lowest bit set is exact (borrows only spoil bytes above it), which is all that is used.
inline uint64_t string_stops(uint64_t word) {
  const uint64_t quote = word ^ (kOnes * '"');
  const uint64_t slash = word ^ (kOnes * '\\');
  return (((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash) |
          ((word - kOnes * 0x20) & ~word)) &
         kHighs;
}

// The first byte in [at, end) that is '"', '\\', a control or (kAscii) not ASCII; `end` if none is.
template <bool kAscii>
inline const char* skip_plain(const char* at, const char* end) {
  while (end - at >= 8) {
    uint64_t word = 0;
    std::memcpy(&word, at, 8);
    const uint64_t stops = string_stops(word) | (kAscii ? word & kHighs : 0);
    if (stops != 0) return at + (__builtin_ctzll(stops) >> 3);
    at += 8;
  }
  for (; at < end; ++at) {
    const auto byte = static_cast<unsigned char>(*at);
    if (byte < 0x20 || byte == '"' || byte == '\\' || (kAscii && byte >= 0x80)) return at;
  }
  return end;
}

// The length of the well-formed UTF-8 sequence of two to four bytes at `at`; 0 if there is none.
inline size_t utf8_sequence(const char* at, const char* end) {
  const auto byte = [&](int i) { return static_cast<unsigned char>(at[i]); };
  const auto tail = [&](int i) { return (byte(i) & 0xC0) == 0x80; };
  const auto left = end - at;
  const unsigned lead = byte(0);
  if (lead >= 0xC2 && lead <= 0xDF) return left >= 2 && tail(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (left < 3 || !tail(1) || !tail(2)) return 0;
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;  // overlong
    if (lead == 0xED && byte(1) > 0x9F) return 0;  // a surrogate
    return 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (left < 4 || !tail(1) || !tail(2) || !tail(3)) return 0;
    if (lead == 0xF0 && byte(1) < 0x90) return 0;  // overlong
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace json_internal

class JsonCursor {
 public:
  // The text must outlive the cursor and every value it returned; less than 4 GiB.
  explicit JsonCursor(std::string_view text);

  enum class Step : uint8_t { kItem, kEnd, kBad };

  // One whole value of any kind, white space before it skipped.
  bool value(JsonValue* out);

  // The next byte that is no white space; '\0' at the end of the text.
  char peek() {
    skip_space();
    return at_ < end_ ? *at_ : '\0';
  }
  // Steps into an object ('{') or array ('['), which peek() has shown to be there.
  void enter() { ++at_; }
  bool enter_object() {
    if (peek() != '{') return fail("expected a JSON object");
    ++at_;
    return true;
  }
  // The next member: its key is read, its value comes next. `first` is the caller's, true at the
  // start.
  Step next_key(bool* first, JsonValue* key);
  // The next item of an array: its value comes next.
  Step next_item(bool* first);
  // Nothing but white space is left.
  bool at_end();

  // After false or kBad: what was wrong and where, for a message.
  std::string complaint() const;
  size_t position() const { return static_cast<size_t>(at_ - begin_); }

 private:
  void skip_space() {
    while (at_ < end_ && static_cast<unsigned char>(*at_) <= ' ' &&
           (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) {
      ++at_;
    }
  }
  bool fail(std::string_view what) {
    what_ = what;
    return false;
  }
  bool scalar(JsonValue* out);
  bool string(JsonValue* out);
  bool escape();
  bool number(JsonValue* out);
  bool digits();
  void skip_digits();
  bool literal(std::string_view word, JsonKind kind, JsonValue* out);
  bool container(JsonValue* out);
  void close(JsonKind kind, const char* begin, JsonValue* out) const {
    *out = {begin, static_cast<uint32_t>(at_ - begin), kind, false};
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string_view what_;
};

}  // namespace muster::protocol
