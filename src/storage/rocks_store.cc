#include "storage/rocks_store.h"

#include <fmt/core.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/transaction_log.h>
#include <rocksdb/write_batch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdarg>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "model/limits.h"
#include "storage/rocks_guard.h"

namespace muster::storage {
namespace {

// RocksDB's memory: blocks read, indexes and filters share the cache with what is not yet in a
// file.
constexpr size_t kCacheBytes = 32 * limits::kMiB;
constexpr size_t kWriteBufferBytes = 16 * limits::kMiB;

rocksdb::BlockBasedTableOptions table_options(const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;              // what the guard of tables knows (table_end.h),
  table.checksum = rocksdb::kCRC32c;     // and has
  table.block_size = 16 * limits::kKiB;  // a start reads everything in order: few, larger blocks
  table.cache_index_and_filter_blocks = true;  // else they grow with the backlog, outside the cache
  table.pin_l0_filter_and_index_blocks_in_cache = true;          // the newest files are asked first
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));  // get() of one job's body
  return table;
}

// RocksDB's log for people. On a full or broken disk its second line would end the process: the
// file remembers that the first one failed, and an assertion forbids to go on. What matters comes
// back as the status of a call.
class NoTextLog : public rocksdb::Logger {
 public:
  NoTextLog() : Logger(rocksdb::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

// How much of anything RocksDB may hold: memory, files, threads, logs.
void bound_resources(rocksdb::Options& options) {
  const auto cache = rocksdb::NewLRUCache(kCacheBytes);
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table_options(cache)));
  // Short-lived jobs should meet their removal here and never reach a table file.
  options.write_buffer_size = kWriteBufferBytes;
  options.max_write_buffer_number = 3;  // one fills, two may wait for the disk before writes stall
  options.write_buffer_manager = std::make_shared<rocksdb::WriteBufferManager>(kCacheBytes, cache);
  options.max_total_wal_size = 4 * kWriteBufferBytes;  // what an open has to replay at most
  options.max_open_files = 512;     // a table file of 64 MiB each: 32 GiB without reopening
  options.max_background_jobs = 2;  // one flush, one compaction; the queue needs the cores
  options.max_manifest_file_size = 4 * limits::kMiB;  // 1 GiB by default, read at every start
  options.info_log = std::make_shared<NoTextLog>();
  options.stats_dump_period_sec = 0;  // nobody reads them, and each costs a timer thread
  options.stats_persist_period_sec = 0;
  options.skip_stats_update_on_db_open = true;  // reads a block of every file for compaction hints
}

// A checkpoint comes sorted by kind of key and inside a kind: each insertion begins where the last
// one of its kind ended. Halves the processor time of a write (measured: 6.6 to 3.1 µs per job
// written and removed again); needs the memtable to have one writer, which it has.
void expect_sorted_writes(rocksdb::Options& options) {
  options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
  options.allow_concurrent_memtable_write = false;
}

// What makes damage visible, and what a crash may cost (never more than the unsynced last write).
void refuse_damage(rocksdb::Options& options) {
  options.paranoid_checks = true;  // damage in manifest, log or table: an error, not a gap
  options.verify_sst_unique_id_in_manifest = true;  // a table file swapped for another is refused
  options.track_and_verify_wals_in_manifest =
      true;                                   // so is a finished log that is missing or short
  options.force_consistency_checks = true;    // keys of a level never overlap
  options.fail_if_options_file_error = true;  // a half-written options file is a failed open
  // A torn last write is dropped whole. Stricter modes would refuse to start after a power cut on
  // file systems where the size of a file can be ahead of its data. What damage in the middle drops
  // is missing from applied_sequence too, so the journal fills it or the server refuses the start.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  options.max_bgerror_resume_count = 0;  // write() resumes; a second, timed, way would race it
}

// RocksDB would look for free space every five seconds in a thread of its own. Here the next
// write() decides: it knows when there should be room again.
class NoAutomaticRecovery : public rocksdb::EventListener {
 public:
  const char* Name() const override { return "muster"; }
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status,
                            bool* automatic) override {
    *automatic = false;
  }
};

rocksdb::Options rocks_options(rocksdb::Env* env, bool create) {
  rocksdb::Options options;
  options.env = env;
  options.create_if_missing = create;
  bound_resources(options);
  expect_sorted_writes(options);
  options.max_bgerror_resume_count = 0;
  options.listeners.push_back(std::make_shared<NoAutomaticRecovery>());
  refuse_damage(options);
  options.compression = rocksdb::kLZ4Compression;  // of JSON bodies, at a few hundred MB/s and core
  options.level_compaction_dynamic_level_bytes = true;  // ≤ 1.1 × the live bytes on disk
  options.bytes_per_sync = 1 * limits::kMiB;  // table files reach the disk as they are written,
  options.wal_bytes_per_sync =
      1 * limits::kMiB;                          // and the sync at the end of a checkpoint is short
  options.avoid_flush_during_shutdown = true;    // all that matters is in the log
  options.avoid_unnecessary_blocking_io = true;  // old files are unlinked in the background
  options.allow_mmap_reads = false;              // a damaged disk must be an error, not a SIGBUS
  options.allow_mmap_writes = false;
  return options;
}

StorageError error_of(const rocksdb::Status& status, const std::string& directory) {
  const std::string text = status.ToString();
  StorageError error{StorageErrorKind::kIo, fmt::format("store {}: {}", directory, text)};
  if (status.IsNoSpace()) error.kind = StorageErrorKind::kNoSpace;
  if (status.IsCorruption()) error.kind = StorageErrorKind::kCorrupt;
  // not covered: needs files of a RocksDB that is newer than this one
  if (status.IsNotSupported()) error.kind = StorageErrorKind::kVersion;
  // RocksDB has no code for a held lock; the file's name in the text is what there is.
  if (status.IsIOError() && text.find("lock") != std::string::npos &&
      text.find("/LOCK") != std::string::npos) {
    error.kind = StorageErrorKind::kInUse;
  }
  return error;
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(rocksdb::Slice bytes) { return {bytes.data(), bytes.size()}; }

// The first key behind all that begin with `prefix`; empty: there is none.
std::string behind(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xff') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

// The end of the last write that succeeded, in RocksDB's log.
struct LogPlace {
  uint64_t log = 0;
  uint64_t size = 0;
};

// A failed write is not resumed (DB::Resume) but RocksDB opened anew by the next one. Resume goes
// on in the broken log when nothing else was in it, which its own assertion ends, and a write whose
// sync failed is whole in the log and would come back at some later open, though it was refused and
// its successor was made against the state before it. So the log is cut behind the last write that
// succeeded, first.
class RocksStore : public Store {
 public:
  RocksStore(std::string directory, rocksdb::Env* env)
      : directory_(std::move(directory)),
        guarded_(guard_tables(env != nullptr ? *env : *rocksdb::Env::Default())),
        env_(guarded_.get()) {}
  ~RocksStore() override {
    const WriterLock lock(mutex_);
    close();
  }

  StorageResult<Unit> open(bool create) {
    const MutexLock writing(write_mutex_);
    const WriterLock lock(mutex_);
    return open_locked(create);
  }

  StorageResult<std::optional<std::string>> get(std::string_view key) override {
    const StorageResult<Unit> opened = ensure_open();
    if (!opened) return opened.error();
    const ReaderLock lock(mutex_);
    if (!db_) return closed();  // not covered: a write closed it since ensure_open()
    std::string value;
    rocksdb::ReadOptions read;
    read.verify_checksums = true;
    const rocksdb::Status status = db_->Get(read, slice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (!status.ok()) return error_of(status, directory_);
    return std::optional(std::move(value));
  }

  StorageResult<Unit> write(const StoreBatch& batch) override {
    rocksdb::WriteBatch writes(batch.bytes() + 64);
    rocksdb::Status status;
    const auto note = [&status](const rocksdb::Status& added) {
      // not covered: only a key or value of 4 GiB makes adding to a batch fail
      status = status.ok() ? added : status;
    };
    batch.replay([&](std::string_view key,
                     std::string_view value) { note(writes.Put(slice(key), slice(value))); },
                 [&](std::string_view key) { note(writes.Delete(slice(key))); });
    if (!status.ok()) return error_of(status, directory_);  // not covered: see above
    const MutexLock writing(write_mutex_);
    if (failed_) {
      StorageResult<Unit> reopened = reopen();
      if (!reopened) return reopened;
    }
    rocksdb::WriteOptions options;
    options.sync = true;
    const ReaderLock lock(mutex_);
    status = db_->Write(options, &writes);
    failed_ = !status.ok();
    if (failed_) return error_of(status, directory_);
    remember_place();
    return Unit();
  }

  StorageResult<Unit> scan(std::string_view prefix, const Visitor& visit) override {
    StorageResult<Unit> opened = ensure_open();
    if (!opened) return opened;
    const ReaderLock lock(mutex_);
    if (!db_) return closed();  // not covered: a write closed it since ensure_open()
    rocksdb::ReadOptions read;
    read.verify_checksums = true;
    read.fill_cache = false;  // read once, at a start
    const std::string end = behind(prefix);
    const rocksdb::Slice bound = slice(end);
    if (!end.empty()) read.iterate_upper_bound = &bound;
    const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read));
    for (at->Seek(slice(prefix)); at->Valid(); at->Next()) {
      StorageResult<Unit> visited = visit(view(at->key()), view(at->value()));
      if (!visited) return visited;
    }
    if (!at->status().ok()) return error_of(at->status(), directory_);
    return Unit();
  }

 private:
  StorageError closed() const {
    return {StorageErrorKind::kIo,
            fmt::format("store {}: closed by a failed write, until one succeeds", directory_)};
  }

  // A checkpoint reads before it writes: if only writes opened anew, none would ever come.
  StorageResult<Unit> ensure_open() EXCLUDES(write_mutex_) {
    if (is_open()) return Unit();
    const MutexLock writing(write_mutex_);
    if (is_open()) return Unit();  // not covered: another thread was first
    return reopen();
  }
  bool is_open() {
    const ReaderLock lock(mutex_);
    return db_ != nullptr;
  }

  StorageResult<Unit> open_locked(bool create) REQUIRES(write_mutex_, mutex_) {
    rocksdb::DB* opened = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open(rocks_options(env_, create), directory_, &opened);
    if (!status.ok()) return error_of(status, directory_);
    db_.reset(opened);
    remember_place();
    return Unit();
  }

  void close() REQUIRES(mutex_) {
    if (!db_) return;
    const rocksdb::Status ignored = db_->Close();  // every write was synced: nothing depends on it
    ignored.PermitUncheckedError();
    db_.reset();
  }

  StorageResult<Unit> reopen() REQUIRES(write_mutex_) {
    const WriterLock lock(mutex_);
    close();
    if (!good_) {
      return StorageError{StorageErrorKind::kIo,
                          fmt::format("store {}: the end of its log is unknown", directory_)};
    }
    const rocksdb::Status cut = cut_logs(*good_);
    if (!cut.ok()) return error_of(cut, directory_);
    StorageResult<Unit> opened = open_locked(false);
    if (opened.ok()) failed_ = false;
    return opened;
  }

  void remember_place() REQUIRES(write_mutex_) REQUIRES_SHARED(mutex_) {
    std::unique_ptr<rocksdb::LogFile> log;
    good_.reset();
    if (!db_->GetCurrentWalFile(&log).ok()) return;
    good_ = LogPlace{log->LogNumber(), log->SizeFileBytes()};
  }

  // Cuts everything behind `good`: only a write that was refused can stand there.
  rocksdb::Status cut_logs(LogPlace good) {
    std::vector<std::string> names;
    rocksdb::Status status = env_->GetChildren(directory_, &names);
    for (const std::string& name : names) {
      if (!status.ok() || !name.ends_with(".log")) continue;
      uint64_t log = 0;
      std::from_chars(name.data(), name.data() + name.size(), log);
      const std::string path = directory_ + "/" + name;
      uint64_t size = 0;
      status = env_->GetFileSize(path, &size);
      const uint64_t keep = log > good.log ? 0 : good.size;
      if (!status.ok() || log < good.log || size <= keep) continue;
      // Its Env cannot.
      // not covered: to fail, the file would have to vanish here
      if (::truncate(path.c_str(), static_cast<off_t>(keep)) != 0) {
        status = rocksdb::Status::IOError(path, fmt::format("cannot be cut (errno {})", errno));
      }
    }
    return status;
  }

  const std::string directory_;
  const std::unique_ptr<rocksdb::Env> guarded_;
  rocksdb::Env* const env_;
  // Taken in this order. The first is for who writes or opens anew, so that no database is closed
  // under a write; the second is held by all who use the database, alone by who exchanges it.
  Mutex write_mutex_;
  SharedMutex mutex_;
  std::unique_ptr<rocksdb::DB> db_ GUARDED_BY(mutex_);     // null: opening anew failed
  std::optional<LogPlace> good_ GUARDED_BY(write_mutex_);  // none: unknown
  bool failed_ GUARDED_BY(write_mutex_) = false;           // the last write; not opened anew since
};

struct Found {
  bool current = false;  // names the manifest; the last file that making a store writes
  bool data = false;     // tables or write-ahead logs
};

Found look_into(const std::vector<std::string>& names) {
  Found found;
  for (const std::string& name : names) {
    const std::string_view view = name;
    if (view == "CURRENT") found.current = true;
    if (view.ends_with(".sst") || view.ends_with(".log")) found.data = true;
  }
  return found;
}

// The entry of a new directory must not be lost after what is in it was called durable.
rocksdb::Status sync_parent(rocksdb::Env* env, const std::string& directory) {
  const size_t slash = directory.find_last_of('/');
  const std::string parent = slash == std::string::npos ? "." : directory.substr(0, slash + 1);
  std::unique_ptr<rocksdb::Directory> handle;
  const rocksdb::Status status = env->NewDirectory(parent, &handle);
  return status.ok() ? handle->Fsync() : status;
}

// Whether a store is to be made here. RocksDB would also make one over the remains of a store whose
// CURRENT is gone, silently empty.
StorageResult<bool> is_new(rocksdb::Env* env, const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
    const bool full = errno == ENOSPC;
    // not covered: needs a file system without room for a directory
    return StorageError{full ? StorageErrorKind::kNoSpace : StorageErrorKind::kIo,
                        fmt::format("store {}: cannot be made (errno {})", directory, errno)};
  }
  std::vector<std::string> names;
  rocksdb::Status status = env->GetChildren(directory, &names);
  if (!status.ok()) return error_of(status, directory);
  const Found found = look_into(names);
  if (found.current) return false;
  if (found.data) {
    return StorageError{StorageErrorKind::kCorrupt,
                        fmt::format("store {}: CURRENT is missing beside its data", directory)};
  }
  status = sync_parent(env, directory);
  if (!status.ok()) return error_of(status, directory);
  return true;
}

}  // namespace

StorageResult<std::unique_ptr<Store>> open_rocks_store(const std::string& directory,
                                                       rocksdb::Env* env) {
  std::string path = directory;
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  StorageResult<bool> create = is_new(env != nullptr ? env : rocksdb::Env::Default(), path);
  if (!create) return create.error();
  auto store = std::make_unique<RocksStore>(path, env);
  const StorageResult<Unit> opened = store->open(*create);
  if (!opened) return opened.error();
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace muster::storage
