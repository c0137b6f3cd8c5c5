// Events <-> bytes of the journal: each event has a type, a version and a length; an unknown one
// refuses the start. Formats: docs/storage.md, held by a golden byte test.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "storage/error.h"

namespace muster::storage {

// Appends; allocates nothing but the growth of `out`.
void encode_event(const Event& event, std::string* out);

// Takes the first event off `bytes`; its views point into them and into the scratch of the decoder,
// and live until the next call. kVersion: a type or version that this program does not know.
// kCorrupt: bytes that no encoder wrote. Both name the place of the event, counted from where a run
// of calls that each went on at the previous one's end began: the first event of a record.
class EventDecoder {
 public:
  StorageResult<Event> next(std::string_view* bytes);

 private:
  StorageError error(StorageErrorKind kind, const std::string& what) const;

  std::vector<JobSeq> jobs_;
  const char* expected_ = nullptr;  // where the next event of this run begins
  uint64_t index_ = 0;              // of the event being decoded
  uint64_t offset_ = 0;
};

}  // namespace muster::storage
