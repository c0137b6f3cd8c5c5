// Jobs for people: one line each, or all about one.
#pragma once

#include <cstdint>

#include "cli/table.h"
#include "cli/terminal.h"
#include "muster/job.h"

namespace muster::cli {

// Milliseconds since 1970 UTC, by this machine's clock.
int64_t wall_now();

// One row per job: id, state, queue, type, attempts, age (in a pipe the time of submission), and
// what there is to say about its state.
Table job_table(const std::vector<client::JobInfo>& jobs, bool for_people, int64_t now);

// All that is known about one job, in lines that fit a terminal where they can.
std::string job_details(const client::JobInfo& job, int64_t now);

// Prints jobs in the format asked for; `details`: a single one at length when people look.
void print_jobs(Terminal& terminal, Format format, const std::vector<client::JobInfo>& jobs,
                bool details);

}  // namespace muster::cli
