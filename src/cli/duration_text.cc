#include "cli/duration_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>

#include "base/mutant.h"

namespace muster::cli {

namespace {

using client::Milliseconds;

constexpr double kLongestMs = 3660.0 * 24 * 3600 * 1000;

struct UnitName {
  std::string_view name;
  double ms;
};
// `ms` before `m` and `s`: the first that fits is taken.
constexpr std::array<UnitName, 5> kUnits = {
    {{"ms", 1}, {"s", 1e3}, {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}}};

std::string_view take_digits(std::string_view* text, size_t count) {
  if (text->size() < count) return {};
  const std::string_view head = text->substr(0, count);
  if (head.find_first_not_of("0123456789") != std::string_view::npos) return {};
  text->remove_prefix(count);
  return head;
}

bool take(std::string_view* text, std::string_view one_of) {
  if (text->empty() || one_of.find(text->front()) == std::string_view::npos) return false;
  text->remove_prefix(1);
  return true;
}

// A number of exactly `digits` digits between `least` and `most`, into `out`.
bool take_number(std::string_view* text, size_t digits, int least, int most, int* out) {
  const std::string_view head = take_digits(text, digits);
  if (head.empty()) return false;
  std::from_chars(head.data(), head.data() + head.size(), *out);
  return *out >= least && *out <= most;
}

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0;
};

bool take_fraction(std::string_view* text, int* ms) {
  if (!take(text, ".")) return true;
  int scale = 100;
  size_t digits = 0;
  for (; !text->empty() && text->front() >= '0' && text->front() <= '9'; ++digits) {
    *ms += (text->front() - '0') * scale;
    scale /= 10;
    text->remove_prefix(1);
  }
  return digits > 0;
}

bool take_civil(std::string_view* text, Civil* out) {
  if (!take_number(text, 4, 1970, 9999, &out->year) || !take(text, "-") ||
      !take_number(text, 2, 1, 12, &out->month) || !take(text, "-") ||
      !take_number(text, 2, 1, 31, &out->day) || !take(text, "Tt ") ||
      !take_number(text, 2, 0, 23, &out->hour) || !take(text, ":") ||
      !take_number(text, 2, 0, 59, &out->minute)) {
    return false;
  }
  if (!take(text, ":")) return true;
  return take_number(text, 2, 0, 59, &out->second) && take_fraction(text, &out->ms);
}

// Minutes east of UTC; nothing: there is no zone, or what stands there is none.
std::optional<int> take_zone(std::string_view* text) {
  if (take(text, "Zz")) return 0;
  const bool west = text->starts_with('-');
  int hours = 0;
  int minutes = 0;
  if (!take(text, "+-") || !take_number(text, 2, 0, 23, &hours)) return std::nullopt;
  take(text, ":");
  if (!take_number(text, 2, 0, 59, &minutes)) return std::nullopt;
  const int east = hours * 60 + minutes;
  return west ? -east : east;
}

std::optional<int64_t> local_seconds(const Civil& civil) {
  std::tm tm = {};
  tm.tm_year = civil.year - 1900;
  tm.tm_mon = civil.month - 1;
  tm.tm_mday = civil.day;
  tm.tm_hour = civil.hour;
  tm.tm_min = civil.minute;
  tm.tm_sec = civil.second;
  tm.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&tm);
  if (seconds == -1) return std::nullopt;
  return seconds;
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    double number = 0;
    if (text[0] != '.' && (text[0] < '0' || text[0] > '9')) return std::nullopt;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    const UnitName* found = nullptr;
    for (const UnitName& unit : kUnits) {
      if (found == nullptr && text.starts_with(unit.name)) found = &unit;
    }
    if (found == nullptr) return std::nullopt;
    text.remove_prefix(found->name.size());
    const bool misread = MUSTER_PLANTED(duration_unit_misread) && found->name == "h" && total > 0;
    total += number * (misread ? 60e3 : found->ms);
  }
  if (total > kLongestMs) return std::nullopt;
  // 1.1 s is 1100.0000000000002 in binary: whole numbers must not lose one to the cut.
  return Milliseconds(static_cast<int64_t>(std::floor(total + 1e-6)));
}

std::optional<int64_t> parse_time(std::string_view text) {
  if (text.starts_with('@')) {
    text.remove_prefix(1);
    int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || seconds < 0 || seconds > 253'402'300'799) return std::nullopt;  // year 9999
    return seconds * 1000;
  }
  Civil civil;
  if (!take_civil(&text, &civil)) return std::nullopt;
  namespace chr = std::chrono;
  const chr::year_month_day date(chr::year(civil.year),
                                 chr::month(static_cast<unsigned>(civil.month)),
                                 chr::day(static_cast<unsigned>(civil.day)));
  if (!date.ok()) return std::nullopt;
  if (text.empty()) {
    const std::optional<int64_t> seconds = local_seconds(civil);
    if (!seconds) return std::nullopt;
    return *seconds * 1000 + civil.ms;
  }
  const std::optional<int> east = take_zone(&text);
  if (!east || !text.empty()) return std::nullopt;
  const int64_t days = chr::sys_days(date).time_since_epoch().count();
  const int64_t minutes = (days * 24 + civil.hour) * 60 + civil.minute - *east;
  return (minutes * 60 + civil.second) * 1000 + civil.ms;
}

std::string duration_text(Milliseconds duration) {
  const int64_t ms = duration.count();
  if (ms < 1'000) return fmt::format("{}ms", ms < 0 ? 0 : ms);
  const int64_t s = ms / 1'000;
  if (s < 60) return fmt::format("{}s", s);
  const auto two = [](int64_t large, char large_unit, int64_t small, char small_unit) {
    if (small == 0) return fmt::format("{}{}", large, large_unit);
    return fmt::format("{}{}{}{}", large, large_unit, small, small_unit);
  };
  if (s < 3'600) return two(s / 60, 'm', s % 60, 's');
  if (s < 86'400) return two(s / 3'600, 'h', s % 3'600 / 60, 'm');
  if (s < 86'400 * 10) return two(s / 86'400, 'd', s % 86'400 / 3'600, 'h');
  return fmt::format("{}d", s / 86'400);
}

std::string time_text(int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1'000);
  std::tm tm = {};
  ::gmtime_r(&seconds, &tm);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", tm.tm_year + 1900, tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms % 1'000);
}

}  // namespace muster::cli
