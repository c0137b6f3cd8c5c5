// texts: lengths, times and base64 that people and workers write are read as slow readings say
//
// Input: the text. Every reader gets it: they must agree with a plain reading, or with each other.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <string>

#include "base/check.h"
#include "cli/base64.h"
#include "cli/duration_text.h"
#include "fuzz/target.h"
#include "protocol/json_text.h"
#include "server/config.h"

namespace muster::fuzz {
namespace {

using client::Milliseconds;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_digits(std::string_view* text) {
  const size_t end = std::min(text->find_first_not_of("0123456789"), text->size());
  const std::string_view digits = text->substr(0, end);
  text->remove_prefix(end);
  return digits;
}

// Lengths: a sum of <number><unit>, exact: 128-bit integers of 10^-18 milliseconds. Digits behind
// that are cut.
using Wide = __int128;
constexpr Wide kOneMs = 1'000'000'000'000'000'000;
constexpr Wide kLongest = Wide{3660} * 24 * 3600 * 1000 * kOneMs;

std::optional<Wide> take_length(std::string_view* text) {
  const std::string_view whole = take_digits(text);
  std::string_view fraction;
  if (text->starts_with('.')) {
    text->remove_prefix(1);
    fraction = take_digits(text);
  }
  if (whole.empty() && fraction.empty()) return std::nullopt;
  constexpr std::pair<std::string_view, int64_t> kUnits[] = {
      {"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  for (const auto& [name, ms] : kUnits) {
    if (!text->starts_with(name)) continue;
    text->remove_prefix(name.size());
    Wide value = 0;
    for (const char c : whole) value = std::min(value * 10 + (c - '0') * kOneMs, 2 * kLongest);
    Wide weight = kOneMs;
    for (const char c : fraction) value += (c - '0') * (weight /= 10);
    return std::min(value * ms, 2 * kLongest);
  }
  return std::nullopt;
}

std::optional<Wide> read_length(std::string_view text) {
  Wide total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const std::optional<Wide> part = take_length(&text);
    if (!part) return std::nullopt;
    total = std::min(total + *part, 2 * kLongest);
  }
  return total;
}

void check_length(std::string_view text) {
  const std::optional<Milliseconds> found = cli::parse_duration(text);
  const std::optional<Wide> expected = read_length(text);
  // Intended difference: parse_duration counts in binary fractions. Within a millisecond of the
  // longest length, and of a whole millisecond, either answer is right.
  if (expected && *expected > kLongest - kOneMs && *expected < kLongest + kOneMs) return;
  CHECK(found.has_value() == (expected && *expected <= kLongest), "{}: accepted {}", text,
        found.has_value());
  if (!found) return;
  const Wide off = Wide{found->count()} * kOneMs - *expected;
  CHECK(off < kOneMs / 1000 && off > -kOneMs - kOneMs / 1000, "{} is not {} ms", text,
        found->count());
  const std::string shown = cli::duration_text(*found);
  const std::optional<Milliseconds> again = cli::parse_duration(shown);
  CHECK(again && *again <= *found, "{} is shown as {}", text, shown);
}

// Times: two readers, the command line's and the protocol's. Where both take a text they must say
// the same, and where one does not there must be a reason.
bool local_offset(std::string_view text) {  // its colon may be left out on the command line
  return text.find_first_of("+-", 19) != text.npos;
}

bool may_differ_in_time(std::string_view text) {
  const auto digits = static_cast<size_t>(std::count_if(text.begin(), text.end(), is_digit));
  const bool seconds = std::count(text.begin(), text.end(), ':') >= 2;
  return text.starts_with('@') ||  // the command line's own: seconds since 1970
         (text.size() > 4 && text[text.size() - 3] != ':' && local_offset(text)) ||
         text.size() < 19 || !seconds ||  // … seconds and the colon of the offset may be left out
         text.substr(0, 4) < "1970" ||    // … of an earlier year the protocol takes what an offset
                                          // moves into 1970
         text.substr(16, 3) == ":60" || digits < 14 ||  // the protocol's own: leap seconds
         text.find_first_of("Zz+-", 19) == text.npos;   // the command line's: local time
}

void check_time(std::string_view text) {
  const std::optional<int64_t> local = cli::parse_time(text);
  const std::optional<int64_t> wire = protocol::read_rfc3339(text);
  if (local && wire) CHECK(*local == *wire, "{} is {} and {}", text, *local, *wire);
  const bool in_range = !local || (*local >= 0 && *local <= protocol::kLatestWallMs);
  CHECK(local.has_value() == wire.has_value() || !in_range || may_differ_in_time(text),
        "{}: command line {}, protocol {}", text, local.has_value(), wire.has_value());
  if (!wire) return;
  CHECK(*wire >= 0 && *wire <= protocol::kLatestWallMs, "{} is out of range: {}", text, *wire);
  const std::string shown = cli::time_text(*wire);
  CHECK(protocol::read_rfc3339(shown) == wire, "{} is shown as {}", text, shown);
  const std::chrono::sys_time<std::chrono::milliseconds> point{Milliseconds(*wire)};
  const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(point));
  CHECK(shown.starts_with(fmt::format("{:04}-{:02}-{:02}T", int(date.year()),
                                      unsigned(date.month()), unsigned(date.day()))),
        "{} is shown as {}", text, shown);
}

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encode_base64(std::string_view bytes) {
  std::string out;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t j = i; j < i + 3; ++j) {
      three = three * 256 + (j < bytes.size() ? static_cast<unsigned char>(bytes[j]) : 0);
    }
    for (int shift = 18; shift >= 0; shift -= 6) out += kAlphabet[three >> shift & 63];
    for (size_t j = bytes.size(); j < i + 3; ++j) out[out.size() - (i + 3 - j)] = '=';
  }
  return out;
}

void check_base64(std::string_view text) {
  const std::string encoded = encode_base64(text);
  CHECK(cli::decode_base64(encoded) == std::string(text), "{} is not read back", encoded);
  const std::optional<std::string> decoded = cli::decode_base64(text);
  const size_t end = std::min(text.find_first_not_of(kAlphabet), text.size());
  const std::string_view padding = text.substr(end);
  const bool well_formed =
      text.size() % 4 == 0 && (padding.empty() || padding == "=" || padding == "==");
  CHECK(decoded.has_value() == well_formed, "{}: accepted {}", text, decoded.has_value());
  if (!decoded) return;
  // Intended difference: bits behind the last byte are ignored, whatever they are.
  const std::string again = encode_base64(*decoded);
  CHECK(again.size() == text.size(), "{} became {}", text, again);
  const size_t exact = end - (padding.empty() ? 0 : 1);
  CHECK(again.substr(0, exact) == text.substr(0, exact), "{} became {}", text, again);
}

// The server's flags: whatever is accepted is usable.
void check_flags(std::string_view text) {
  const std::string value(text);
  const auto listen = server::validate({.listen = value});
  if (listen.ok()) {
    CHECK(!listen->host.empty() && value.ends_with(std::to_string(listen->port)), "{}: {} {}",
          value, listen->host, listen->port);
  } else {
    CHECK(listen.error().find("--") != std::string::npos, "no flag named: {}", listen.error());
  }
  const auto line = server::validate({.max_line = value});
  CHECK(!line.ok() || (line->request_line > 0 && line->request_line <= limits::kRequestLineMax),
        "{}: {}", value, line->request_line);
  for (const auto& raw : {server::RawServerOptions{.durability = "async", .sync_interval = value},
                          server::RawServerOptions{.job_memory = value}}) {
    const auto config = server::validate(raw);
    CHECK(!config.ok() || config->job_memory > 0, "{}: no memory for jobs", value);
    CHECK(!config.ok() || config->sync_interval.ms() >= 0, "{}: a negative interval", value);
  }
}

}  // namespace

void run_input(std::string_view input) {
  check_length(input);
  check_time(input);
  check_base64(input);
  check_flags(input);
}

std::vector<std::string_view> planted_bugs() {
  return {"duration_unit_misread", "time_leap_century", "base64_padding_anywhere"};
}

}  // namespace muster::fuzz

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

// Every now and then a well-formed time or length, for the usual changes to go on from.
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  const unsigned number = seed / 16;
  std::string text;
  if (seed % 16 == 0) {
    text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", 1970 + number % 40 * 10,
                       1 + number % 12, 1 + number % 31, number % 24, number % 60, number % 61);
  } else if (seed % 16 == 1) {
    text = fmt::format("{}d{}h{}.5m", number % 5, number % 7, number % 11);
  } else {
    return LLVMFuzzerMutate(data, size, most);
  }
  text.resize(std::min(text.size(), most));
  std::copy(text.begin(), text.end(), data);
  return text.size();
}
