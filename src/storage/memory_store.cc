#include "storage/memory_store.h"

#include <utility>

namespace muster::storage {

StorageResult<std::optional<std::string>> MemoryStore::get(std::string_view key) {
  const std::lock_guard lock(mutex_);
  const auto found = pairs_.find(key);
  if (found == pairs_.end()) return std::optional<std::string>();
  return std::optional(found->second);
}

StorageResult<Unit> MemoryStore::write(const StoreBatch& batch) {
  const std::lock_guard lock(mutex_);
  if (failure_) return *failure_;
  batch.replay(
      [this](std::string_view key, std::string_view value) {
        pairs_.insert_or_assign(std::string(key), std::string(value));
      },
      [this](std::string_view key) {
        const auto found = pairs_.find(key);
        if (found != pairs_.end()) pairs_.erase(found);
      });
  return Unit();
}

StorageResult<Unit> MemoryStore::scan(std::string_view prefix, const Visitor& visit) {
  const std::lock_guard lock(mutex_);
  for (auto at = pairs_.lower_bound(prefix); at != pairs_.end(); ++at) {
    if (!at->first.starts_with(prefix)) break;
    StorageResult<Unit> visited = visit(at->first, at->second);
    if (!visited) return visited;
  }
  return Unit();
}

void MemoryStore::fail_writes(std::optional<StorageError> error) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(error);
}

}  // namespace muster::storage
