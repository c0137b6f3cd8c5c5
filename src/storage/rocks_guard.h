// Stands between RocksDB and its table files: a table is opened only if what RocksDB would trust
// blindly is sound (table_end.h). It is asked at the one place that every open of a table passes,
// at a start and later, so that obsolete and half-written files, which nothing opens, are nobody's
// concern.
#pragma once

#include <rocksdb/env.h>

#include <memory>

namespace muster::storage {

// An Env over `env`'s file system with that guard. A damaged table is a Corruption that names it.
std::unique_ptr<rocksdb::Env> guard_tables(rocksdb::Env& env);

}  // namespace muster::storage
