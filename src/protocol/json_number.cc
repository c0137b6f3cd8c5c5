// Numbers and times of json_text.h.
#include <array>
#include <limits>

#include "base/mutant.h"
#include "protocol/json_text.h"

namespace muster::protocol {
namespace {

constexpr int kDigitsKept = 19;  // below 2^64, whatever they are

// A number as digits × 10^exponent; `more`: digits that did not fit were not all zero.
struct Scanned {
  uint64_t digits = 0;
  int64_t exponent = 0;
  bool more = false;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void take_digit(char c, bool fraction, int* kept, Scanned* out) {
  if (*kept < kDigitsKept) {
    out->digits = out->digits * 10 + static_cast<uint64_t>(c - '0');
    if (out->digits != 0) ++*kept;  // leading zeros take no room
    const bool planted = MUSTER_PLANTED(decoder_decimal_shift) && *kept > 3;
    if (fraction && !planted) --out->exponent;
    return;
  }
  out->more = out->more || c != '0';
  if (!fraction) ++out->exponent;
}

Scanned scan(std::string_view number) {
  Scanned out;
  int kept = 0;
  size_t at = 0;
  for (; at < number.size() && is_digit(number[at]); ++at)
    take_digit(number[at], false, &kept, &out);
  if (at < number.size() && number[at] == '.') {
    for (++at; at < number.size() && is_digit(number[at]); ++at) {
      take_digit(number[at], true, &kept, &out);
    }
  }
  if (at == number.size()) return out;
  ++at;  // 'e' or 'E'
  const bool negative = number[at] == '-';
  if (!is_digit(number[at])) ++at;
  int64_t exponent = 0;
  for (; at < number.size(); ++at) {
    // Beyond this no text below 4 GiB can bring the value back into range.
    if (exponent < 100'000'000'000) exponent = exponent * 10 + (number[at] - '0');
  }
  out.exponent += negative ? -exponent : exponent;
  return out;
}

}  // namespace

Decimal read_decimal(std::string_view number, int scale) {
  const bool negative = number.front() == '-';
  if (negative) number.remove_prefix(1);
  Scanned scanned = scan(number);
  scanned.exponent += scale;
  Decimal out;
  out.negative = negative;
  out.fit = scanned.more ? Decimal::Fit::kCut : Decimal::Fit::kExact;
  constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  const uint64_t most = static_cast<uint64_t>(kHighest) + (negative ? 1 : 0);
  uint64_t value = scanned.digits;
  for (; value != 0 && scanned.exponent > 0 && value <= most / 10; --scanned.exponent) value *= 10;
  for (; value != 0 && scanned.exponent < 0; ++scanned.exponent) {
    if (value % 10 != 0) out.fit = Decimal::Fit::kCut;
    value /= 10;
  }
  if (value > most || (value != 0 && scanned.exponent > 0)) {
    out.value = negative ? kLowest : kHighest;
    out.fit = Decimal::Fit::kTooLarge;
    return out;
  }
  out.value = static_cast<int64_t>(negative ? 0 - value : value);
  return out;
}

namespace {

// Days from 1970-01-01 to the first day of `year`.
constexpr int64_t days_before_year(int64_t year) {
  const int64_t y = year - 1;
  constexpr int64_t kBefore1970 = 1969 * 365 + 1969 / 4 - 1969 / 100 + 1969 / 400;
  return y * 365 + y / 4 - y / 100 + y / 400 - kBefore1970;
}

constexpr bool is_leap(int64_t year) {
  return (year % 4 == 0 && (year % 100 != 0 || MUSTER_PLANTED(time_leap_century))) ||
         year % 400 == 0;
}

constexpr int64_t days_of_month(int64_t year, int64_t month) {
  constexpr std::array<int, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[static_cast<size_t>(month)] + (month == 2 && is_leap(year) ? 1 : 0);
}

// Takes fixed-width fields off the front of a text; turns bad and stays so.
class Taker {
 public:
  explicit Taker(std::string_view text) : text_(text) {}
  int64_t number(size_t width, int64_t low, int64_t high) {
    int64_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      if (i >= text_.size() || !is_digit(text_[i])) return bad();
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(width);
    return value < low || value > high ? bad() : value;
  }
  // Takes the next byte if it is one of `any`; '\0' if not.
  char one_of(std::string_view any) {
    if (text_.empty() || any.find(text_.front()) == any.npos) return '\0';
    const char found = text_.front();
    text_.remove_prefix(1);
    return found;
  }
  void need(std::string_view any) {
    if (one_of(any) == '\0') bad();
  }
  // The digits behind the point, as milliseconds.
  int64_t fraction() {
    int64_t ms = 0;
    size_t width = 0;
    for (; width < text_.size() && is_digit(text_[width]); ++width) {
      if (width < 3) ms = ms * 10 + (text_[width] - '0');
    }
    text_.remove_prefix(width);
    if (width == 0) return bad();
    for (; width < 3; ++width) ms *= 10;
    return ms;
  }
  bool done() const { return ok_ && text_.empty(); }

 private:
  int64_t bad() {
    ok_ = false;
    text_ = {};
    return 0;
  }
  std::string_view text_;
  bool ok_ = true;
};

}  // namespace

std::optional<int64_t> read_rfc3339(std::string_view text) {
  Taker taker(text);
  const int64_t year = taker.number(4, 1, 9999);
  taker.need("-");
  const int64_t month = taker.number(2, 1, 12);
  taker.need("-");
  const int64_t day = taker.number(2, 1, 31);
  taker.need("Tt ");
  const int64_t hour = taker.number(2, 0, 23);
  taker.need(":");
  const int64_t minute = taker.number(2, 0, 59);
  taker.need(":");
  const int64_t second = taker.number(2, 0, 60);  // 60: a leap second, the next one's instant
  const int64_t ms = taker.one_of(".") != '\0' ? taker.fraction() : 0;
  int64_t offset = 0;  // minutes east of UTC
  const char zone = taker.one_of("Zz+-");
  if (zone == '+' || zone == '-') {
    offset = taker.number(2, 0, 23) * 60;
    taker.need(":");
    offset += taker.number(2, 0, 59);
    if (zone == '-') offset = -offset;
  }
  if (zone == '\0' || !taker.done() || day > days_of_month(year, month)) return std::nullopt;
  int64_t days = days_before_year(year) + day - 1;
  for (int64_t m = 1; m < month; ++m) days += days_of_month(year, m);
  const int64_t minutes = (days * 24 + hour) * 60 + minute - offset;
  const int64_t result = (minutes * 60 + second) * 1000 + ms;
  if (result < 0 || result > kLatestWallMs) return std::nullopt;
  return result;
}

}  // namespace muster::protocol
