#include "server/data_directory.h"

namespace muster::server {

storage::StorageResult<DataDirectory> DataDirectory::open(storage::FileSystem& files,
                                                          const std::string& path,
                                                          const std::string& space) {
  DataDirectory out;
  if (const auto made = files.make_directory(path); !made.ok()) return made.error();
  auto lock = files.lock(path + "/lock");
  if (!lock.ok()) return lock.error();
  out.lock_ = std::move(*lock);

  const std::string home = path + "/" + space;
  out.journal_ = home + "/journal";
  out.store_ = home + "/store";
  for (const std::string& directory : {home, out.journal_, out.store_}) {
    if (const auto made = files.make_directory(directory); !made.ok()) return made.error();
  }
  // The names are as durable as what will be written below them.
  for (const std::string& directory : {storage::parent_directory(path), path, home}) {
    if (const auto synced = files.sync_directory(directory); !synced.ok()) return synced.error();
  }
  return out;
}

}  // namespace muster::server
