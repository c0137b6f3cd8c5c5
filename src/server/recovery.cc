#include "server/recovery.h"

#include <fmt/format.h>

#include "base/mutant.h"
#include "storage/checkpoint_store.h"
#include "storage/event_codec.h"

namespace muster::server {
namespace {

using storage::StorageError;
using storage::StorageErrorKind;
using storage::StorageResult;

StorageResult<Sequence> load(engine::Engine& engine, storage::Store& store, Recovered* out) {
  storage::CheckpointVisitor visitor;
  visitor.job = [&](JobRecord job) {
    engine.restore_job(std::move(job));
    ++out->jobs_loaded;
  };
  visitor.queue = [&](QueueRecord queue) { engine.restore_queue(std::move(queue)); };
  visitor.chunk = [&](const RememberedChunk& chunk) {
    if (!MUSTER_MUTANT(ids_forgotten_at_restart)) engine.restore_remembered(chunk);
  };
  const auto marks = storage::load_checkpoint(store, visitor);
  if (!marks.ok()) return marks.error();
  if (marks->has_value()) engine.restore_marks(**marks);
  engine.finish_restore();
  return marks->has_value() ? (*marks)->applied : Sequence();
}

// The journal must continue where the store stands.
StorageResult<Unit> check_seam(Sequence stored, const storage::Journal& journal) {
  const Sequence next = stored.next();
  if (next < journal.begin()) {
    return StorageError{
        StorageErrorKind::kCorrupt,
        fmt::format(
            "the store ends at event {} but the journal begins at {}: the events between are "
            "missing",
            stored.value(), journal.begin().value())};
  }
  if (next > journal.end()) {
    return StorageError{
        StorageErrorKind::kCorrupt,
        fmt::format(
            "the store contains event {} but the journal ends at {}: it is not the journal of "
            "this store, or a part of it is missing",
            stored.value(), journal.end().value() - 1)};
  }
  return Unit{};
}

StorageResult<Unit> replay(const storage::JournalRecord& record, Sequence stored,
                           storage::EventDecoder& decoder, engine::Engine& engine, Recovered* out) {
  std::string_view bytes = record.events;
  for (uint32_t i = 0; i < record.count; ++i) {
    const Sequence sequence = record.first.plus(i);
    const auto event = decoder.next(&bytes);
    if (!event.ok()) {
      return StorageError{event.error().kind,
                          fmt::format("event {}: {}", sequence.value(), event.error().message)};
    }
    if (sequence <= stored) continue;
    engine.apply(sequence, *event);
    ++out->events_replayed;
  }
  if (!bytes.empty()) {
    return StorageError{StorageErrorKind::kCorrupt,
                        fmt::format("{} bytes behind event {} in its record", bytes.size(),
                                    record.first.plus(record.count).value() - 1)};
  }
  return Unit{};
}

}  // namespace

StorageResult<Recovered> recover(engine::Engine& engine, storage::Journal& journal,
                                 storage::Store& store) {
  Recovered out;
  const auto stored = load(engine, store, &out);
  if (!stored.ok()) return stored.error();
  out.stored = *stored;
  if (const auto fits = check_seam(out.stored, journal); !fits.ok()) return fits.error();

  storage::EventDecoder decoder;
  const auto read = journal.read_from(out.stored.next(), [&](const storage::JournalRecord& record) {
    return replay(record, out.stored, decoder, engine, &out);
  });
  if (!read.ok()) return read.error();
  out.applied = engine.applied();

  if (out.events_replayed > 0 && !MUSTER_MUTANT(recovery_stores_nothing)) {
    CheckpointImage image = engine.capture();
    if (const auto written = storage::write_checkpoint(store, image); !written.ok()) {
      return written.error();
    }
  }
  if (const auto trimmed = journal.trim(out.applied); !trimmed.ok()) return trimmed.error();
  return out;
}

}  // namespace muster::server
