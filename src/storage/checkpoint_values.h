// The store's values that belong to no job: format version, marks, queues, remembered ids. Formats:
// docs/storage.md, held by golden bytes. Errors say what is wrong and leave it to the caller where.
#pragma once

#include <string>
#include <string_view>

#include "model/checkpoint.h"
#include "storage/error.h"

namespace muster::storage {

void append_format(std::string* out);
StorageResult<Unit> check_format(std::string_view bytes);  // kVersion: written by a newer program

struct StoredMarks {
  Marks marks;
  uint64_t checkpoint = 0;   // its number, from 1
  uint64_t first_chunk = 0;  // the store holds no chunk of remembered ids below it
};
void append_marks(const StoredMarks& marks, std::string* out);
StorageResult<StoredMarks> read_marks(std::string_view bytes);

void append_queue(const QueueRecord& queue, std::string* out);  // all but the name
StorageResult<QueueRecord> read_queue(std::string_view name, std::string_view bytes);

void append_chunk(const RememberedChunk& chunk, std::string* out);  // all but the number
StorageResult<RememberedChunk> read_chunk(uint64_t number, std::string_view bytes);

}  // namespace muster::storage
