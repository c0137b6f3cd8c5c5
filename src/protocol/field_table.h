// FieldTable: the names of one kind of object, found by a hash without collisions that the compiler
// searches. Names that the code uses are looked up at compile time: a wrong one does not compile.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace muster::protocol {

// A name's place in its table.
struct Field {
  uint8_t index = 0;
  constexpr uint32_t bit() const { return uint32_t{1} << index; }
};

class FieldTable {
 public:
  static constexpr size_t kMost = 32;  // sets of fields are 32-bit masks

  template <size_t N>
  consteval explicit FieldTable(const std::string_view (&names)[N]) : size_(N) {
    static_assert(N <= kMost);
    for (size_t i = 0; i < N; ++i) names_[i] = names[i];
    while (!fill()) multiplier_ = multiplier_ * 1664525U + 1013904223U;
  }

  // The fields of a message: `type`, `rid` and `data` stand before its own.
  struct Message {};
  template <size_t N>
  consteval FieldTable(Message, const std::string_view (&names)[N]) : size_(N + 3) {
    static_assert(N + 3 <= kMost);
    names_[0] = "type";
    names_[1] = "rid";
    names_[2] = "data";
    for (size_t i = 0; i < N; ++i) names_[i + 3] = names[i];
    while (!fill()) multiplier_ = multiplier_ * 1664525U + 1013904223U;
  }

  consteval Field operator[](std::string_view name) const {
    const int index = find(name);
    if (index < 0) throw "no such field";  // stops the compiler
    return Field{static_cast<uint8_t>(index)};
  }

  // Its index, or -1.
  constexpr int find(std::string_view key) const {
    if (key.empty()) return -1;
    const uint8_t index = slots_[slot(key)];
    return index < size_ && names_[index] == key ? index : -1;
  }

  constexpr size_t size() const { return size_; }
  constexpr std::string_view name(size_t index) const { return names_[index]; }
  constexpr std::string_view name(Field field) const { return names_[field.index]; }

 private:
  static constexpr uint8_t kNone = 0xFF;

  constexpr size_t slot(std::string_view key) const {
    const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(key[i])); };
    const uint32_t print = static_cast<uint32_t>(key.size()) | byte(0) << 8 |
                           byte(key.size() / 2) << 16 | byte(key.size() - 1) << 24;
    return (print * multiplier_) >> 25;
  }
  // Whether every name gets a slot of its own.
  constexpr bool fill() {
    for (uint8_t& index : slots_) index = kNone;
    for (size_t i = 0; i < size_; ++i) {
      uint8_t& index = slots_[slot(names_[i])];
      if (index != kNone) return false;
      index = static_cast<uint8_t>(i);
    }
    return true;
  }

  size_t size_;
  uint32_t multiplier_ = 0x9E3779B1U;
  std::array<std::string_view, kMost> names_ = {};
  std::array<uint8_t, 128> slots_ = {};
};

inline constexpr FieldTable::Message kMessage;

}  // namespace muster::protocol
