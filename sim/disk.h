// Disk: what survives the server's process: the journal's file system and the store, with the
// faults that the plan asks for. A power cut takes what was not synced; a killed process leaves it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "sim/random.h"
#include "storage/file_journal.h"
#include "storage/memory_file_system.h"
#include "storage/memory_store.h"

namespace muster::sim {

// Watches the journal from outside.
class JournalTap {
 public:
  virtual ~JournalTap() = default;
  // A record is about to be written. Unless the disk is full, it may be found by a restart from now
  // on, whatever the journal says of it.
  virtual void attempted(const storage::JournalRecord& record) = 0;
  virtual void found_no_space() = 0;  // the last attempt left nothing
  virtual void written(Sequence through) = 0;
  virtual void synced(Sequence through) = 0;
};

class Disk {
 public:
  Disk();

  storage::MemoryFileSystem& files() { return files_; }
  storage::MemoryStore& store() { return store_; }

  // What a starting server opens; both die with it, the disk stays. `tap` outlives the journal.
  storage::StorageResult<std::unique_ptr<storage::Journal>> open_journal(JournalTap& tap);
  std::unique_ptr<storage::Store> open_store();

  // Faults. The next call but `calls` fails, once.
  void fail_soon(uint64_t calls, storage::Fault fault);
  void fill(uint64_t room_left);  // full but for so many bytes
  void free();
  bool full() const { return full_; }
  void cut_power(Random& random);

 private:
  storage::MemoryFileSystem files_;
  storage::MemoryStore store_;
  bool full_ = false;
};

}  // namespace muster::sim
