#include "server/config.h"

#include <fmt/format.h>

#include <charconv>

namespace muster::server {
namespace {

using Problem = std::optional<std::string>;

// A whole number of `text` in [low, high].
std::optional<uint64_t> number(std::string_view text, uint64_t low, uint64_t high) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (value < low || value > high) return std::nullopt;
  return value;
}

Problem set_number(std::string_view flag, std::string_view unit,
                   const std::optional<std::string>& raw, uint64_t low, uint64_t high,
                   uint64_t* out) {
  if (!raw) return std::nullopt;
  const auto value = number(*raw, low, high);
  if (!value) {
    return fmt::format("{}: expected {} from {} to {}, got '{}'", flag, unit, low, high, *raw);
  }
  *out = *value;
  return std::nullopt;
}

// HOST:PORT, with brackets around an IPv6 address.
Problem set_listen(const std::optional<std::string>& raw, ServerConfig* config) {
  if (!raw) return std::nullopt;
  const std::string_view text = *raw;
  const size_t colon = text.rfind(':');
  const std::string wrong =
      fmt::format("--listen: expected HOST:PORT or [IPV6]:PORT, got '{}'", text);
  if (colon == std::string_view::npos) return wrong;
  std::string_view host = text.substr(0, colon);
  const auto port = number(text.substr(colon + 1), 0, 65535);
  if (!port) return wrong;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const bool colons = host.find(':') != std::string_view::npos;
  const bool brackets = host.find_first_of("[]") != std::string_view::npos;
  if (host.empty() || brackets || colons != bracketed) return wrong;
  config->host = host;
  config->port = static_cast<uint16_t>(*port);
  return std::nullopt;
}

Problem set_durability(const std::optional<std::string>& raw, ServerConfig* config) {
  if (!raw) return std::nullopt;
  for (const Durability each : {Durability::kSync, Durability::kAsync, Durability::kMemory}) {
    if (*raw != name(each)) continue;
    config->durability = each;
    return std::nullopt;
  }
  return fmt::format("--durability: expected sync, async or memory, got '{}'", *raw);
}

}  // namespace

std::string_view name(Durability durability) {
  switch (durability) {
    case Durability::kSync:
      return "sync";
    case Durability::kAsync:
      return "async";
    case Durability::kMemory:
      return "memory";
  }
  return "";
}

Expected<ServerConfig, std::string> validate(const RawServerOptions& raw) {
  ServerConfig config;
  config.insecure = raw.insecure;
  if (raw.data) config.data = *raw.data;
  if (config.data.empty()) return std::string("--data: expected a directory, got ''");
  if (Problem problem = set_listen(raw.listen, &config)) return *problem;
  if (Problem problem = set_durability(raw.durability, &config)) return *problem;

  uint64_t interval = static_cast<uint64_t>(config.sync_interval.ms());
  if (raw.sync_interval && config.durability != Durability::kAsync) {
    return std::string("--sync-interval: only with --durability async");
  }
  uint64_t line = config.request_line;
  uint64_t memory_mib = config.job_memory / limits::kMiB;
  for (const Problem& problem :
       {set_number("--sync-interval", "milliseconds", raw.sync_interval, 1, 60'000, &interval),
        set_number("--max-line", "bytes", raw.max_line, 64 * limits::kKiB, limits::kRequestLineMax,
                   &line),
        set_number("--job-memory", "MiB", raw.job_memory, 1, 1 << 20, &memory_mib)}) {
    if (problem) return *problem;
  }
  config.sync_interval = Duration::milliseconds(static_cast<int64_t>(interval));
  config.request_line = line;
  config.job_memory = memory_mib * limits::kMiB;
  return config;
}

}  // namespace muster::server
