#include "worker/capture.h"

#include <algorithm>

namespace muster::worker {

void Capture::append(std::string_view bytes) {
  total_ += bytes.size();
  const size_t to_head = std::min(bytes.size(), keep_ - head_.size());
  head_.append(bytes.substr(0, to_head));
  bytes.remove_prefix(to_head);
  if (bytes.size() >= keep_) {
    tail_.assign(bytes.substr(bytes.size() - keep_));
    return;
  }
  tail_.append(bytes);
  if (tail_.size() >= 2 * keep_) tail_.erase(0, tail_.size() - keep_);
}

Captured Capture::finish() && {
  if (tail_.size() > keep_) tail_.erase(0, tail_.size() - keep_);
  const uint64_t dropped = total_ - head_.size() - tail_.size();
  return {std::move(head_), std::move(tail_), dropped};
}

}  // namespace muster::worker
