// The server's log: one line an event on standard error, `time=… level=… event=… key=value…`.
// Values are escaped, so that no peer can forge a line; payloads, results and tokens are never
// given to it.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace muster::server {

struct LogField {
  std::string_view key;
  std::string_view value;
};

// Any thread; cannot fail.
void log_info(std::string_view event, std::initializer_list<LogField> fields);
void log_warning(std::string_view event, std::initializer_list<LogField> fields);
void log_error(std::string_view event, std::initializer_list<LogField> fields);

// "event=… key=value…": values with anything but plain characters are quoted, cut at 300 bytes.
std::string log_line(std::string_view event, std::initializer_list<LogField> fields);

}  // namespace muster::server
