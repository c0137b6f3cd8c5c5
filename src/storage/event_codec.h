// Events <-> bytes of the journal: each event has a type, a version and a length; an unknown one
// refuses the start. Formats: docs/storage.md, held by a golden byte test.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/event.h"
#include "storage/error.h"

namespace muster::storage {

void encode_event(const Event& event, std::string* out);

// Takes the first event off `bytes`; its views point into them and into the scratch of the decoder.
class EventDecoder {
 public:
  StorageResult<Event> next(std::string_view* bytes);

 private:
  std::vector<JobSeq> jobs_;
};

}  // namespace muster::storage
