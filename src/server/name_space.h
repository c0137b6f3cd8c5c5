// Namespace: the unit of order, transaction and placement. Owns an engine, and on disk a journal
// and a store: DATA/<namespace>/{journal,store}. Every connection has one; so far there is
// `default`.
#pragma once

#include <memory>
#include <string>

#include "engine/engine.h"
#include "server/config.h"
#include "server/recovery.h"
#include "storage/file_system.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace muster::server {

class Namespace {
 public:
  // A new engine over what `journal` and `store` hold; both null: nothing on disk. Blocks.
  static storage::StorageResult<std::unique_ptr<Namespace>> recovered(
      const engine::EngineConfig& config, std::unique_ptr<storage::Journal> journal,
      std::unique_ptr<storage::Store> store);

  // Not yet recovered; recovered() is the way in.
  Namespace(const engine::EngineConfig& config, std::unique_ptr<storage::Journal> journal,
            std::unique_ptr<storage::Store> store)
      : engine_(config), journal_(std::move(journal)), store_(std::move(store)) {}

  engine::Engine& engine() { return engine_; }
  storage::Journal* journal() { return journal_.get(); }
  storage::Store* store() { return store_.get(); }
  const Recovered& recovery() const { return recovery_; }

 private:
  engine::Engine engine_;
  std::unique_ptr<storage::Journal> journal_;
  std::unique_ptr<storage::Store> store_;
  Recovered recovery_;
};

}  // namespace muster::server
