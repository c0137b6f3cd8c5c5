#include "storage/memory_store.h"

#include <utility>

namespace muster::storage {

void MemoryStore::apply(const StoreBatch& batch, Pairs* pairs) {
  batch.replay(
      [pairs](std::string_view key, std::string_view value) {
        pairs->insert_or_assign(std::string(key), std::string(value));
      },
      [pairs](std::string_view key) {
        const auto found = pairs->find(key);
        if (found != pairs->end()) pairs->erase(found);
      });
}

StorageResult<std::optional<std::string>> MemoryStore::get(std::string_view key) {
  const MutexLock lock(mutex_);
  const auto found = pairs_.find(key);
  if (found == pairs_.end()) return std::optional<std::string>();
  return std::optional(found->second);
}

StorageResult<Unit> MemoryStore::write(const StoreBatch& batch) {
  const MutexLock lock(mutex_);
  if (failure_) return *failure_;
  apply(batch, &pairs_);
  return Unit();
}

StorageResult<Unit> MemoryStore::scan(std::string_view prefix, const Visitor& visit) {
  const MutexLock lock(mutex_);
  for (auto at = pairs_.lower_bound(prefix); at != pairs_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    StorageResult<Unit> visited = visit(at->first, at->second);
    if (!visited) return visited;
  }
  return Unit();
}

void MemoryStore::fail_writes(std::optional<StorageError> error) {
  const MutexLock lock(mutex_);
  failure_ = std::move(error);
}

}  // namespace muster::storage
