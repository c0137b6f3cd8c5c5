#include "worker/captured_text.h"

#include <algorithm>

#include "protocol/json_cursor.h"

namespace muster::worker {
namespace {

constexpr size_t kLongestCharacter = 4;

// Length of the character that begins at `at`; 0: none does.
size_t character_at(std::string_view bytes, size_t at) {
  if (static_cast<unsigned char>(bytes[at]) < 0x80) return 1;
  return protocol::json_internal::utf8_sequence(bytes.data() + at, bytes.data() + bytes.size());
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// Where the last character begins that `bytes` holds only the start of; its size when there is
// none.
size_t split_character(std::string_view bytes) {
  const size_t least = bytes.size() - std::min(bytes.size(), kLongestCharacter - 1);
  for (size_t at = bytes.size(); at > least;) {
    const auto byte = static_cast<unsigned char>(bytes[--at]);
    if (continues(bytes[at])) continue;
    const size_t needs = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
    return at + needs > bytes.size() ? at : bytes.size();
  }
  return bytes.size();
}

// Bytes that one byte of valid UTF-8 takes in a JSON string, as protocol/json_writer.h escapes.
size_t escaped_size(char byte) {
  if (byte == '"' || byte == '\\' || byte == '\n' || byte == '\r' || byte == '\t' || byte == '\b' ||
      byte == '\f') {
    return 2;
  }
  return static_cast<unsigned char>(byte) < 0x20 ? 6 : 1;
}

size_t base64_size(size_t bytes) { return (bytes + 2) / 3 * 4; }

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    const size_t length = character_at(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve(base64_size(bytes.size()));
  for (size_t at = 0; at < bytes.size(); at += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - at);
    uint32_t word = 0;
    for (size_t i = 0; i < 3; ++i) {
      word = word << 8 | (i < count ? static_cast<unsigned char>(bytes[at + i]) : 0U);
    }
    for (size_t i = 0; i < 4; ++i) {
      out.push_back(i <= count ? kDigits[word >> (18 - 6 * i) & 63] : '=');
    }
  }
  return out;
}

StreamText StreamText::of(Captured captured) {
  StreamText text{std::move(captured), true};
  Captured& kept = text.captured;
  const Captured original = kept;
  const size_t split = split_character(kept.head);
  if (kept.dropped == 0) {
    kept.tail.insert(0, kept.head, split);
  } else {
    size_t begin = 0;
    while (begin < kept.tail.size() && begin < kLongestCharacter - 1 &&
           continues(kept.tail[begin])) {
      ++begin;
    }
    kept.tail.erase(0, begin);
    kept.dropped += kept.head.size() - split + begin;
  }
  kept.head.resize(split);
  text.utf8 = is_utf8(kept.head) && is_utf8(kept.tail);
  if (!text.utf8) kept = original;
  return text;
}

size_t StreamText::encoded_size(std::string_view part) const {
  if (!utf8) return base64_size(part.size());
  size_t size = 0;
  for (char byte : part) size += escaped_size(byte);
  return size;
}

void StreamText::cut_head(size_t budget) {
  std::string& head = captured.head;
  if (encoded_size(head) <= budget) return;
  size_t keep = budget / 4 * 3;
  if (utf8) {
    size_t used = 0;
    for (keep = 0; used + escaped_size(head[keep]) <= budget; ++keep)
      used += escaped_size(head[keep]);
    while (keep > 0 && continues(head[keep])) --keep;
  }
  captured.dropped += head.size() - keep;
  head.resize(keep);
}

void StreamText::cut_tail(size_t budget) {
  std::string& tail = captured.tail;
  if (encoded_size(tail) <= budget) return;
  size_t from = tail.size() - budget / 4 * 3;
  if (utf8) {
    size_t used = 0;
    for (from = tail.size(); used + escaped_size(tail[from - 1]) <= budget; --from) {
      used += escaped_size(tail[from - 1]);
    }
    while (from < tail.size() && continues(tail[from])) ++from;
  }
  captured.dropped += from;
  tail.erase(0, from);
}

}  // namespace muster::worker
