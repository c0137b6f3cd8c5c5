// request_job and consume: how workers ask for jobs.
#include "base/mutant.h"
#include "protocol/scratch.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

// `select`: "first" (of the queues that has work) or "best" (over all of them).
bool take_best(Fields& fields, Field select) {
  if (!fields.has(select)) return false;
  const std::string_view how = fields.text(select, 1, limits::kNameBytes);
  if (fields.ok() && how != "first" && how != "best") {
    fields.refuse(ErrorCode::kBadRequest, select, "must be \"first\" or \"best\"");
  }
  return how == "best";
}

}  // namespace

void read_request_job(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kRequestJobFields;
  constexpr Field kWorker = kTable["worker_id"];
  if (!fields.read_all()) return;
  RequestJobs request;
  fields.need(kWorker, "is missing: the name of the worker that asks");
  request.worker_id = fields.id(kWorker);
  fields.names(kTable["queues"], &scratch.queues);
  fields.names(kTable["job_types"], &scratch.job_types);
  request.selection = {scratch.queues, scratch.job_types, take_best(fields, kTable["select"])};
  request.max = static_cast<uint32_t>(fields.integer(kTable["max"], 1, limits::kBatch, 1));
  // The form of the answer follows from the request alone: a client that asks for one gets no list.
  request.many = request.max > 1;
  request.wait = fields.ms(kTable["wait_ms"], Duration(), limits::kWaitMax);
  request.lease = fields.optional_ms(kTable["lease_ms"], limits::kShortestLease, limits::kLongest);
  // Unknown fields are not among those seen, so they leave a request plain; `rid` does not.
  const uint32_t ignored = MUSTER_MUTANT(rid_leaves_it_plain) ? kRidField.bit() : 0;
  request.plain = fields.only(kTypeField.bit() | kDataField.bit() | kWorker.bit() | ignored);
  scratch.set(request);
}

void read_consume(Fields& fields, Decoder::Scratch& scratch) {
  constexpr const FieldTable& kTable = kConsumeFields;
  if (!fields.read_all()) return;
  Consume consume;
  fields.names(kTable["queues"], &scratch.queues);
  fields.names(kTable["job_types"], &scratch.job_types);
  consume.selection = {scratch.queues, scratch.job_types, take_best(fields, kTable["select"])};
  consume.credit =
      static_cast<uint32_t>(fields.integer(kTable["credit"], 1, limits::kCreditMax, 1));
  scratch.set(consume);
}

}  // namespace muster::protocol
