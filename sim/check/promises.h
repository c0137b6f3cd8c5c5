// What clients hear, held against the settled record: assignments, answers to operations by hand,
// states that were shown.
#pragma once

#include <string_view>

#include "sim/check/ledger.h"

namespace muster::sim {

void judge_assignment(Ledger& ledger, const Assignment& assignment);
void note_asked(Ledger& ledger, std::string_view verb, std::string_view subject);
void judge_answer(Ledger& ledger, std::string_view verb, std::string_view subject,
                  const Verdict& verdict);
void judge_seen(Ledger& ledger, std::string_view job_id, std::string_view state);

}  // namespace muster::sim
