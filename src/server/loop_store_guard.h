// LoopStoreGuard: a Store that must not be called by one thread, the loop's: a disk would make
// every connection wait. Until arm() it lets everything through, for recovery.
#pragma once

#include <memory>
#include <thread>
#include <utility>

#include "base/check.h"
#include "storage/store.h"

namespace muster::server {

class LoopStoreGuard : public storage::Store {
 public:
  explicit LoopStoreGuard(std::unique_ptr<storage::Store> store) : store_(std::move(store)) {}

  // The calling thread is the loop's; before other threads use the store.
  void arm() { loop_ = std::this_thread::get_id(); }

  storage::StorageResult<std::optional<std::string>> get(std::string_view key) override {
    check();
    return store_->get(key);
  }
  storage::StorageResult<Unit> write(const storage::StoreBatch& batch) override {
    check();
    return store_->write(batch);
  }
  storage::StorageResult<Unit> scan(std::string_view prefix, const Visitor& visit) override {
    check();
    return store_->scan(prefix, visit);
  }

 private:
  void check() const {
    CHECK(std::this_thread::get_id() != loop_, "the loop's thread called the store");
  }

  const std::unique_ptr<storage::Store> store_;
  std::thread::id loop_;  // none: not armed
};

}  // namespace muster::server
