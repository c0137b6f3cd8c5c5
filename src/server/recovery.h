// Recovery: the one way to start. Store, then the journal's events behind it, then a checkpoint, so
// that nothing is served that rests on bytes which only the page cache holds.
#pragma once

#include <cstdint>

#include "engine/engine.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace muster::server {

struct Recovered {
  Sequence stored;   // what the store contained
  Sequence applied;  // the last event of all
  uint64_t jobs_loaded = 0;
  uint64_t events_replayed = 0;
};

// Fills a new `engine`; the caller then calls engine.start(). A store that is ahead of the
// journal's end or behind its begin, and damage anywhere, is refused and named. Blocks; before the
// loop runs.
storage::StorageResult<Recovered> recover(engine::Engine& engine, storage::Journal& journal,
                                          storage::Store& store);

}  // namespace muster::server
