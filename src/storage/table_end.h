// The end of a table file of RocksDB, checked before RocksDB reads it. All other blocks of a table
// RocksDB checks itself before it uses them; but the footer has no checksum, and the properties are
// parsed before theirs is compared: one flipped bit there ends the process in an assertion. Knows
// the format (docs/storage.md), not the library. Any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "storage/error.h"

namespace muster::storage {

// Hands out exactly the bytes [offset, offset + size) of the file, or why they cannot be read.
using ReadTable = std::function<StorageResult<std::string>(uint64_t offset, uint64_t size)>;

// Whether footer, metaindex, properties and index of a table of `size` bytes are what RocksDB wrote
// with the settings of rocks_store. kCorrupt: they are not; the message names the part and its
// offset, not the file. Errors of `read` are passed on.
StorageResult<Unit> check_table_end(uint64_t size, const ReadTable& read);

}  // namespace muster::storage
