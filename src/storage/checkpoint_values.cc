#include "storage/checkpoint_values.h"

#include <fmt/core.h>

#include "base/bytes.h"
#include "storage/field_reader.h"
#include "storage/field_writer.h"

namespace muster::storage {
namespace {

constexpr uint64_t kFormatVersion = 1;

// The number of a chunk says which ids it holds: another size is another format.
static_assert(limits::kIdsPerChunk == 1024);

StorageError problem_of(FieldReader& in) { return {StorageErrorKind::kCorrupt, in.problem()}; }

// Every value ends with its last field.
void expect_end(FieldReader& in) {
  if (in.ok() && in.left() != 0) in.refuse("value", "goes on behind its last field");
}

// The order of Totals on disk.
template <class T, class Each>
void each_total(T& totals, Each&& each) {
  each("submitted", totals.submitted);
  each("leased", totals.leased);
  each("completed", totals.completed);
  each("failed", totals.failed);
  each("lost", totals.lost);
  each("released", totals.released);
  each("died", totals.died);
  each("cancelled", totals.cancelled);
  each("removed", totals.removed);
}

}  // namespace

void append_format(std::string* out) { ByteWriter(out).varint(kFormatVersion); }

StorageResult<Unit> check_format(std::string_view bytes) {
  ByteReader in(bytes);
  const uint64_t version = in.varint();
  if (!in.done() || version == 0) {
    return StorageError{StorageErrorKind::kCorrupt, "store: format version: malformed"};
  }
  if (version > kFormatVersion) {
    return StorageError{StorageErrorKind::kVersion,
                        fmt::format("store: has format version {}, this program knows {}", version,
                                    kFormatVersion)};
  }
  return Unit();
}

void append_marks(const StoredMarks& stored, std::string* out) {
  FieldWriter fields;
  fields.id(stored.marks.applied);
  fields.id(stored.marks.next_job);
  fields.id(stored.marks.next_order);
  fields.id(stored.marks.tokens_end);
  fields.varint(stored.marks.first_remembered);
  fields.varint(stored.marks.end_remembered);
  fields.varint(stored.first_chunk);
  fields.varint(stored.checkpoint);
  fields.append_to(out);
}

StorageResult<StoredMarks> read_marks(std::string_view bytes) {
  FieldReader in(bytes);
  StoredMarks stored;
  stored.marks.applied = in.id<Sequence>("applied");
  stored.marks.next_job = in.id<JobSeq>("next_job");
  stored.marks.next_order = in.id<OrderSeq>("next_order");
  stored.marks.tokens_end = in.id<LeaseToken>("tokens_end");
  stored.marks.first_remembered = in.varint("first_remembered", kMaxNumber);
  stored.marks.end_remembered = in.varint("end_remembered", kMaxNumber);
  stored.first_chunk = in.varint("first_chunk", kMaxNumber);
  stored.checkpoint = in.varint("checkpoint", kMaxNumber);
  expect_end(in);
  if (!in.ok()) return problem_of(in);
  return stored;
}

void append_queue(const QueueRecord& queue, std::string* out) {
  FieldWriter fields;
  fields.varint(queue.paused ? 1 : 0);
  fields.varint(kJobStates);
  for (uint64_t count : queue.jobs) fields.varint(count);
  each_total(queue.totals, [&](const char*, uint64_t total) { fields.varint(total); });
  fields.append_to(out);
}

StorageResult<QueueRecord> read_queue(std::string_view name, std::string_view bytes) {
  FieldReader in(bytes);
  QueueRecord queue;
  queue.name = name;
  queue.paused = in.flags("paused", 1) != 0;
  const uint64_t states = in.varint("states", kJobStates);  // a state may be added, none goes
  for (uint64_t i = 0; i < states; ++i) queue.jobs[i] = in.varint("jobs");
  each_total(queue.totals, [&](const char* total, uint64_t& value) { value = in.varint(total); });
  expect_end(in);
  if (!in.ok()) return problem_of(in);
  return queue;
}

void append_chunk(const RememberedChunk& chunk, std::string* out) {
  ByteWriter bytes(out);
  bytes.varint(chunk.ids.size());
  for (const RememberedId& id : chunk.ids) {
    bytes.u64(id.id_hash);
    bytes.u64(id.fingerprint);
    bytes.u64(static_cast<uint64_t>(id.removed_at.ms()));
  }
}

StorageResult<RememberedChunk> read_chunk(uint64_t number, std::string_view bytes) {
  ByteReader in(bytes);
  RememberedChunk chunk;
  chunk.number = number;
  const uint64_t count = in.varint();
  if (count > limits::kIdsPerChunk) {
    return StorageError{StorageErrorKind::kCorrupt, fmt::format("holds {} ids", count)};
  }
  chunk.ids.resize(count);
  for (RememberedId& id : chunk.ids) {
    id.id_hash = in.u64();
    id.fingerprint = in.u64();
    id.removed_at = WallTime::from_ms(static_cast<int64_t>(in.u64()));
  }
  if (!in.done()) return StorageError{StorageErrorKind::kCorrupt, "has the wrong length"};
  return chunk;
}

}  // namespace muster::storage
