// Points in time as docs/protocol.md writes them, read with the standard library's calendar.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace muster::fuzz {

// Milliseconds since 1970 of an RFC 3339 text with an offset; years 1970 to 9999. Digits behind the
// millisecond are cut; second 60 is the next minute's first.
std::optional<int64_t> read_time_slowly(std::string_view text);

}  // namespace muster::fuzz
