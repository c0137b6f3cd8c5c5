// Violations: the rules found broken, as "rule: what happened". Kept up to a limit, counted beyond.
#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace muster::sim {

class Violations {
 public:
  static constexpr size_t kKept = 100;

  template <class... Args>
  void add(std::string_view rule, fmt::format_string<Args...> format, Args&&... args) {
    if (++count_ > kKept) return;
    kept_.push_back(std::string(rule) + ": " + fmt::format(format, std::forward<Args>(args)...));
  }

  const std::vector<std::string>& kept() const { return kept_; }

 private:
  std::vector<std::string> kept_;
  uint64_t count_ = 0;
};

}  // namespace muster::sim
