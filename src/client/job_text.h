// Jobs as JSON text: one object each, made from a NewJob, or somebody's own text checked and named.
#pragma once

#include <string>
#include <string_view>

#include "muster/job.h"

namespace muster::client {

// The job as one object without line ends. kBadInput: the payload is not JSON, and the like;
// everything else is the server's to check. `job.id` must not be empty.
Expected<std::string> job_text(const NewJob& job);

// Checks that `text` is one JSON object and gives it a job_id if it has none, in place; line ends,
// which can only stand between values, become spaces. The id is given back.
Expected<std::string> name_job(std::string* text);

}  // namespace muster::client
