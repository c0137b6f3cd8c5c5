// MemoryStore: a Store without a disk, for tests, the simulator and `--durability memory`. It lives
// as long as the object; who plays a crash keeps it and makes everything else anew. Any thread.
#pragma once

#include <map>
#include <mutex>

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
  std::mutex mutex_;
  std::map<std::string, std::string, std::less<>> pairs_;
  std::optional<StorageError> failure_;
};

}  // namespace muster::storage
