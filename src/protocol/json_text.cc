#include "protocol/json_text.h"

#include <algorithm>
#include <cstring>

#include "base/mutant.h"

namespace muster::protocol {
namespace {

unsigned hex_value(char c) {
  if (c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a' + 10);
}

// The code unit of a checked \uXXXX whose backslash stands at `at`.
unsigned code_unit(std::string_view inner, size_t at) {
  unsigned unit = 0;
  for (size_t i = at + 2; i < at + 6; ++i) unit = unit << 4 | hex_value(inner[i]);
  return unit;
}

void append_utf8(unsigned point, std::string* out) {
  const auto put = [out](unsigned byte) { out->push_back(static_cast<char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xE0 | point >> 12);
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
    }
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

char short_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // '"', '\\', '/'
  }
}

constexpr bool is_high(unsigned unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
constexpr bool is_low(unsigned unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

}  // namespace

std::optional<JsonValue> check_json(std::string_view text, std::string* complaint) {
  JsonCursor cursor(text);
  JsonValue value;
  if (cursor.value(&value) && cursor.at_end()) return value;
  if (complaint != nullptr) *complaint = cursor.complaint();
  return std::nullopt;
}

bool append_unescaped(std::string_view inner, std::string* out) {
  bool whole = true;
  size_t at = 0;
  while (at < inner.size()) {
    const size_t slash = std::min(inner.find('\\', at), inner.size());
    out->append(inner, at, slash - at);
    at = slash;
    if (at == inner.size()) break;
    if (inner[at + 1] != 'u') {
      out->push_back(short_escape(inner[at + 1]));
      at += 2;
      continue;
    }
    unsigned point = code_unit(inner, at);
    at += 6;
    if (is_high(point) && at + 6 <= inner.size() && inner[at] == '\\' && inner[at + 1] == 'u' &&
        is_low(code_unit(inner, at))) {
      point = (MUSTER_PLANTED(decoder_surrogate_pair) ? 0x8000 : 0x10000) +
              ((point - 0xD800) << 10) + (code_unit(inner, at) - 0xDC00);
      at += 6;
    } else if (is_high(point) || is_low(point)) {
      point = 0xFFFD;
      whole = false;
    }
    append_utf8(point, out);
  }
  return whole;
}

bool breaks_lines(std::string_view json) {
  return !json.empty() && (std::memchr(json.data(), '\n', json.size()) != nullptr ||
                           std::memchr(json.data(), '\r', json.size()) != nullptr);
}

void join_lines(size_t from, std::string* json) {
  if (!breaks_lines(std::string_view(*json).substr(from))) return;
  std::replace_if(
      json->begin() + static_cast<ptrdiff_t>(from), json->end(),
      [](char c) { return c == '\n' || c == '\r'; }, ' ');
}

bool holds_nul(std::string_view inner) {
  for (size_t at = inner.find('\\'); at < inner.size(); at = inner.find('\\', at + 2)) {
    if (inner.substr(at, 6) == "\\u0000") return true;
  }
  return false;
}

}  // namespace muster::protocol
