// Journal: what happened since the last checkpoint, as records of encoded events in sequence. A
// seam: files (file_journal), memory (memory_journal), one day a replicated log. The engine never
// knows which.
//
// All calls block and come from one thread at a time. After kEnded (a failed sync or write that
// left the tail unknown) every later call answers kEnded, and the process must not go on.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "model/ids.h"
#include "storage/error.h"

namespace muster::storage {

// One group commit. Sequences number events: the record holds [first, first + count).
struct JournalRecord {
  Sequence first;
  uint32_t count = 0;
  std::string_view events;  // as event_codec writes them, one behind the other
};

struct AppendOutcome {
  enum class Kind : uint8_t {
    kDurable,  // on disk, with everything before it
    kWritten,  // with the operating system; durable after the next sync()
    kNoSpace,  // nothing was written; may be tried again
    kEnded,
  };
  Kind kind = Kind::kDurable;
  std::string why;  // of kNoSpace and kEnded
};

class Journal {
 public:
  virtual ~Journal() = default;

  // Appends one record; with `sync`, kDurable is the only success.
  virtual AppendOutcome append(const JournalRecord& record, bool sync) = 0;
  virtual AppendOutcome sync() = 0;

  // Marks that nothing follows for now: damage below a seal is never taken for a torn tail. Synced.
  virtual AppendOutcome seal() = 0;

  // Hands every record that ends at or above `from`, in order, to `visit`; stops at its first
  // error. At start, before the first append.
  using Visitor = std::function<StorageResult<Unit>(const JournalRecord&)>;
  virtual StorageResult<Unit> read_from(Sequence from, const Visitor& visit) = 0;

  // Events up to `through` are in the store: segments that hold nothing newer are recycled.
  virtual StorageResult<Unit> trim(Sequence through) = 0;

  // The first and one behind the last sequence held; equal when empty.
  virtual Sequence begin() const = 0;
  virtual Sequence end() const = 0;
  virtual uint64_t bytes() const = 0;  // appended and not yet trimmed
};

}  // namespace muster::storage
