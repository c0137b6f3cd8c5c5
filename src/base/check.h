// CHECK(condition, format, values…): an invariant of our own, on in every build. A broken one
// prints the condition, the place and the values to stderr and aborts. Never used on what a peer or
// a disk sent.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

namespace muster {

[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               std::string_view message);

namespace check_internal {
inline std::string message() { return {}; }
template <class... Args>
std::string message(fmt::format_string<Args...> format, Args&&... args) {
  return fmt::format(format, std::forward<Args>(args)...);
}
}  // namespace check_internal

}  // namespace muster

#define CHECK(condition, ...)                                                 \
  do {                                                                        \
    if (!(condition)) [[unlikely]] {                                          \
      ::muster::check_failed(#condition, __FILE__, __LINE__,                  \
                             ::muster::check_internal::message(__VA_ARGS__)); \
    }                                                                         \
  } while (false)
