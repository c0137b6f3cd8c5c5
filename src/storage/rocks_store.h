// The Store on disk: a RocksDB in a directory of its own. Only rocks_* files know RocksDB. Any
// thread; write() from one at a time.
//
// A checkpoint is one synced write to RocksDB's log. After a crash or damage RocksDB goes back to
// the last whole write before it: an older checkpoint, whose applied_sequence says so, and the
// journal has the rest or the start is refused (docs/storage.md). After a failed write the next one
// opens RocksDB anew, behind the last write that succeeded: what was refused never comes back while
// this object lives. Between the two reads may fail.
#pragma once

#include <memory>
#include <string>

#include "storage/store.h"

namespace rocksdb {
class Env;
}

namespace muster::storage {

// Opens the store in `directory`, which is made (with 0700) when it does not exist; its parent
// must. kInUse: another process has it open. kCorrupt: files are missing or damaged. `env` (tests;
// not owned, must outlive the store) stands between RocksDB and the files; null: the real ones.
StorageResult<std::unique_ptr<Store>> open_rocks_store(const std::string& directory,
                                                       rocksdb::Env* env = nullptr);

}  // namespace muster::storage
