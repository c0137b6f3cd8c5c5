// SharedBytes: an immutable byte string shared by reference count, one allocation. Copies may be
// made and dropped on different threads; the bytes never change after construction.
#pragma once

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <string_view>

namespace muster {

class SharedBytes {
 public:
  SharedBytes() = default;
  explicit SharedBytes(std::string_view bytes) : SharedBytes({bytes}) {}
  // The parts, one behind the other.
  explicit SharedBytes(std::initializer_list<std::string_view> parts) {
    for (std::string_view part : parts) size_ += part.size();
    auto bytes = std::make_shared_for_overwrite<char[]>(size_);
    char* at = bytes.get();
    for (std::string_view part : parts) {
      if (!part.empty()) std::memcpy(at, part.data(), part.size());
      at += part.size();
    }
    bytes_ = std::move(bytes);
  }

  std::string_view view() const { return {bytes_.get(), size_}; }
  size_t size() const { return size_; }

 private:
  std::shared_ptr<const char[]> bytes_;
  size_t size_ = 0;
};

}  // namespace muster
