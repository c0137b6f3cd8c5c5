// StoreBatch: puts and removals that a Store makes as one, kept in one contiguous buffer: a
// checkpoint holds tens of thousands of them, and a string each would cost more than the encoding.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"

namespace muster::storage {

class StoreBatch {
 public:
  void put(std::string_view key, std::string_view value) {
    CHECK(value.size() < kRemoved, "a value of {} bytes", value.size());
    add(key, static_cast<uint32_t>(value.size()), value);
  }
  void remove(std::string_view key) { add(key, kRemoved, {}); }

  void reserve(size_t bytes) { bytes_.reserve(bytes); }
  size_t bytes() const { return bytes_.size(); }
  size_t count() const { return count_; }

  // Calls put(key, value) and remove(key) for each write, in the order they were added.
  template <class Put, class Remove>
  void replay(Put&& put_one, Remove&& remove_one) const {
    const char* at = bytes_.data();
    for (size_t i = 0; i < count_; ++i) {
      Sizes sizes;
      std::memcpy(&sizes, at, sizeof sizes);
      const std::string_view key(at + sizeof sizes, sizes.key);
      at += sizeof sizes + sizes.key;
      if (sizes.value == kRemoved) {
        remove_one(key);
      } else {
        put_one(key, std::string_view(at, sizes.value));
        at += sizes.value;
      }
    }
  }

 private:
  struct Sizes {
    uint32_t key = 0;
    uint32_t value = 0;
  };
  static constexpr uint32_t kRemoved = UINT32_MAX;

  void add(std::string_view key, uint32_t value_size, std::string_view value) {
    CHECK(key.size() < UINT32_MAX, "a key of {} bytes", key.size());
    const Sizes sizes{static_cast<uint32_t>(key.size()), value_size};
    bytes_.append(reinterpret_cast<const char*>(&sizes), sizeof sizes);
    bytes_.append(key);
    bytes_.append(value);
    ++count_;
  }

  std::string bytes_;
  size_t count_ = 0;
};

}  // namespace muster::storage
