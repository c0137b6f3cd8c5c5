// The job fields of submit_job, of submit_jobs' items and of follow-ups.
#pragma once

#include <string>

#include "model/job.h"
#include "protocol/fields.h"

namespace muster::protocol {

// Fills `job` from fields of kJobFields that were read to their end; what is wrong is noted in
// them.
void take_job(Fields& fields, std::string* arena, JobSpec* job);

}  // namespace muster::protocol
