// Submission: many jobs to the server, in batches within the limits of one request.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "client/exchange.h"
#include "muster/job.h"

namespace muster::client {

// Sends `jobs` (JSON text each, named) and gives one outcome per job, in order. What the server
// refuses only for now (queue_full…) is sent again, as long as a lost connection would be waited
// for.
Expected<std::vector<SubmitOutcome>> submit_in_batches(Exchange& exchange,
                                                       std::span<const std::string> jobs);

}  // namespace muster::client
