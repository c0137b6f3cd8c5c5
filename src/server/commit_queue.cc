#include "server/commit_queue.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"

namespace muster::server {

void CommitQueue::take(ConnectionId connection, Outbox* outbox) {
  if (outbox->empty()) return;
  CHECK(outbox->stamped_ == outbox->chunk_.bytes.size(), "{} of {} bytes have a stamp",
        outbox->stamped_, outbox->chunk_.bytes.size());
  Entry entry{connection, outbox->stamp_, outbox, std::exchange(outbox->chunk_, {})};
  outbox->stamped_ = 0;
  ++outbox->queued_;
  if (entries_.empty() || entries_.back().stamp <= entry.stamp) {
    entries_.push_back(std::move(entry));
    return;
  }
  // Computed earlier in this turn than what another connection already put here, or exempt.
  const auto comes_before = [](Sequence stamp, const Entry& other) {
    return MUSTER_MUTANT(later_lines_go_first) ? stamp <= other.stamp : stamp < other.stamp;
  };
  const auto behind = std::upper_bound(entries_.begin(), entries_.end(), entry.stamp, comes_before);
  entries_.insert(behind, std::move(entry));
}

void CommitQueue::release(Sequence durable, const Sink& sink) {
  if (MUSTER_MUTANT(released_one_early)) durable = durable.next();
  while (!entries_.empty() && entries_.front().stamp <= durable) {
    Entry entry = std::move(entries_.front());
    entries_.pop_front();
    --entry.outbox->queued_;
    sink(entry.connection, std::move(entry.chunk));
  }
}

std::vector<Delivery> CommitQueue::drop(ConnectionId connection) {
  std::vector<Delivery> undelivered;
  std::erase_if(entries_, [&](Entry& entry) {
    if (entry.connection != connection) return false;
    --entry.outbox->queued_;
    if (MUSTER_MUTANT(unsent_assignment_kept)) return true;
    undelivered.insert(undelivered.end(), entry.chunk.deliveries.begin(),
                       entry.chunk.deliveries.end());
    return true;
  });
  return undelivered;
}

}  // namespace muster::server
