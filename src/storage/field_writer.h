// FieldWriter: the fields of one stored record, collected without allocating and appended at once.
// Numbers go first, each text as its length among them; the bytes of the texts follow behind, in
// the same order. FieldReader reads the same. Each field has the same name on both sides of a
// codec.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/time.h"
#include "model/ids.h"

namespace muster::storage {

class FieldWriter {
 public:
  FieldWriter() {}  // NOLINT: the buffers stay uninitialised on purpose, this runs once per event

  void varint(uint64_t value) {
    CHECK(used_ + kLongestNumber <= sizeof numbers_, "more numbers than a record has");
    while (value >= 0x80) {
      numbers_[used_++] = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    numbers_[used_++] = static_cast<char>(value);
  }
  // Signed numbers, small magnitudes of either sign short (zigzag).
  void svarint(int64_t value) {
    varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void word(uint64_t value) {
    CHECK(used_ + kLongestNumber <= sizeof numbers_, "more numbers than a record has");
    std::memcpy(numbers_ + used_, &value, sizeof value);
    used_ += sizeof value;
  }
  template <class Tag>
  void id(StrongId<Tag> id) {
    CHECK(id.value() <= kMaxNumber, "{} cannot be read back", id.value());
    varint(id.value());
  }
  void duration(Duration value) { svarint(value.ms()); }
  void time(WallTime value) { svarint(value.ms()); }
  // A time near `base`; wraps, so that any two can be written.
  void time_since(WallTime base, WallTime value) {
    svarint(
        static_cast<int64_t>(static_cast<uint64_t>(value.ms()) - static_cast<uint64_t>(base.ms())));
  }
  // `text` must live until append_to().
  void text(std::string_view text) {
    CHECK(text_count_ < kTexts, "more texts than a record has");
    varint(text.size());
    texts_[text_count_++] = text;
    text_bytes_ += text.size();
  }

  size_t size() const { return used_ + text_bytes_; }
  void append_to(std::string* out) const {
    out->append(numbers_, used_);
    for (size_t i = 0; i < text_count_; ++i) out->append(texts_[i]);
  }

 private:
  static constexpr size_t kNumberBytes = 256;
  static constexpr size_t kLongestNumber = 10;
  static constexpr size_t kTexts = 6;

  char numbers_[kNumberBytes];
  std::string_view texts_[kTexts];
  size_t used_ = 0;
  size_t text_count_ = 0;
  size_t text_bytes_ = 0;
};

}  // namespace muster::storage
