// JournalWorld: a FileJournal on a disk in memory, and what it was told, so that what it says after
// a restart or a damage can be judged. Ends the process when a promise of storage/journal.h or
// docs/storage.md is broken.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fuzz/bytes_in.h"
#include "storage/file_journal.h"
#include "storage/memory_file_system.h"

namespace muster::fuzz {

class JournalWorld {
 public:
  JournalWorld();

  // One step, chosen by `in`: append, sync, seal, trim, a restart, a power cut.
  void step(BytesIn& in);
  // The process ends without a word and the journal is opened again: it must hold what it was told.
  void restart();
  void seal();

  // Changes the files in so many places behind the journal's back and opens it: it is refused, or
  // what it holds is a beginning of what was appended. With one damage to a sealed journal nothing
  // may be missing.
  void damage(BytesIn& in, size_t places);

 private:
  struct Record {
    uint64_t first = 0;
    uint32_t count = 0;
    std::string events;
  };

  void append(BytesIn& in);
  void note(const storage::AppendOutcome& outcome);
  void trim(size_t part);
  void power_cut(uint64_t seed);
  void damage_one(BytesIn& in);
  storage::StorageResult<std::unique_ptr<storage::FileJournal>> open();
  // Takes a journal just opened for what is: judges it, and forgets what it does not hold.
  void adopt(std::unique_ptr<storage::FileJournal> journal, uint64_t least_end);

  storage::MemoryFileSystem files_;
  std::unique_ptr<storage::FileJournal> journal_;
  std::vector<Record> records_;  // appended, and not known to be lost
  uint64_t end_ = 1;             // behind everything appended
  uint64_t durable_end_ = 1;     // behind everything acknowledged as durable
  uint64_t sealed_end_ = 1;      // behind what a seal, or the name of a segment, vouches for
  uint64_t trimmed_ = 0;
  uint8_t letter_ = 0;
};

}  // namespace muster::fuzz
