// Store: what is, as of applied_sequence: an ordered map of byte strings that outlives the process.
// A seam: RocksDB (rocks_store), memory (memory_store). What the keys mean is checkpoint_store's.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "storage/error.h"
#include "storage/store_batch.h"

namespace muster::storage {

class Store {
 public:
  virtual ~Store() = default;

  virtual StorageResult<std::optional<std::string>> get(std::string_view key) = 0;

  // All or nothing, durable when it returns; later writes of one key win. May be called by one
  // thread while another reads. After kNoSpace it may be called again once there is room.
  virtual StorageResult<Unit> write(const StoreBatch& batch) = 0;

  // Hands every pair whose key begins with `prefix`, in key order, to `visit`; stops at its first
  // error. `visit` must not call the store.
  using Visitor = std::function<StorageResult<Unit>(std::string_view key, std::string_view value)>;
  virtual StorageResult<Unit> scan(std::string_view prefix, const Visitor& visit) = 0;
};

}  // namespace muster::storage
