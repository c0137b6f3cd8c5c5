// Capture: the first and the last bytes of a stream that may be endless, in bounded memory. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/limits.h"

namespace muster::worker {

// What is kept of one stream: `head`, then `dropped` bytes that are gone, then `tail`.
struct Captured {
  std::string head;
  std::string tail;
  uint64_t dropped = 0;
  bool operator==(const Captured&) const = default;

  uint64_t bytes() const { return head.size() + dropped + tail.size(); }
};

class Capture {
 public:
  // Keeps `keep` bytes of either end.
  explicit Capture(size_t keep = limits::kCapturedBytes) : keep_(keep) {}

  void append(std::string_view bytes);
  Captured finish() &&;

 private:
  size_t keep_;
  uint64_t total_ = 0;
  std::string head_;
  std::string tail_;  // up to 2 × keep_, so that cutting its front costs O(1) a byte
};

}  // namespace muster::worker
