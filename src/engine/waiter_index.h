// WaiterIndex: who waits for jobs of which lane, by ticket. A ready job finds the one that has
// waited longest for it without a look at those who wait for others.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "engine/selection.h"
#include "model/job.h"

namespace muster::engine {

class WaiterIndex {
 public:
  void add(uint64_t ticket, const Wanted& wanted);
  void remove(uint64_t ticket, const Wanted& wanted);  // as it was added

  // The smallest ticket that wants jobs of this lane; 0: none.
  uint64_t first(const LaneName& lane) const;
  bool any_in(std::string_view queue) const { return queues_.contains(queue); }

 private:
  using Tickets = std::set<uint64_t>;
  struct Queue {
    Tickets all;    // take everything
    Tickets timed;  // take everything that has a `duration`
    std::map<std::string, Tickets, std::less<>> by_type;
    bool empty() const { return all.empty() && timed.empty() && by_type.empty(); }
  };
  std::map<std::string, Queue, std::less<>> queues_;  // no empty ones
};

}  // namespace muster::engine
