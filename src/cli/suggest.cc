#include "cli/suggest.h"

#include <algorithm>
#include <vector>

namespace muster::cli {

namespace {

// Edit distance with swaps of neighbours counted as one.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before_last;
  std::vector<size_t> last(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::vector<size_t> row(b.size() + 1);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = a[i - 1] == b[j - 1];
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last = std::move(last);
    last = std::move(row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view text, std::span<const std::string> names) {
  std::string best;
  size_t best_distance = 0;
  for (const std::string& name : names) {
    const size_t allowed = std::max<size_t>(1, name.size() / 3);
    const bool begins = text.size() >= 3 && name.starts_with(text);
    const size_t far = begins ? 1 : distance(text, name);
    if (far > allowed || (!best.empty() && far >= best_distance)) continue;
    best = name;
    best_distance = far;
  }
  return best;
}

}  // namespace muster::cli
