#include "cli/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"

namespace muster::cli {

namespace {

constexpr size_t kGap = 2;        // between columns
constexpr size_t kNarrowest = 6;  // of a column that yields

// Size of the well-formed UTF-8 sequence that `text` begins with, and its code point; 0: there is
// none.
size_t decode(std::string_view text, char32_t* out) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    *out = lead;
    return 1;
  }
  const size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < size) return 0;
  char32_t point = lead & (0xFF >> (size + 1));
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    point = point << 6 | (byte(i) & 0x3F);
  }
  const bool overlong = (size == 3 && point < 0x800) || (size == 4 && point < 0x10000);
  if (overlong || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return 0;
  *out = point;
  return size;
}

// Coarse blocks that terminals draw two cells wide (East Asian, emoji), and marks that take none.
size_t point_width(char32_t point) {
  if (point >= 0x300 && point <= 0x36F) return 0;
  const bool wide = (point >= 0x1100 && point <= 0x115F) || (point >= 0x2E80 && point <= 0xA4CF) ||
                    (point >= 0xAC00 && point <= 0xD7A3) || (point >= 0xF900 && point <= 0xFAFF) ||
                    (point >= 0xFE30 && point <= 0xFE6F) || (point >= 0xFF00 && point <= 0xFF60) ||
                    (point >= 0xFFE0 && point <= 0xFFE6) ||
                    (point >= 0x1F300 && point <= 0x1FAFF) ||
                    (point >= 0x20000 && point <= 0x3FFFD);
  return wide ? 2 : 1;
}

// Controls, and the marks that reorder or hide what stands around them.
bool unprintable(char32_t point) {
  return point < 0x20 || (point >= 0x7F && point < 0xA0) || (point >= 0x200B && point <= 0x200F) ||
         (point >= 0x2028 && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069) ||
         point == 0xFEFF;
}

// `text` in at most `width` cells, the last of them … if something was cut.
std::string cut(std::string_view text, size_t width) {
  if (display_width(text) <= width) return std::string(text);
  size_t used = 0;
  size_t at = 0;
  while (at < text.size()) {
    char32_t point = 0;
    const size_t size = std::max<size_t>(decode(text.substr(at), &point), 1);
    if (used + point_width(point) + 1 > width) break;
    used += point_width(point);
    at += size;
  }
  return std::string(text.substr(0, at)) + "…";
}

}  // namespace

size_t display_width(std::string_view text) {
  size_t width = 0;
  while (!text.empty()) {
    char32_t point = 0;
    const size_t size = decode(text, &point);
    width += size == 0 ? 1 : point_width(point);
    text.remove_prefix(std::max<size_t>(size, 1));
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    char32_t point = 0;
    const size_t size = decode(text, &point);
    const size_t taken = std::max<size_t>(size, 1);
    if (size != 0 && !unprintable(point)) {
      out += text.substr(0, taken);
    } else {
      for (size_t i = 0; i < taken; ++i) {
        out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i]));
      }
    }
    text.remove_prefix(taken);
  }
  return out;
}

void Table::add(std::vector<std::string> cells) {
  CHECK(cells.size() == columns_.size(), "{} cells, {} columns", cells.size(), columns_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::vector<size_t> Table::widths(size_t width) const {
  std::vector<size_t> widths;
  size_t total = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    size_t widest = display_width(columns_[i].title);
    for (const auto& row : rows_) widest = std::max(widest, display_width(row[i]));
    widths.push_back(widest);
    total += widest + (i > 0 ? kGap : 0);
  }
  // Takes from the columns that yield first, one cell at a time from the widest of them, so that
  // the cut is shared among equals.
  while (total > width) {
    size_t chosen = columns_.size();
    for (size_t i = 0; i < columns_.size(); ++i) {
      const size_t floor = std::max(kNarrowest, display_width(columns_[i].title));
      if (columns_[i].yields == 0 || widths[i] <= floor) continue;
      const bool first = chosen == columns_.size() || columns_[i].yields > columns_[chosen].yields;
      const bool equal = !first && columns_[i].yields == columns_[chosen].yields;
      if (first || (equal && widths[i] > widths[chosen])) chosen = i;
    }
    if (chosen == columns_.size()) break;
    --widths[chosen];
    --total;
  }
  return widths;
}

std::string Table::fitted(size_t width, bool bold) const {
  const std::vector<size_t> widths = this->widths(width);
  const auto line = [&](const auto& cell_of) {
    std::string out;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const std::string cell = cut(cell_of(i), widths[i]);
      const std::string space(widths[i] - std::min(widths[i], display_width(cell)), ' ');
      if (i > 0) out.append(kGap, ' ');
      out += columns_[i].align == Align::kRight ? space + cell : cell + space;
    }
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  };
  std::string header = line([&](size_t i) { return columns_[i].title; });
  std::string out = bold ? "\x1b[1m" + header + "\x1b[0m\n" : header + "\n";
  for (const auto& row : rows_) out += line([&](size_t i) { return row[i]; }) + "\n";
  return out;
}

std::string Table::tab_separated() const {
  std::string out;
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (i > 0) out += '\t';
      out += row[i];
    }
    out += '\n';
  }
  return out;
}

}  // namespace muster::cli
