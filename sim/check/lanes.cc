#include "sim/check/lanes.h"

#include <algorithm>

namespace muster::sim {

void Lanes::add(const Job& job) {
  if (job.lane >= lanes_.size()) lanes_.resize(job.lane + 1);
  std::vector<Row>& rows = lanes_[job.lane].rows;
  auto row =
      std::lower_bound(rows.begin(), rows.end(), job.priority,
                       [](const Row& have, uint32_t priority) { return have.priority > priority; });
  if (row == rows.end() || row->priority != job.priority) {
    row = rows.emplace(row);
    row->priority = job.priority;
  }
  if (row->arrived.empty() || row->arrived.back().order < job.order) {
    row->arrived.push_back({job.order, job.seq});
  } else {
    row->returned.push({job.order, job.seq});
  }
}

const Job* Lanes::head(uint32_t lane, const JobTable& jobs) {
  if (lane >= lanes_.size()) return nullptr;
  std::vector<Row>& rows = lanes_[lane].rows;
  while (!rows.empty()) {
    if (const Job* job = row_head(rows.back(), jobs)) return job;
    // The last row stays: most lanes have one priority, and are empty again and again.
    if (rows.size() == 1) return nullptr;
    rows.pop_back();
  }
  return nullptr;
}

const Job* Lanes::row_head(Row& row, const JobTable& jobs) {
  const auto standing = [&jobs](const Place& place) -> const Job* {
    const Job* job = jobs.find(place.job);
    const bool stands =
        job != nullptr && job->state == JobState::kReady && job->order == place.order;
    return stands ? job : nullptr;
  };
  const Job* arrived = nullptr;
  while (!row.arrived.empty() && (arrived = standing(row.arrived.front())) == nullptr) {
    row.arrived.pop_front();
  }
  const Job* returned = nullptr;
  while (!row.returned.empty() && (returned = standing(row.returned.top())) == nullptr) {
    row.returned.pop();
  }
  if (arrived == nullptr || returned == nullptr) return arrived != nullptr ? arrived : returned;
  return returned->order < arrived->order ? returned : arrived;
}

}  // namespace muster::sim
