// StrongId<Tag>: an unsigned 64-bit number whose type says what it numbers, so that kinds cannot be
// swapped. Ordered and hashable; 0 means "none" unless the type's own comment says otherwise.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace muster {

template <class Tag>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr explicit operator bool() const { return value_ != 0; }
  constexpr auto operator<=>(const StrongId&) const = default;

  constexpr StrongId next() const { return StrongId(value_ + 1); }
  constexpr StrongId plus(uint64_t n) const { return StrongId(value_ + n); }

 private:
  uint64_t value_ = 0;
};

}  // namespace muster

template <class Tag>
struct std::hash<muster::StrongId<Tag>> {
  size_t operator()(muster::StrongId<Tag> id) const noexcept {
    return static_cast<size_t>(id.value() * 0x9E3779B97F4A7C15ULL);
  }
};
