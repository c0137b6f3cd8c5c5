#include "storage/rocks_guard.h"

#include <fmt/core.h>
#include <rocksdb/file_system.h>

#include <string>
#include <utility>

#include "storage/table_end.h"

namespace muster::storage {
namespace {

using rocksdb::IOStatus;

class TableGuard : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;

  const char* Name() const override { return "muster.TableGuard"; }

  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               rocksdb::IODebugContext* debug) override {
    IOStatus opened = target()->NewRandomAccessFile(path, options, file, debug);
    if (!opened.ok() || !path.ends_with(".sst")) return opened;
    IOStatus sound = check(path, options.io_options, **file, debug);
    if (!sound.ok()) file->reset();
    return sound;
  }

 private:
  IOStatus check(const std::string& path, const rocksdb::IOOptions& options,
                 const rocksdb::FSRandomAccessFile& file, rocksdb::IODebugContext* debug) {
    uint64_t size = 0;
    IOStatus status = target()->GetFileSize(path, options, &size, debug);
    if (!status.ok()) return status;
    const auto read = [&](uint64_t offset, uint64_t length) -> StorageResult<std::string> {
      std::string bytes(length, '\0');
      rocksdb::Slice got;
      status = file.Read(offset, length, options, &got, bytes.data(), debug);
      if (!status.ok()) return StorageError{StorageErrorKind::kIo, status.ToString()};
      if (got.size() != length) {
        return StorageError{StorageErrorKind::kCorrupt,
                            fmt::format("the file ends at offset {}", offset + got.size())};
      }
      if (got.data() != bytes.data()) bytes.assign(got.data(), got.size());
      return bytes;
    };
    const StorageResult<Unit> sound = check_table_end(size, read);
    if (sound.ok() || !status.ok()) return status;
    return IOStatus::Corruption(fmt::format("table {}: {}", path, sound.error().message));
  }
};

}  // namespace

std::unique_ptr<rocksdb::Env> guard_tables(rocksdb::Env& env) {
  return rocksdb::NewCompositeEnv(std::make_shared<TableGuard>(env.GetFileSystem()));
}

}  // namespace muster::storage
