// The data directory: DATA/lock, DATA/<namespace>/{journal,store}. One server at a time.
#pragma once

#include <memory>
#include <string>

#include "storage/file_system.h"

namespace muster::server {

class DataDirectory {
 public:
  // Makes what does not exist (only its owner may enter) and locks it. kInUse: another server has
  // it.
  static storage::StorageResult<DataDirectory> open(storage::FileSystem& files,
                                                    const std::string& path,
                                                    const std::string& space);

  const std::string& journal() const { return journal_; }
  const std::string& store() const { return store_; }

 private:
  std::unique_ptr<storage::FileLock> lock_;
  std::string journal_;
  std::string store_;
};

}  // namespace muster::server
