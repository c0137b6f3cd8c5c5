// From the server's JSON to the library's plain values. Fields that are missing or of another kind
// stay at their defaults: an older or newer server is no reason to fail.
#pragma once

#include <vector>

#include "muster/job.h"
#include "muster/views.h"
#include "protocol/answer.h"

namespace muster::client {

JobInfo read_job(const protocol::JsonView& record);
JobPage read_page(const protocol::Answer& answer);
QueueInfo read_queue(const protocol::JsonView& record);
WorkerInfo read_worker(const protocol::JsonView& record);
Stats read_stats(const protocol::JsonView& record);

}  // namespace muster::client
