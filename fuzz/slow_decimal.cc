#include "fuzz/slow_decimal.h"

#include <algorithm>

namespace muster::fuzz {

namespace {

// Beyond it every number is 0 or endless for our purposes.
constexpr int64_t kFar = 1'000'000'000;

}  // namespace

SlowDecimal::SlowDecimal(std::string_view number) {
  negative_ = number.starts_with('-');
  bool fraction = false;
  size_t at = negative_ ? 1 : 0;
  for (; at < number.size() && number[at] != 'e' && number[at] != 'E'; ++at) {
    if (number[at] == '.') {
      fraction = true;
      continue;
    }
    digits_ += number[at];
    if (fraction) --exponent_;
  }
  if (at < number.size()) {
    ++at;
    const bool minus = number[at] == '-';
    if (number[at] == '-' || number[at] == '+') ++at;
    int64_t written = 0;
    for (; at < number.size(); ++at) written = std::min(written * 10 + (number[at] - '0'), kFar);
    exponent_ += minus ? -written : written;
  }
  digits_.erase(0, std::min(digits_.find_first_not_of('0'), digits_.size()));
  while (digits_.ends_with('0')) {
    digits_.pop_back();
    ++exponent_;
  }
}

std::optional<int64_t> SlowDecimal::whole(int scale) const {
  if (!digits_.empty() && exponent_ + scale < 0) return std::nullopt;
  return cut(scale);
}

std::optional<int64_t> SlowDecimal::cut(int scale) const {
  const int64_t exponent = exponent_ + scale;
  const int64_t before_point = static_cast<int64_t>(digits_.size()) + exponent;
  if (digits_.empty() || before_point <= 0) return 0;
  if (before_point > 19) return std::nullopt;
  std::string integer = digits_.substr(0, static_cast<size_t>(before_point));
  integer.resize(static_cast<size_t>(before_point), '0');
  uint64_t value = 0;  // 19 digits fit
  for (const char c : integer) value = value * 10 + static_cast<uint64_t>(c - '0');
  if (value > static_cast<uint64_t>(INT64_MAX) + (negative_ ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(negative_ ? 0 - value : value);
}

bool SlowDecimal::within(int64_t least, int64_t most, int scale) const {
  const std::optional<int64_t> cut_value = cut(scale);
  if (!cut_value) return false;
  const bool exact = whole(scale).has_value();
  const bool above = exact || negative() ? *cut_value > most : *cut_value >= most;
  const bool below = exact || !negative() ? *cut_value < least : *cut_value <= least;
  return !above && !below;
}

}  // namespace muster::fuzz
