// What JSON texts mean, where somebody needs to know: whole texts checked, strings unescaped,
// numbers read. Payloads and results are only ever checked; nothing here converts them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/json_cursor.h"

namespace muster::protocol {

// The one value that `text` consists of, fully checked; or nothing, and (if asked) the complaint.
std::optional<JsonValue> check_json(std::string_view text, std::string* complaint = nullptr);

// Appends the meaning of a checked string's inner text, as UTF-8. A surrogate without its partner
// has none: it becomes U+FFFD, and the result is false.
bool append_unescaped(std::string_view inner, std::string* out);

// Whether a checked string's inner text holds U+0000 (which no argv, name or C string can carry).
bool holds_nul(std::string_view inner);

// Checked JSON has line breaks only between its tokens, where a space means the same. What will be
// part of an answer must have none: an answer is one line.
bool breaks_lines(std::string_view json);
void join_lines(size_t from, std::string* json);  // from there on, each break becomes a space

// A checked number times 10^scale, cut towards zero.
struct Decimal {
  enum class Fit : uint8_t {
    kExact,
    kCut,
    kTooLarge
  };  // kTooLarge: beyond 64 bits, value saturated
  int64_t value = 0;
  Fit fit = Fit::kExact;
  bool negative = false;  // also when it was cut to 0

  // Whether the number itself, what was cut off included, lies from `least` to `most`.
  bool within(int64_t least, int64_t most) const {
    if (fit == Fit::kTooLarge || value < least || value > most) return false;
    return fit == Fit::kExact || value != (negative ? least : most);
  }
};
Decimal read_decimal(std::string_view number, int scale = 0);

// RFC 3339 with an offset (2026-11-24T03:30:00+01:00, fractions cut to milliseconds), as
// milliseconds since 1970-01-01 UTC. Years 1970 to 9999.
std::optional<int64_t> read_rfc3339(std::string_view text);

// The last instant that RFC 3339 can name.
inline constexpr int64_t kLatestWallMs = 253'402'300'799'999;

}  // namespace muster::protocol
