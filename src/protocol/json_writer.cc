#include "protocol/json_writer.h"

#include "base/mutant.h"
#include "protocol/json_cursor.h"

namespace muster::protocol {
namespace {

void append_escape(unsigned char byte, std::string* out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  switch (byte) {
    case '"':
      out->append("\\\"");
      return;
    case '\\':
      out->append("\\\\");
      return;
    case '\n':
      out->append("\\n");
      return;
    case '\r':
      out->append("\\r");
      return;
    case '\t':
      out->append("\\t");
      return;
    case '\b':
      out->append("\\b");
      return;
    case '\f':
      out->append("\\f");
      return;
    default:
      break;
  }
  if (MUSTER_PLANTED(writer_control_unescaped) && byte == 0x1F) return out->push_back(0x1F);
  out->append("\\u00");
  out->push_back(kHex[byte >> 4]);
  out->push_back(kHex[byte & 15]);
}

}  // namespace

void append_json_string(std::string_view text, std::string* out) {
  out->push_back('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    const char* stop = json_internal::skip_plain<true>(at, end);
    out->append(at, static_cast<size_t>(stop - at));
    at = stop;
    if (at == end) break;
    if (static_cast<unsigned char>(*at) < 0x80) {
      append_escape(static_cast<unsigned char>(*at++), out);
      continue;
    }
    const size_t length = json_internal::utf8_sequence(at, end);
    if (length == 0) {
      out->append("\\ufffd");  // output of a command may be anything; the line must stay JSON
      ++at;
    } else {
      out->append(at, length);
      at += length;
    }
  }
  out->push_back('"');
}

JsonWriter& JsonWriter::thousandths(uint64_t value) {
  number(value / 1000);
  if (value % 1000 == 0) return *this;
  char digits[4] = {'.', static_cast<char>('0' + value / 100 % 10),
                    static_cast<char>('0' + value / 10 % 10), static_cast<char>('0' + value % 10)};
  size_t size = 4;
  while (digits[size - 1] == '0') --size;
  out_->append(digits, size);
  return *this;
}

}  // namespace muster::protocol
