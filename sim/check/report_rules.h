// What a report about an attempt may be answered: the outcome table of docs/job_lifecycle.md, read
// from outside. The server decided somewhere between the report's sending and its answer's arrival,
// so an answer is right if it was right at any time in between.
#pragma once

#include <string_view>

#include "sim/check/ledger.h"

namespace muster::sim {

void report_sent(Ledger& ledger, Report report, std::string_view job_id, LeaseToken token,
                 const Details* details);
void follow_ups_sent(Ledger& ledger, std::string_view job_id, LeaseToken token, uint64_t group);
void judge_verdict(Ledger& ledger, Report report, std::string_view job_id, LeaseToken token,
                   const Verdict& verdict);

}  // namespace muster::sim
