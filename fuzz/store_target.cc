// store: stored values are read as written; a damaged store is refused or holds what it says
//
// Input: a byte that chooses one codec, then its bytes; or a whole store: jobs, queues and
// remembered ids that become a checkpoint, then changes of single values, their checksums made to
// fit, so that the damage reaches the decoders.
#include "base/bytes.h"
#include "base/check.h"
#include "fuzz/bytes_in.h"
#include "fuzz/store_world.h"
#include "fuzz/target.h"
#include "storage/checkpoint_values.h"
#include "storage/job_codec.h"
#include "storage/store_keys.h"

namespace muster::fuzz {
namespace {

// Reads, writes, reads and writes: the same value, the same bytes. Those written may be more than
// those read only where an older form left something out (kGrows).
template <bool kGrows = false, class Read, class Write, class Same>
void check_codec(std::string_view bytes, Read read, Write write, Same same) {
  const auto value = read(bytes);
  if (!value.ok()) {
    CHECK(!value.error().message.empty(), "refused without a reason");
    return;
  }
  std::string first;
  write(*value, &first);
  CHECK(kGrows || first.size() <= bytes.size(), "{} bytes written, {} read", first.size(),
        bytes.size());
  const auto again = read(first);
  CHECK(again.ok(), "what was written cannot be read: {}", again.error().message);
  CHECK(same(*value, *again), "changed by writing and reading");
  std::string second;
  write(*again, &second);
  CHECK(first == second, "two forms of one value");
}

void check_header(std::string_view bytes) {
  ByteReader in(bytes);
  const storage::Place place = storage::read_place(&in);
  if (!in.ok()) return;
  std::string place_bytes;
  storage::append_place({std::string(place.queue), std::string(place.job_type), place.timed},
                        place.priority, place.order, &place_bytes);
  CHECK(bytes.starts_with(place_bytes), "a place has one form only");
  storage::HeaderDecoder decoder;
  check_codec(
      bytes.substr(place_bytes.size()),
      [&](std::string_view header) { return decoder.decode(place, header); },
      [](const JobRecord& job, std::string* out) { storage::append_header(job, out); },
      [](const JobRecord& a, const JobRecord& b) { return same_job(a, b); });
}

void check_text(std::string_view bytes) {
  const auto text = storage::read_text(bytes);
  if (!text.ok()) return;
  JobRecord job;
  job.id_size = text->id_size;
  job.text = text->text;
  std::string again;
  storage::append_text(job, &again);
  CHECK(again == bytes, "a text has one form only");
}

void check_marks(std::string_view bytes) {
  check_codec(bytes, storage::read_marks, storage::append_marks,
              [](const storage::StoredMarks& a, const storage::StoredMarks& b) {
                return a.marks == b.marks && a.checkpoint == b.checkpoint &&
                       a.first_chunk == b.first_chunk;
              });
}

void check_queue(std::string_view bytes) {
  // A value from before a state was added counts none of it.
  check_codec<true>(
      bytes, [](std::string_view value) { return storage::read_queue("q", value); },
      storage::append_queue, [](const QueueRecord& a, const QueueRecord& b) { return a == b; });
}

void check_chunk(std::string_view bytes) {
  check_codec(
      bytes, [](std::string_view value) { return storage::read_chunk(7, value); },
      storage::append_chunk,
      [](const RememberedChunk& a, const RememberedChunk& b) { return a.ids == b.ids; });
}

// A key that cannot be read is described all the same, for an error's message.
void check_key(std::string_view bytes) {
  CHECK(!storage::describe_key(bytes).empty(), "nothing to say");
  const std::string_view key = bytes.substr(0, bytes.size() / 2);
  std::string value;
  storage::begin_value(&value);
  value += bytes;
  storage::finish_value(key, &value);
  const auto opened = storage::open_value(key, value);
  CHECK(opened.ok() && *opened == bytes, "a value of its own");
  [[maybe_unused]] const auto refused = storage::open_value(key, bytes);
  [[maybe_unused]] const auto format = storage::check_format(bytes);
}

void check_store(BytesIn in) {
  StoreWorld world;
  world.fill(in);
  world.expect_loaded();
  const size_t damages = in.below(4);
  for (size_t i = 0; i < damages; ++i) world.damage(in);
  world.load_what_is_left();
}

}  // namespace

void run_input(std::string_view input) {
  BytesIn in(input);
  switch (in.below(8)) {
    case 0:
      return check_header(in.rest());
    case 1:
      return check_text(in.rest());
    case 2:
      return check_marks(in.rest());
    case 3:
      return check_queue(in.rest());
    case 4:
      return check_chunk(in.rest());
    case 5:
      return check_key(in.rest());
    default:
      return check_store(in);
  }
}

std::vector<std::string_view> planted_bugs() {
  return {"store_second_header", "content_not_stored", "old_place_left_in_store"};
}

}  // namespace muster::fuzz
