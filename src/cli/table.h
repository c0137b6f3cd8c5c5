// Table: rows of text for people on a terminal (fitted to its width) and for programs in a pipe
// (tab-separated, no header, nothing cut).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace muster::cli {

// What one character of `text` that is shown takes: UTF-8 code points, wide ones count two.
size_t display_width(std::string_view text);

// Control characters, and bytes that are no UTF-8, as \xNN: nothing a job is named may steer a
// terminal. Tabs and line ends too, so that columns stay columns.
std::string printable(std::string_view text);

class Table {
 public:
  enum class Align { kLeft, kRight };
  struct Column {
    std::string title;
    Align align = Align::kLeft;
    int yields = 0;  // when the terminal is narrow, the highest are cut first (with …); 0: never
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as there are columns; made printable here.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  // With a header, in at most `width` columns if the columns that yield allow it. `bold` wraps the
  // header in the terminal's bold.
  std::string fitted(size_t width, bool bold) const;
  std::string tab_separated() const;

 private:
  std::vector<size_t> widths(size_t width) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace muster::cli
