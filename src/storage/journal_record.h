// One record of the journal as bytes: a header of 64, the events, zeros up to the next 4 KiB
// boundary. Pure: no I/O. The layout, with a worked example, is in docs/storage.md and held by a
// golden byte test.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/ids.h"
#include "storage/error.h"

namespace muster::storage {

inline constexpr size_t kRecordHeaderBytes = 64;
inline constexpr uint32_t kRecordVersion = 1;

// Stored by value: never renumber.
enum class RecordKind : uint32_t {
  kEvents = 1,
  kSeal = 2,  // no events: everything before it is durable, and nothing followed for a while
};

struct RecordHeader {
  RecordKind kind = RecordKind::kEvents;
  uint64_t generation = 0;  // of the segment it stands in
  uint64_t term = 0;        // of the leader that wrote it; 0 on one node
  Sequence first;           // of its events; of a seal, the one that would come next
  uint32_t count = 0;
  uint64_t previous = 0;  // hash of the record before, in this segment or the last; 0: of none
  // Bytes of this segment below this offset, and all earlier segments, were durable before this
  // record was written. What tells damage from a power cut: see journal_scan.h.
  uint64_t durable_offset = 0;
};

struct ParsedRecord {
  RecordHeader header;
  std::string_view events;
  uint64_t hash = 0;
  uint64_t bytes = 0;  // on disk, a multiple of 4 KiB
};

// Bytes on disk of a record with so many bytes of events.
uint64_t record_bytes(uint64_t event_bytes);

// Puts the whole record, zeros included, into *out; returns its hash. At least one event, or a
// seal.
uint64_t encode_record(const RecordHeader& header, std::string_view events, std::string* out);

// What the first 64 bytes promise: the length of the events. None: these do not begin a record of
// this generation.
std::optional<uint32_t> promised_event_bytes(std::string_view bytes, uint64_t generation);

// The record of this generation that `bytes` (header and promised events) are. None: damaged,
// stale, or never was one. kVersion: it is whole, and of a newer format.
StorageResult<std::optional<ParsedRecord>> parse_record(std::string_view bytes,
                                                        uint64_t generation);

}  // namespace muster::storage
