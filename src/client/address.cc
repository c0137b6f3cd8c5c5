#include <algorithm>
#include <charconv>

#include "client/failures.h"
#include "muster/connection.h"

namespace muster::client {

namespace {

Failure bad_address(std::string_view text, const char* why) {
  return failure(FailureKind::kBadInput, "server address `" + std::string(text) + "`: " + why +
                                             "; expected HOST:PORT, for example 127.0.0.1:8080");
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= 65535;
}

}  // namespace

Expected<Address> Address::parse(std::string_view text) {
  Address address{.host = "127.0.0.1", .port = "8080"};
  std::string_view host = text;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return bad_address(text, "a `]` is missing");
    host = text.substr(1, close - 1);
    const std::string_view rest = text.substr(close + 1);
    has_port = !rest.empty();
    if (has_port && rest[0] != ':') return bad_address(text, "after `]` comes :PORT");
    if (has_port) port = rest.substr(1);
    if (host.empty()) return bad_address(text, "there is nothing between the brackets");
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    const size_t colon = text.find(':');
    host = text.substr(0, colon);
    port = text.substr(colon + 1);
    has_port = true;
  } else if (text.find(':') != std::string_view::npos) {
    return bad_address(text, "an IPv6 address stands in brackets");
  }
  if (text.empty()) return bad_address(text, "it is empty");
  if (has_port && !is_port(port)) return bad_address(text, "the port is a number from 1 to 65535");
  if (host.find_first_of(" /\t") != std::string_view::npos) {
    return bad_address(text, "it has no scheme, path or spaces");
  }
  if (!host.empty()) address.host = host;
  if (has_port) address.port = port;
  return address;
}

std::string Address::text() const {
  if (host.find(':') != std::string::npos) return "[" + host + "]:" + port;
  return host + ":" + port;
}

}  // namespace muster::client
