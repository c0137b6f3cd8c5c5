// Lanes: which ready job each lane must give out next, by (priority, order). Entries of jobs that
// left are passed over when they come up.
#pragma once

#include <cstdint>
#include <deque>
#include <queue>
#include <vector>

#include "model/ids.h"
#include "sim/check/job.h"

namespace muster::sim {

class Lanes {
 public:
  // The job is ready at its priority and order.
  void add(const Job& job);

  // The ready job that must be leased next; null: none is ready.
  const Job* head(uint32_t lane, const JobTable& jobs);

 private:
  struct Place {
    OrderSeq order;
    JobSeq job;
    bool operator>(const Place& other) const { return order > other.order; }
  };
  // Nearly all come in order; only those that return to their place do not.
  struct Row {
    uint32_t priority = 0;
    std::deque<Place> arrived;
    std::priority_queue<Place, std::vector<Place>, std::greater<>> returned;
  };
  struct Lane {
    std::vector<Row> rows;  // by priority, the most urgent last
  };

  static const Job* row_head(Row& row, const JobTable& jobs);

  std::vector<Lane> lanes_;
};

}  // namespace muster::sim
