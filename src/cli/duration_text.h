// Lengths of time and times of day as people write them on a command line, and as tables show them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "muster/failure.h"

namespace muster::cli {

// `250ms`, `10s`, `5m`, `2h`, `1d`, `1h30m`, `1.5s`. Nothing without a unit, nothing negative; up
// to 3660 days. Fractions of a millisecond are cut.
std::optional<client::Milliseconds> parse_duration(std::string_view text);

// Milliseconds since 1970-01-01 UTC from `2026-11-24T06:00:00Z`, `…T06:00:00.250+01:00`, and
// without a zone, then in the local one: `2026-11-24 06:00`. `@1795500000` is seconds since 1970.
std::optional<int64_t> parse_time(std::string_view text);

// At most two units, at most six characters up to a year: `250ms`, `12s`, `4m10s`, `3h`, `2d4h`.
std::string duration_text(client::Milliseconds duration);

// `2026-11-24T06:00:00.000Z`.
std::string time_text(int64_t ms);

}  // namespace muster::cli
