// The table of verbs: name, fields, and the function that makes the command of them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "protocol/decoder.h"
#include "protocol/field_table.h"
#include "protocol/fields.h"

namespace muster::protocol {

// Reads the fields to the end and sets scratch's command, unless the fields failed.
using ReadVerb = void (*)(Fields& fields, Decoder::Scratch& scratch);

struct Verb {
  std::string_view name;
  const FieldTable* fields;
  ReadVerb read;
};

std::span<const Verb> verbs();
const Verb* find_verb(std::string_view name);

// For somebody who wrote `name`: the verb that was probably meant; empty if none is near.
std::string_view nearest_verb(std::string_view name);

// decode_hello.cc
void read_hello(Fields& fields, Decoder::Scratch& scratch);
// decode_submit.cc
void read_submit_job(Fields& fields, Decoder::Scratch& scratch);
void read_submit_jobs(Fields& fields, Decoder::Scratch& scratch);
// decode_request.cc
void read_request_job(Fields& fields, Decoder::Scratch& scratch);
void read_consume(Fields& fields, Decoder::Scratch& scratch);
// decode_complete.cc
void read_job_complete(Fields& fields, Decoder::Scratch& scratch);
void read_jobs_complete(Fields& fields, Decoder::Scratch& scratch);
// decode_outcome.cc
void read_job_failed(Fields& fields, Decoder::Scratch& scratch);
void read_job_release(Fields& fields, Decoder::Scratch& scratch);
void read_job_extend(Fields& fields, Decoder::Scratch& scratch);
// decode_worker.cc
void read_register_worker(Fields& fields, Decoder::Scratch& scratch);
void read_heartbeat(Fields& fields, Decoder::Scratch& scratch);
// decode_query.cc
void read_job_status(Fields& fields, Decoder::Scratch& scratch);
void read_wait_job(Fields& fields, Decoder::Scratch& scratch);
void read_list_jobs(Fields& fields, Decoder::Scratch& scratch);
void read_cancel_job(Fields& fields, Decoder::Scratch& scratch);
void read_retry_job(Fields& fields, Decoder::Scratch& scratch);
void read_delete_job(Fields& fields, Decoder::Scratch& scratch);
void read_queue_pause(Fields& fields, Decoder::Scratch& scratch);
void read_queue_resume(Fields& fields, Decoder::Scratch& scratch);
void read_stats(Fields& fields, Decoder::Scratch& scratch);
void read_list_queues(Fields& fields, Decoder::Scratch& scratch);
void read_list_workers(Fields& fields, Decoder::Scratch& scratch);

}  // namespace muster::protocol
