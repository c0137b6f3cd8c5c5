// SlowDecimal: a JSON number as digits and a power of ten, of any magnitude. Compared digit by
// digit, never converted to a binary fraction.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace muster::fuzz {

class SlowDecimal {
 public:
  // `number` is one by the grammar of RFC 8259.
  explicit SlowDecimal(std::string_view number);

  bool negative() const { return negative_ && !digits_.empty(); }
  bool signed_zero() const { return negative_ && digits_.empty(); }
  // Times 10^scale, if that is a whole number that 64 bits hold.
  std::optional<int64_t> whole(int scale = 0) const;
  // Times 10^scale, cut towards zero; none: 64 bits do not hold it.
  std::optional<int64_t> cut(int scale = 0) const;
  // least <= the number times 10^scale <= most, exactly.
  bool within(int64_t least, int64_t most, int scale = 0) const;

 private:
  bool negative_ = false;
  std::string digits_;    // without zeros at either end; none: the number is 0
  int64_t exponent_ = 0;  // the value is digits_ × 10^exponent_
};

}  // namespace muster::fuzz
