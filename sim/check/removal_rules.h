// When a job may be removed (docs/job_lifecycle.md, Retention; docs/protocol.md, delete_job).
#pragma once

#include "sim/check/ledger.h"

namespace muster::sim {

void judge_removal(Ledger& ledger, const Job& job, const When& when);

}  // namespace muster::sim
