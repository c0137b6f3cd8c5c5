#include "fuzz/slow_json.h"

#include <algorithm>

namespace muster::fuzz {
namespace {

using protocol::JsonKind;

constexpr size_t kDeepest = 300;

bool is_surrogate(uint32_t point) { return point >= 0xD800 && point <= 0xDFFF; }

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<SlowJson> parse() {
    SlowJson value;
    space();
    if (!this->value(&value, 1)) return std::nullopt;
    space();
    if (at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view wanted) {
    if (!text_.substr(at_).starts_with(wanted)) return false;
    at_ += wanted.size();
    return true;
  }
  bool take_one_of(std::string_view set) {
    if (at_ == text_.size() || set.find(text_[at_]) == std::string_view::npos) return false;
    ++at_;
    return true;
  }
  void space() {
    while (take_one_of(" \t\n\r")) {
    }
  }

  bool value(SlowJson* out, size_t depth) {
    const size_t begin = at_;
    bool good = false;
    switch (peek()) {
      case '{':
        good = object(out, depth);
        break;
      case '[':
        good = array(out, depth);
        break;
      case '"':
        good = string(out);
        break;
      case 't':
      case 'f':
        out->kind = JsonKind::kBool;
        good = take("true") || take("false");
        break;
      case 'n':
        good = take("null");
        break;
      default:
        good = number(out);
    }
    out->raw = text_.substr(begin, at_ - begin);
    return good;
  }

  bool object(SlowJson* out, size_t depth) {
    out->kind = JsonKind::kObject;
    out->depth = 1;
    if (depth > kDeepest || !take("{")) return false;
    space();
    if (take("}")) return true;
    do {
      SlowJson& key = out->names.emplace_back();
      SlowJson& member = out->items.emplace_back();
      space();
      const size_t begin = at_;
      if (!string(&key)) return false;
      key.raw = text_.substr(begin, at_ - begin);
      space();
      if (!take(":")) return false;
      space();
      if (!value(&member, depth + 1)) return false;
      out->depth = std::max(out->depth, 1 + member.depth);
      space();
    } while (take(","));
    return take("}");
  }

  bool array(SlowJson* out, size_t depth) {
    out->kind = JsonKind::kArray;
    out->depth = 1;
    if (depth > kDeepest || !take("[")) return false;
    space();
    if (take("]")) return true;
    do {
      space();
      SlowJson& item = out->items.emplace_back();
      if (!value(&item, depth + 1)) return false;
      out->depth = std::max(out->depth, 1 + item.depth);
      space();
    } while (take(","));
    return take("]");
  }

  bool digits() {
    const size_t begin = at_;
    while (take_one_of("0123456789")) {
    }
    return at_ > begin;
  }

  bool number(SlowJson* out) {
    out->kind = JsonKind::kNumber;
    take("-");
    if (!take("0") && !(take_one_of("123456789") && (digits(), true))) return false;
    if (take(".") && !digits()) return false;
    if (take_one_of("eE")) {
      take_one_of("+-");
      if (!digits()) return false;
    }
    return true;
  }

  bool string(SlowJson* out) {
    out->kind = JsonKind::kString;
    if (!take("\"")) return false;
    while (!take("\"")) {
      if (at_ == text_.size() || !(peek() == '\\' ? escape(out) : character(out))) return false;
    }
    return true;
  }

  bool escape(SlowJson* out) {
    constexpr std::string_view kShort = "\"\\/bfnrt";
    constexpr std::string_view kMeaning = "\"\\/\b\f\n\r\t";
    take("\\");
    const size_t which = at_ < text_.size() ? kShort.find(text_[at_]) : std::string_view::npos;
    if (which != std::string_view::npos) {
      ++at_;
      out->text += kMeaning[which];
      return true;
    }
    uint32_t point = 0;
    if (!code_unit(&point)) return false;
    if (is_surrogate(point)) {
      const size_t behind = at_;
      uint32_t low = 0;
      const bool pair =
          point < 0xDC00 && take("\\") && code_unit(&low) && low >= 0xDC00 && low <= 0xDFFF;
      if (!pair) at_ = behind;
      out->whole = out->whole && pair;
      point = pair ? 0x10000 + (point - 0xD800) * 0x400 + (low - 0xDC00) : 0xFFFD;
    }
    append_code_point(point, &out->text);
    return true;
  }

  bool code_unit(uint32_t* out) {
    if (!take("u") || text_.size() - at_ < 4) return false;
    for (int i = 0; i < 4; ++i) {
      const size_t digit = std::string_view("0123456789abcdefABCDEF").find(text_[at_++]);
      if (digit == std::string_view::npos) return false;
      *out = *out * 16 + static_cast<uint32_t>(digit < 16 ? digit : digit - 6);
    }
    return true;
  }

  // One code point of UTF-8: computed, then refused if it could have been written shorter, is a
  // surrogate or lies beyond Unicode.
  bool character(SlowJson* out) {
    const auto lead = static_cast<unsigned char>(text_[at_]);
    if (lead < 0x20) return false;
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    if (text_.size() - at_ < length || (lead >= 0x80 && lead < 0xC0) || lead >= 0xF8) return false;
    uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (size_t i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text_[at_ + i]);
      if (next < 0x80 || next >= 0xC0) return false;
      point = point * 64 + (next - 0x80);
    }
    std::string shortest;
    if (is_surrogate(point) || point > 0x10FFFF) return false;
    append_code_point(point, &shortest);
    if (shortest.size() != length) return false;
    at_ += length;
    out->text += shortest;
    return true;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

void append_code_point(uint32_t point, std::string* out) {
  if (point < 0x80) {
    out->push_back(static_cast<char>(point));
    return;
  }
  const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  const uint32_t marks[] = {0, 0xC0, 0xE0, 0xF0};
  out->push_back(static_cast<char>(marks[more] + (point >> (6 * more))));
  for (int i = more - 1; i >= 0; --i) {
    out->push_back(static_cast<char>(0x80 + (point >> (6 * i)) % 64));
  }
}

const SlowJson* SlowJson::find(std::string_view name) const {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i].text == name) return &items[i];
  }
  return nullptr;
}

std::optional<SlowJson> parse_slowly(std::string_view text) { return Parser(text).parse(); }

}  // namespace muster::fuzz
