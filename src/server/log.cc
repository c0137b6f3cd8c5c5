#include "server/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

namespace muster::server {
namespace {

constexpr size_t kValueBytes = 300;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("._:/@+-,[]").find(c) != std::string_view::npos;
}

void append_quoted(std::string_view value, std::string* out) {
  *out += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      *out += '\\';
      *out += c;
    } else if (byte < 0x20 || byte >= 0x7F) {
      *out += fmt::format("\\x{:02x}", byte);
    } else {
      *out += c;
    }
  }
  *out += '"';
}

spdlog::logger& logger() {
  static const auto kLogger = [] {
    auto made = std::make_shared<spdlog::logger>("muster",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("time=%Y-%m-%dT%H:%M:%S.%e%z level=%l %v");
    return made;
  }();
  return *kLogger;
}

}  // namespace

std::string log_line(std::string_view event, std::initializer_list<LogField> fields) {
  std::string out = fmt::format("event={}", event);
  for (const LogField& field : fields) {
    const std::string_view value = field.value.substr(0, kValueBytes);
    out += fmt::format(" {}=", field.key);
    bool simple = !value.empty();
    for (const char c : value) simple = simple && plain(c);
    if (simple) {
      out += value;
    } else {
      append_quoted(value, &out);
    }
    if (value.size() < field.value.size()) out += "…";
  }
  return out;
}

void log_info(std::string_view event, std::initializer_list<LogField> fields) {
  logger().info("{}", log_line(event, fields));
}
void log_warning(std::string_view event, std::initializer_list<LogField> fields) {
  logger().warn("{}", log_line(event, fields));
}
void log_error(std::string_view event, std::initializer_list<LogField> fields) {
  logger().error("{}", log_line(event, fields));
}

}  // namespace muster::server
