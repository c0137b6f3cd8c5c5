// Arrays of jobs: submit_jobs' `jobs` and job_complete's `submit`.
#pragma once

#include "protocol/fields.h"
#include "protocol/scratch.h"

namespace muster::protocol {

// At the value of `field`: one SubmitItem for each, behind those that scratch.jobs holds; a job
// that is badly formed is an item with an error; fewer than `least` are refused. False: the JSON is
// malformed.
bool read_submit_items(Fields& fields, Field field, size_t least, Decoder::Scratch& scratch);

}  // namespace muster::protocol
