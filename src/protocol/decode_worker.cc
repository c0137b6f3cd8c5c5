// register_worker and heartbeat.
#include <fmt/format.h>

#include "base/mutant.h"
#include "protocol/decode_lease.h"
#include "protocol/scratch.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

// An array of objects, at most so many.
struct ObjectArray {
  Field field;
  const FieldTable* table;
  size_t most;
};

// Calls take(nested) for each object of the array.
template <class Take>
void take_objects(Fields& fields, const ObjectArray& array, std::string* arena, Take take) {
  const Field field = array.field;
  if (!fields.has(field)) return;
  if (fields.value(field).kind != JsonKind::kArray)
    return fields.fail(field, "an array of objects");
  JsonCursor items(fields.value(field).text());
  items.enter();
  bool first = true;
  for (int index = 0; items.next_item(&first) == JsonCursor::Step::kItem && fields.ok(); ++index) {
    if (items.peek() != '{') {
      return fields.refuse(ErrorCode::kBadRequest, field, "must hold objects only");
    }
    if (index == static_cast<int>(array.most)) {
      return fields.refuse(ErrorCode::kTooLarge, field,
                           fmt::format("may hold at most {} items", array.most));
    }
    Fields nested(*array.table, &items, arena);
    nested.set_path(fields.table().name(field), index);
    if (nested.read_all()) take(nested);
    fields.adopt(&nested);
  }
}

LeaseRef take_held(Fields& fields, Field job_id, Field id, Field lease) {
  LeaseRef ref;
  ref.job_id = take_job_id(fields, job_id, id);
  fields.need(lease, "is missing: the number that came with the job");
  ref.lease = take_token(fields, lease);
  return ref;
}

// Jobs that the worker says it has, into scratch.started.
void take_held_jobs(Fields& fields, const ObjectArray& array, Decoder::Scratch& scratch) {
  take_objects(fields, array, &scratch.arena, [&](Fields& item) {
    constexpr const FieldTable& kItem = kStartedFields;
    scratch.started.push_back(take_held(item, kItem["job_id"], kItem["id"], kItem["lease"]));
  });
}

// Of a RegisterWorker or Heartbeat.
template <class Spoken>
void take_identity(Fields& fields, Field worker_id, Field instance, Spoken* spoken) {
  fields.need(worker_id, "is missing: the worker's name");
  fields.need(instance, "is missing: a text that this process chose at random");
  spoken->worker_id = fields.id(worker_id);
  spoken->instance = fields.id(instance);
}

}  // namespace

void read_register_worker(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kRegisterWorkerFields;
  if (!fields.read_all()) return;
  RegisterWorker worker;
  take_identity(fields, kTable["worker_id"], kTable["instance"], &worker);
  fields.names(kTable["queues"], &scratch.queues);
  fields.names(kTable["job_types"], &scratch.job_types);
  // Empty lists mean "not given", so that programs may always send them.
  worker.queues = scratch.queues;
  worker.job_types = scratch.job_types;
  worker.concurrency = static_cast<uint32_t>(
      fields.integer(kTable["concurrency"], 1, limits::kConcurrencyMax, worker.concurrency));
  worker.ttl =
      fields.ms(kTable["ttl_ms"], limits::kShortestTtl, limits::kLongestTtl, limits::kSessionTtl);
  worker.notify = fields.boolean(kTable["notify"], false);
  worker.labels = fields.raw_object(kTable["labels"], limits::kLabelsBytes);
  worker.host = fields.text(kTable["host"], 0, limits::kNameBytes);
  worker.pid =
      static_cast<uint64_t>(fields.integer(kTable["pid"], 0, static_cast<int64_t>(kMaxNumber)));
  worker.version = fields.text(kTable["version"], 0, limits::kNameBytes);
  // An empty list says something else than none: that the worker holds nothing.
  if (fields.has(kTable["held"])) {
    take_held_jobs(fields, {kTable["held"], &kStartedFields, limits::kConcurrencyMax}, scratch);
    const bool ignored = scratch.started.empty() && MUSTER_MUTANT(empty_held_ignored);
    if (!ignored) worker.held = scratch.started;
  }
  scratch.set(worker);
}

void read_heartbeat(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kHeartbeatFields;
  if (!fields.read_all()) return;
  Heartbeat heartbeat;
  take_identity(fields, kTable["worker_id"], kTable["instance"], &heartbeat);
  std::string* arena = &scratch.arena;
  take_held_jobs(fields, {kTable["started"], &kStartedFields, limits::kBatch}, scratch);
  const ObjectArray reports = {kTable["progress"], &kProgressFields, limits::kBatch};
  take_objects(fields, reports, arena, [&](Fields& item) {
    constexpr const FieldTable& kItem = kProgressFields;
    Progress& progress = scratch.progress.emplace_back();
    progress.ref = take_held(item, kItem["job_id"], kItem["id"], kItem["lease"]);
    if (item.has(kItem["percent"])) {
      progress.percent = static_cast<uint32_t>(item.integer(kItem["percent"], 0, 100));
    }
    progress.note = item.text(kItem["note"], 0, limits::kNoteBytes);
  });
  heartbeat.started = scratch.started;
  heartbeat.progress = scratch.progress;
  scratch.set(heartbeat);
}

}  // namespace muster::protocol
