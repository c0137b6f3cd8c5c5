// FieldReader: reads what FieldWriter wrote, from bytes that a disk gave: every number is checked
// against its range, every text against what is left. It never fails loudly: the first thing wrong
// is remembered with its field's name, everything read afterwards is zero or empty, and problem()
// says so at the end.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"
#include "model/ids.h"

namespace muster::storage {

class FieldReader {
 public:
  explicit FieldReader(std::string_view bytes) : bytes_(bytes) {}

  uint64_t varint(const char* field, uint64_t max = UINT64_MAX);
  uint32_t small(const char* field) { return static_cast<uint32_t>(varint(field, UINT32_MAX)); }
  int64_t svarint(const char* field, int64_t min = INT64_MIN, int64_t max = INT64_MAX);
  uint64_t word(const char* field);
  // A set of the bits in `known`.
  uint64_t flags(const char* field, uint64_t known);
  template <class Id>
  Id id(const char* field) {
    return Id(varint(field, kMaxNumber));
  }
  // One of the values first … last, which have no gaps.
  template <class Enum>
  Enum one_of(const char* field, Enum first, Enum last) {
    const uint64_t value = varint(field, static_cast<uint64_t>(last));
    if (value < static_cast<uint64_t>(first)) refuse(field, "is out of range");
    return static_cast<Enum>(value);
  }
  Duration duration(const char* field) { return Duration::milliseconds(svarint(field)); }
  WallTime time(const char* field) { return WallTime::from_ms(svarint(field)); }
  WallTime time_since(WallTime base, const char* field) {
    return WallTime::from_ms(static_cast<int64_t>(static_cast<uint64_t>(svarint(field)) +
                                                  static_cast<uint64_t>(base.ms())));
  }

  // Reads the length now; take_texts(), after the last number, fills `into` with a view or a copy.
  void text(const char* field, uint64_t max, std::string_view* into) { ask(field, max, into, {}); }
  void text(const char* field, uint64_t max, std::string* into) { ask(field, max, {}, into); }
  void take_texts();

  size_t left() const { return bytes_.rest().size(); }
  std::string_view rest() const { return bytes_.rest(); }

  // Remembers that `field` is wrong, unless something was before it.
  void refuse(const char* field, const char* what);
  bool ok() const { return what_ == nullptr; }
  // "<field> <what>" of the first thing wrong; only when not ok().
  std::string problem() const;

 private:
  struct Text {
    const char* field;
    uint64_t size;
    std::string_view* view;
    std::string* copy;
  };
  static constexpr size_t kTexts = 6;

  void ask(const char* field, uint64_t max, std::string_view* view, std::string* copy);
  void expect_bytes(const char* field);

  ByteReader bytes_;
  std::array<Text, kTexts> texts_ = {};
  size_t text_count_ = 0;
  const char* field_ = nullptr;
  const char* what_ = nullptr;
};

}  // namespace muster::storage
