// BytesIn: decisions taken from the front of an input. It never ends: behind the input are zeros.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace muster::fuzz {

class BytesIn {
 public:
  explicit BytesIn(std::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  uint8_t byte() {
    if (bytes_.empty()) return 0;
    const auto first = static_cast<uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return first;
  }
  // Below `bound`, which is at most 256.
  size_t below(size_t bound) { return byte() % bound; }
  bool coin() { return (byte() & 1) != 0; }
  // Eight bytes, the lowest first.
  uint64_t word() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 8) value |= uint64_t{byte()} << shift;
    return value;
  }
  std::string_view take(size_t size) {
    const std::string_view head = bytes_.substr(0, std::min(size, bytes_.size()));
    bytes_.remove_prefix(head.size());
    return head;
  }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
};

}  // namespace muster::fuzz
