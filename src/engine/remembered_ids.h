// RememberedIds: the ids that clients gave to jobs since removed, so that a late resend is
// recognised. Numbered from 0 in order of removal, kept and dropped in whole chunks of
// limits::kIdsPerChunk.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <string_view>
#include <vector>

#include "model/checkpoint.h"

namespace muster::engine {

class RememberedIds {
 public:
  // At most `kept` ids (and less than a chunk more), none older than `age` as of the newest.
  RememberedIds(size_t kept, Duration age) : kept_(kept), age_(age) {}

  void restore(const RememberedChunk& chunk);

  const RememberedId* find(std::string_view id) const;
  void add(std::string_view id, uint64_t fingerprint, WallTime removed_at);

  uint64_t first() const { return first_; }
  uint64_t end() const { return first_ + ids_.size(); }
  // An empty memory that has forgotten everything before `first` (a multiple of a chunk, or the
  // end).
  void restore_range(uint64_t first, uint64_t end);

  // The chunks that hold ids numbered `from` and later, whole.
  std::vector<RememberedChunk> chunks_from(uint64_t from) const;

  uint64_t hash() const;

 private:
  void drop_front_chunks(WallTime now);

  const size_t kept_;
  const Duration age_;
  std::deque<RememberedId> ids_;
  uint64_t first_ = 0;
  boost::unordered_flat_map<uint64_t, uint64_t> numbers_;  // id hash -> number
};

}  // namespace muster::engine
