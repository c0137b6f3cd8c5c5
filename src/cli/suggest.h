// The nearest name to one that was mistyped.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace muster::cli {

// The one of `names` that is at most a third of its letters (at least one) away from `text` by
// inserting, deleting, changing or swapping letters, or that `text` begins; empty: none is near.
std::string nearest(std::string_view text, std::span<const std::string> names);

}  // namespace muster::cli
