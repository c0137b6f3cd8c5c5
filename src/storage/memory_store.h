// MemoryStore: a Store without a disk, for tests, the simulator and `--durability memory`. It lives
// as long as the object; who plays a crash keeps it and makes everything else anew. Any thread.
#pragma once

#include <map>

#include "base/mutex.h"
#include "storage/store.h"

namespace muster::storage {

class MemoryStore : public Store {
 public:
  StorageResult<std::optional<std::string>> get(std::string_view key) override;
  StorageResult<Unit> write(const StoreBatch& batch) override;
  StorageResult<Unit> scan(std::string_view prefix, const Visitor& visit) override;

  // Until called with none, every write fails with this and changes nothing.
  void fail_writes(std::optional<StorageError> error);

 private:
  using Pairs = std::map<std::string, std::string, std::less<>>;
  static void apply(const StoreBatch& batch, Pairs* pairs);

  Mutex mutex_;
  Pairs pairs_ GUARDED_BY(mutex_);
  std::optional<StorageError> failure_ GUARDED_BY(mutex_);
};

}  // namespace muster::storage
