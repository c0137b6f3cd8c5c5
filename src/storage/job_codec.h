// Stored jobs <-> JobRecord. A job is two values: its header, rewritten when it changes, and its
// text (id and body), written once. Formats: docs/storage.md, held by golden bytes.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/hash.h"
#include "model/job.h"
#include "storage/error.h"
#include "storage/store_keys.h"

namespace muster::storage {

// Everything but place and text.
void append_header(const JobRecord& job, std::string* out);
void append_text(const JobRecord& job, std::string* out);

struct StoredText {
  uint8_t id_size = 0;  // never 0
  SharedBytes text;
};
StorageResult<StoredText> read_text(std::string_view bytes);

// Equal byte strings give one shared object.
template <class T>
class InternTable {
 public:
  template <class Make>
  std::shared_ptr<const T> get(std::string_view bytes, Make&& make) {
    const auto found = table_.find(bytes);
    if (found != table_.end()) return found->second;
    auto made = std::make_shared<const T>(make());
    table_.emplace(bytes, made);
    return made;
  }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view bytes) const { return hash64(bytes); }
  };
  std::unordered_map<std::string, std::shared_ptr<const T>, Hash, std::equal_to<>> table_;
};

// Reads headers. Lanes, options and workers that are equal are shared by all records of one
// decoder.
class HeaderDecoder {
 public:
  // The record lacks its text. An error says what is wrong, and leaves it to the caller where.
  StorageResult<JobRecord> decode(const Place& place, std::string_view header);

 private:
  std::shared_ptr<const LaneName> lane_of(const Place& place);
  std::shared_ptr<const JobOptions> options_of(class FieldReader& in);
  std::shared_ptr<const WorkerIdentity> worker_of(std::string_view id, std::string_view instance);

  InternTable<LaneName> lanes_;
  InternTable<JobOptions> options_;
  InternTable<WorkerIdentity> workers_;
  std::shared_ptr<const JobOptions> default_options_;
  std::string scratch_;
};

}  // namespace muster::storage
