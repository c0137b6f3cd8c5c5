#include "server/name_space.h"

#include <utility>

namespace muster::server {

storage::StorageResult<std::unique_ptr<Namespace>> Namespace::recovered(
    const engine::EngineConfig& config, std::unique_ptr<storage::Journal> journal,
    std::unique_ptr<storage::Store> store) {
  auto space = std::make_unique<Namespace>(config, std::move(journal), std::move(store));
  if (space->journal_) {
    const auto recovery = recover(space->engine_, *space->journal_, *space->store_);
    if (!recovery.ok()) return recovery.error();
    space->recovery_ = *recovery;
  } else {
    space->engine_.finish_restore();
  }
  return space;
}

}  // namespace muster::server
