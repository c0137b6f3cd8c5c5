// SlowJson: JSON by the letter of RFC 8259, a tree built by recursive descent, one grammar rule a
// function. Written to be compared with src/protocol, of which it uses nothing but the names of the
// kinds.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_cursor.h"

namespace muster::fuzz {

struct SlowJson {
  protocol::JsonKind kind = protocol::JsonKind::kNull;
  std::string raw;    // as it stood
  std::string text;   // of a string: what it means, in UTF-8
  bool whole = true;  // of a string: no surrogate lacks its partner (such become U+FFFD)
  size_t depth = 0;   // of an array or object: brackets on its deepest path, its own included
  std::vector<SlowJson> items;  // of an array; of an object: the values
  std::vector<SlowJson> names;  // of an object, one for each value

  // The first member of this name; null: there is none.
  const SlowJson* find(std::string_view name) const;
};

// The value that `text` consists of. None: it is no JSON text, or nested deeper than 300.
std::optional<SlowJson> parse_slowly(std::string_view text);

// Appends a code point below 0x110000 that is no surrogate.
void append_code_point(uint32_t point, std::string* out);

}  // namespace muster::fuzz
