#include "storage/journal_record.h"

#include <fmt/core.h>

#include <cstring>

#include "base/bytes.h"
#include "base/check.h"
#include "base/hash.h"
#include "base/mutant.h"
#include "model/limits.h"
#include "storage/crc32c.h"

namespace muster::storage {
namespace {

// Never valid UTF-8: no payload, which always is, can look like a record inside of one.
constexpr uint32_t kMagic = 0xFE4A4DFF;  // FF 'M' 'J' FE
constexpr size_t kMagicBytes = 4;
constexpr size_t kCheckedFrom = 8;  // behind magic and checksum
// Every format has magic, checksum, version, length and generation where this one has them, so that
// a stale record of a newer program is seen to be stale.

bool is_coherent(const RecordHeader& header, size_t event_bytes) {
  if (header.first.value() == 0 || header.first.value() > kMaxNumber) return false;
  switch (header.kind) {
    case RecordKind::kEvents:
      return header.count > 0 && event_bytes > 0;
    case RecordKind::kSeal:
      return header.count == 0 && event_bytes == 0;
  }
  return false;
}

}  // namespace

uint64_t record_bytes(uint64_t event_bytes) {
  const uint64_t blocks =
      (kRecordHeaderBytes + event_bytes + limits::kRecordAlignment - 1) / limits::kRecordAlignment;
  return blocks * limits::kRecordAlignment;
}

uint64_t encode_record(const RecordHeader& header, std::string_view events, std::string* out) {
  CHECK(is_coherent(header, events.size()), "first {} count {} with {} bytes", header.first.value(),
        header.count, events.size());
  CHECK(events.size() <= UINT32_MAX - kRecordHeaderBytes, "{} bytes", events.size());
  out->clear();
  ByteWriter writer(out);
  writer.u32(kMagic);
  writer.u32(0);  // checksum, below
  writer.u32(kRecordVersion);
  writer.u32(static_cast<uint32_t>(events.size()));
  writer.u32(static_cast<uint32_t>(header.kind));
  writer.u32(header.count);
  writer.u64(header.generation);
  writer.u64(header.term);
  writer.u64(header.first.value());
  writer.u64(header.previous);
  writer.u64(header.durable_offset);
  CHECK(out->size() == kRecordHeaderBytes, "{}", out->size());
  out->append(events);
  const uint32_t checksum = crc32c(std::string_view(*out).substr(kCheckedFrom));
  std::memcpy(out->data() + kMagicBytes, &checksum, sizeof checksum);
  out->resize(record_bytes(events.size()), '\0');
  return hash64(std::string_view(*out).substr(0, kRecordHeaderBytes));
}

std::optional<uint32_t> promised_event_bytes(std::string_view bytes, uint64_t generation) {
  ByteReader reader(bytes);
  const uint32_t magic = reader.u32();
  reader.u32();  // checksum
  reader.u32();  // version
  const uint32_t event_bytes = reader.u32();
  reader.u64();  // kind and count
  const bool stale = reader.u64() != generation && !MUSTER_MUTANT(stale_records_count);
  if (stale || !reader.ok() || magic != kMagic) return std::nullopt;
  return event_bytes;
}

StorageResult<std::optional<ParsedRecord>> parse_record(std::string_view bytes,
                                                        uint64_t generation) {
  constexpr std::optional<ParsedRecord> kNone;
  const std::optional<uint32_t> event_bytes = promised_event_bytes(bytes, generation);
  if (!event_bytes || bytes.size() != kRecordHeaderBytes + *event_bytes) return kNone;
  ByteReader reader(bytes.substr(kMagicBytes));
  const bool whole = reader.u32() == crc32c(bytes.substr(kCheckedFrom));
  if (!whole && !MUSTER_MUTANT(record_checksum_ignored)) return kNone;
  if (const uint32_t version = reader.u32(); version != kRecordVersion) {
    return StorageError{
        StorageErrorKind::kVersion,
        fmt::format("journal record of format {}, this program reads {}", version, kRecordVersion)};
  }
  reader.u32();  // length
  RecordHeader header;
  header.kind = static_cast<RecordKind>(reader.u32());
  header.count = reader.u32();
  header.generation = reader.u64();
  header.term = reader.u64();
  header.first = Sequence(reader.u64());
  header.previous = reader.u64();
  header.durable_offset = reader.u64();
  if (!is_coherent(header, *event_bytes)) return kNone;
  const uint64_t hash = hash64(bytes.substr(0, kRecordHeaderBytes));
  return std::optional(ParsedRecord{header, reader.rest(), hash, record_bytes(*event_bytes)});
}

}  // namespace muster::storage
