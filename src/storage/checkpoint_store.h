// The meaning of the store's keys: one CheckpointImage becomes one atomic write, and a store
// becomes the records to restore the engine from. Key layout and codecs: docs/storage.md.
#pragma once

#include <functional>
#include <optional>

#include "model/checkpoint.h"
#include "storage/store.h"

namespace muster::storage {

// Writes everything in `image`; after success the store stands at image.marks.applied.
StorageResult<Unit> write_checkpoint(Store& store, const CheckpointImage& image);

// What load_checkpoint finds, in no particular order but chunks by number.
struct CheckpointVisitor {
  std::function<void(JobRecord)> job;
  std::function<void(QueueRecord)> queue;
  std::function<void(const RememberedChunk&)> chunk;
};

// The marks of the last checkpoint; none in a new store. Lanes, options and workers that are equal
// are shared between the records. A job whose body is damaged is reported as kCorrupt with its
// name.
StorageResult<std::optional<Marks>> load_checkpoint(Store& store, const CheckpointVisitor& visitor);

}  // namespace muster::storage
