// journal: records are read as written; a damaged journal is refused or a beginning of what it was
//
// Input: a byte that chooses between one record (even: its header's fields and bytes, with a
// checksum that fits if the next byte is odd) and a whole journal on a disk in memory (odd: steps,
// then damage).
#include <vector>

#include "base/bytes.h"
#include "base/check.h"
#include "fuzz/bytes_in.h"
#include "fuzz/journal_world.h"
#include "fuzz/target.h"
#include "storage/crc32c.h"
#include "storage/journal_record.h"

namespace muster::fuzz {
namespace {

// Bytes 4 to 8 of a record are the checksum of all behind them (docs/storage.md).
void make_checksum_fit(std::string* record) {
  constexpr size_t kFrom = 4;
  constexpr size_t kBehind = 8;
  if (record->size() < kBehind) return;
  std::string checksum;
  ByteWriter(&checksum).u32(storage::crc32c(std::string_view(*record).substr(kBehind)));
  record->replace(kFrom, checksum.size(), checksum);
}

// A record is one form only: what is taken is what would be written.
void check_record(std::string_view bytes, uint64_t generation) {
  const auto parsed = storage::parse_record(bytes, generation);
  const auto promised = storage::promised_event_bytes(bytes, generation);
  if (!parsed.ok()) {
    CHECK(parsed.error().kind == storage::StorageErrorKind::kVersion, "{}", parsed.error().message);
    return;
  }
  if (!*parsed) return;
  const storage::ParsedRecord& record = **parsed;
  CHECK(promised == record.events.size(), "{} bytes of events promised", promised.value_or(0));
  CHECK(record.header.generation == generation, "generation {}", record.header.generation);
  std::string again;
  const uint64_t hash = storage::encode_record(record.header, record.events, &again);
  CHECK(again.size() == record.bytes && again.size() % limits::kRecordAlignment == 0, "{} bytes",
        again.size());
  CHECK(again.starts_with(bytes), "the record is written otherwise than it was read");
  CHECK(again.find_first_not_of('\0', bytes.size()) == std::string::npos, "padding is no zero");
  CHECK(hash == record.hash, "two hashes of one record");
}

void run_record(BytesIn in) {
  const bool fits = in.coin();
  const uint64_t generation = in.byte();
  if (in.coin()) {  // as it comes
    std::string record(in.rest());
    if (fits) make_checksum_fit(&record);
    return check_record(record, generation);
  }
  std::string record;
  ByteWriter writer(&record);
  writer.u32(0xFE4A4DFF);
  writer.u32(0);
  writer.u32(1 + static_cast<uint32_t>(in.byte() == 0xFF));
  const uint32_t length = in.byte();
  writer.u32(length);
  for (const uint32_t most : {4U, 256U}) writer.u32(static_cast<uint32_t>(in.below(most)));
  writer.u64(generation);
  for (int i = 0; i < 4; ++i) writer.u64(in.coin() ? in.byte() : in.word());
  record += in.rest();
  if (fits) make_checksum_fit(&record);
  check_record(record, generation);
}

void run_journal(BytesIn in) {
  JournalWorld world;
  const size_t steps = in.below(24);
  for (size_t i = 0; i < steps && !in.empty(); ++i) world.step(in);
  world.restart();  // the process is killed, nothing else happens
  const size_t damages = in.below(3);
  if (damages == 0) return;
  if (in.coin()) world.seal();
  world.damage(in, damages);
}

}  // namespace

void run_input(std::string_view input) {
  BytesIn in(input);
  if (in.coin()) {
    run_journal(in);
  } else {
    run_record(in);
  }
}

std::vector<std::string_view> planted_bugs() {
  return {"record_checksum_ignored", "damage_taken_for_torn", "trims_what_it_still_needs"};
}

}  // namespace muster::fuzz
