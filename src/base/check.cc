#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace muster {

void check_failed(const char* condition, const char* file, int line, std::string_view message) {
  std::fprintf(stderr, "CHECK failed: %s (%s:%d) %.*s\n", condition, file, line,
               static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace muster
