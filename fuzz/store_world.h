// StoreWorld: a MemoryStore filled by a checkpoint, what was put into it, and ways to damage it
// that leave every checksum right. Ends the process when a store does not hold what it says.
#pragma once

#include <map>
#include <string>

#include "fuzz/bytes_in.h"
#include "storage/checkpoint_store.h"
#include "storage/memory_store.h"

namespace muster::fuzz {

class StoreWorld {
 public:
  // Jobs, queues and remembered ids as `in` says, written as one or two checkpoints.
  void fill(BytesIn& in);
  // What was put in is what load_checkpoint finds.
  void expect_loaded();

  // One key gone, moved or with another content.
  void damage(BytesIn& in);
  // Refused with a reason; or found, and then a new store that it is written to holds the same.
  void load_what_is_left();

 private:
  struct Contents {
    Marks marks;
    std::map<JobSeq, JobRecord> jobs;
    std::map<std::string, QueueRecord> queues;
    std::map<uint64_t, RememberedChunk> chunks;
  };

  JobRecord make_job(BytesIn& in);
  void alter(BytesIn& in, JobRecord* job);
  void write(BytesIn& in);
  static storage::StorageResult<bool> load(storage::Store& store, Contents* out);
  static void expect_same(const Contents& expected, const Contents& found);

  storage::MemoryStore store_;
  Contents contents_;
  std::map<JobSeq, StoredPosition> stored_;
};

// Equal in every durable field.
bool same_job(const JobRecord& a, const JobRecord& b);

}  // namespace muster::fuzz
