#include "cli/flags.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/duration_text.h"

namespace muster::cli {

namespace {

std::optional<uint32_t> whole_number(const std::string& text, uint32_t least, uint32_t most) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (value < least || value > most) return std::nullopt;
  return value;
}

template <class Into>
Read number(Into* into, uint32_t least, uint32_t most) {
  return [=](const std::string& text) -> std::string {
    const std::optional<uint32_t> value = whole_number(text, least, most);
    if (!value) return fmt::format("a whole number from {} to {}", least, most);
    *into = *value;
    return {};
  };
}

template <class Into>
Read text(Into* into) {
  return [into](const std::string& given) -> std::string {
    if (given.empty()) return "a value that is not empty";
    *into = given;
    return {};
  };
}

}  // namespace

Read text_into(std::string* into) { return text(into); }
Read text_into(std::optional<std::string>* into) { return text(into); }

Read list_into(std::vector<std::string>* into) {
  return [into](const std::string& given) -> std::string {
    if (given.empty()) return "a value that is not empty";
    into->push_back(given);
    return {};
  };
}

Read number_into(std::optional<uint32_t>* into, uint32_t least, uint32_t most) {
  return number(into, least, most);
}
Read number_into(uint32_t* into, uint32_t least, uint32_t most) {
  return number(into, least, most);
}

Read duration_into(std::optional<client::Milliseconds>* into) {
  return [into](const std::string& given) -> std::string {
    const auto value = parse_duration(given);
    if (!value) return "a duration with its unit, such as 250ms, 10s, 5m, 2h, 1d or 1h30m";
    *into = *value;
    return {};
  };
}

Read time_into(std::optional<int64_t>* into) {
  return [into](const std::string& given) -> std::string {
    const auto value = parse_time(given);
    if (!value)
      return "a time, such as 2026-11-24T06:00:00Z, '2026-11-24 06:00' (local) or @1795500000";
    *into = *value;
    return {};
  };
}

}  // namespace muster::cli
