#include "engine/waiter_index.h"

#include <algorithm>

#include "base/mutant.h"

namespace muster::engine {

void WaiterIndex::add(uint64_t ticket, const Wanted& wanted) {
  for (std::string_view name : wanted.queues) {
    auto queue = queues_.find(name);
    if (queue == queues_.end()) queue = queues_.try_emplace(std::string(name)).first;
    if (wanted.job_types.empty()) {
      (wanted.timed_only ? queue->second.timed : queue->second.all).insert(ticket);
    }
    for (std::string_view type : wanted.job_types) {
      auto tickets = queue->second.by_type.find(type);
      if (tickets == queue->second.by_type.end()) {
        tickets = queue->second.by_type.try_emplace(std::string(type)).first;
      }
      tickets->second.insert(ticket);
    }
  }
}

void WaiterIndex::remove(uint64_t ticket, const Wanted& wanted) {
  for (std::string_view name : wanted.queues) {
    const auto queue = queues_.find(name);
    if (queue == queues_.end()) continue;  // named twice in one selection
    if (wanted.job_types.empty()) {
      (wanted.timed_only ? queue->second.timed : queue->second.all).erase(ticket);
    }
    for (std::string_view type : wanted.job_types) {
      const auto tickets = queue->second.by_type.find(type);
      if (tickets == queue->second.by_type.end()) continue;
      tickets->second.erase(ticket);
      if (tickets->second.empty()) queue->second.by_type.erase(tickets);
    }
    if (queue->second.empty()) queues_.erase(queue);
  }
}

uint64_t WaiterIndex::first(const LaneName& lane) const {
  const auto queue = queues_.find(lane.queue);
  if (queue == queues_.end()) return 0;
  uint64_t first = UINT64_MAX;
  const auto look_at = [&](const Tickets& tickets) {
    if (tickets.empty()) return;
    first =
        std::min(first, MUSTER_MUTANT(newest_waiter_first) ? *tickets.rbegin() : *tickets.begin());
  };
  look_at(queue->second.all);
  if (lane.timed) look_at(queue->second.timed);
  const auto typed = queue->second.by_type.find(lane.job_type);
  if (typed != queue->second.by_type.end()) look_at(typed->second);
  return first == UINT64_MAX ? 0 : first;
}

}  // namespace muster::engine
