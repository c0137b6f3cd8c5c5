// The three kinds of time, each its own type, all in whole milliseconds:
//   Duration  a length of time;
//   Instant   a point of the steady clock (never jumps; means nothing after a restart);
//   WallTime  a point of the wall clock, milliseconds since 1970-01-01 UTC (may jump either way).
// Nothing here reads a clock. Arithmetic saturates instead of overflowing.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace muster {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration milliseconds(int64_t n) { return Duration(n); }
  static constexpr Duration seconds(int64_t n) { return Duration(n) * 1000; }
  static constexpr Duration minutes(int64_t n) { return seconds(n) * 60; }
  static constexpr Duration hours(int64_t n) { return minutes(n) * 60; }
  static constexpr Duration days(int64_t n) { return hours(n) * 24; }
  static constexpr Duration max() { return Duration(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t ms() const { return ms_; }
  constexpr auto operator<=>(const Duration&) const = default;

  constexpr Duration operator+(Duration other) const { return Duration(add(ms_, other.ms_)); }
  constexpr Duration operator-(Duration other) const { return Duration(subtract(ms_, other.ms_)); }
  constexpr Duration operator*(int64_t factor) const {
    int64_t product = 0;
    if (!__builtin_mul_overflow(ms_, factor, &product)) return Duration(product);
    return (ms_ < 0) == (factor < 0) ? max() : Duration(std::numeric_limits<int64_t>::min());
  }
  constexpr Duration operator/(int64_t divisor) const { return Duration(ms_ / divisor); }

  static constexpr int64_t add(int64_t a, int64_t b) {
    int64_t sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
  }
  static constexpr int64_t subtract(int64_t a, int64_t b) {
    int64_t difference = 0;
    if (!__builtin_sub_overflow(a, b, &difference)) return difference;
    return b < 0 ? std::numeric_limits<int64_t>::max() : std::numeric_limits<int64_t>::min();
  }

 private:
  constexpr explicit Duration(int64_t ms) : ms_(ms) {}
  int64_t ms_ = 0;
};

// A point in time of the clock named by Tag.
template <class Tag>
class TimePoint {
 public:
  constexpr TimePoint() = default;
  static constexpr TimePoint from_ms(int64_t ms) { return TimePoint(ms); }
  static constexpr TimePoint max() { return TimePoint(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t ms() const { return ms_; }
  constexpr auto operator<=>(const TimePoint&) const = default;

  constexpr TimePoint operator+(Duration d) const { return TimePoint(Duration::add(ms_, d.ms())); }
  constexpr TimePoint operator-(Duration d) const {
    return TimePoint(Duration::subtract(ms_, d.ms()));
  }
  constexpr Duration operator-(TimePoint other) const {
    return Duration::milliseconds(Duration::subtract(ms_, other.ms_));
  }

 private:
  constexpr explicit TimePoint(int64_t ms) : ms_(ms) {}
  int64_t ms_ = 0;
};

using Instant = TimePoint<struct SteadyClockTag>;
using WallTime = TimePoint<struct WallClockTag>;

// What the outside tells the engine about time with every command.
struct Now {
  Instant steady;
  WallTime wall;
};

}  // namespace muster
