#include "engine/remembered_ids.h"

#include <algorithm>

#include "base/check.h"
#include "base/hash.h"

namespace muster::engine {

void RememberedIds::restore_range(uint64_t first, uint64_t end) {
  CHECK(ids_.empty() || (first == first_ && end == this->end()),
        "remembered ids [{}, {}) restored as [{}, {})", first_, this->end(), first, end);
  if (ids_.empty()) first_ = end;
}

void RememberedIds::restore(const RememberedChunk& chunk) {
  const uint64_t number = chunk.number * limits::kIdsPerChunk;
  if (ids_.empty()) first_ = number;
  CHECK(number == end(), "chunk {} follows id {}", chunk.number, end());
  for (const RememberedId& id : chunk.ids) {
    numbers_[id.id_hash] = end();
    ids_.push_back(id);
  }
}

const RememberedId* RememberedIds::find(std::string_view id) const {
  const auto found = numbers_.find(hash64(id));
  return found == numbers_.end() ? nullptr : &ids_[found->second - first_];
}

void RememberedIds::add(std::string_view id, uint64_t fingerprint, WallTime removed_at) {
  const uint64_t id_hash = hash64(id);
  numbers_[id_hash] = end();
  ids_.push_back({id_hash, fingerprint, removed_at});
  drop_front_chunks(removed_at);
}

void RememberedIds::drop_front_chunks(WallTime now) {
  constexpr size_t kChunk = limits::kIdsPerChunk;
  while (ids_.size() > kChunk &&
         (ids_.size() >= kept_ + kChunk || now - ids_[kChunk - 1].removed_at > age_)) {
    for (size_t i = 0; i < kChunk; ++i, ++first_) {
      const auto found = numbers_.find(ids_.front().id_hash);
      if (found != numbers_.end() && found->second == first_) numbers_.erase(found);
      ids_.pop_front();
    }
  }
}

std::vector<RememberedChunk> RememberedIds::chunks_from(uint64_t from) const {
  std::vector<RememberedChunk> chunks;
  const uint64_t begin = std::max(from / limits::kIdsPerChunk * limits::kIdsPerChunk, first_);
  for (uint64_t number = begin; number < end(); number += limits::kIdsPerChunk) {
    const auto first = ids_.begin() + static_cast<std::ptrdiff_t>(number - first_);
    const auto count = std::min<uint64_t>(limits::kIdsPerChunk, end() - number);
    chunks.push_back(
        {number / limits::kIdsPerChunk, {first, first + static_cast<std::ptrdiff_t>(count)}});
  }
  return chunks;
}

uint64_t RememberedIds::hash() const {
  uint64_t hash = mix64(first_, ids_.size());
  for (const RememberedId& id : ids_) {
    hash = mix64(hash ^ id.id_hash, id.fingerprint ^ static_cast<uint64_t>(id.removed_at.ms()));
  }
  return hash;
}

}  // namespace muster::engine
