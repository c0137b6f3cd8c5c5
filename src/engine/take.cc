// Taking: which job a worker gets, and the lease it gets it under.
#include <algorithm>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {
namespace {

Slot* sooner(Slot* a, Slot* b) {
  if (a == nullptr || b == nullptr) return a != nullptr ? a : b;
  return Place(b->job.priority, b->job.order) < Place(a->job.priority, a->job.order) ? b : a;
}

Slot* front_of(const Lane* lane) { return lane == nullptr ? nullptr : lane->ready.front(); }

constexpr std::string_view kDefaultQueue = "default";

// Empty: all, or all with a `duration`.
std::span<const std::string_view> types_of(const JobSelection& selection, const Taker& taker) {
  if (!selection.job_types.empty() || taker.session == nullptr) return selection.job_types;
  return taker.session->selection.view().job_types;
}

std::span<const std::string_view> queues_of(const JobSelection& selection, const Taker& taker) {
  if (!selection.queues.empty()) return selection.queues;
  if (taker.session != nullptr && !taker.session->selection.queues().empty()) {
    return taker.session->selection.view().queues;
  }
  return {&kDefaultQueue, 1};
}

}  // namespace

void Engine::Impl::on(const RequestJobs& command) {
  Session* session = session_of(command.worker_id);
  if (session != nullptr) {
    bind(*session);
    heard_from(*session);
  }
  const Taker taker{from_.connection, command.worker_id, session,
                    command.plain && session == nullptr, command.lease};
  take(command.selection, taker, command.max);
  if (!taken_.empty() || command.wait <= Duration()) {
    return answer_taken(from_, command.many, taker.plain);
  }
  Waiter waiter;
  waiter.to = from_;
  waiter.selection = OwnedSelection(
      {queues_of(command.selection, taker), command.selection.job_types, command.selection.best});
  waiter.worker_id = command.worker_id;
  waiter.registered = session != nullptr;
  waiter.max = command.max;
  waiter.many = command.many;
  waiter.plain = taker.plain;
  waiter.lease = command.lease;
  waiter.deadline = steady_ + command.wait;
  add_waiter(std::move(waiter));
}

void Engine::Impl::on(const Consume& command) {
  const auto found = volatile_.connections.find(from_.connection);
  Session* session = found == volatile_.connections.end() ? nullptr : found->second.session;
  if (session == nullptr) {
    return refuse(
        {ErrorCode::kSessionUnknown, "consume: send register_worker on this connection first", {}});
  }
  Connection& connection = found->second;
  end_consume(from_.connection, nullptr);
  const Taker taker{from_.connection, session->identity->id, session, false, {}};
  Consumer consumer;
  consumer.sub = std::exchange(volatile_.next_sub, volatile_.next_sub.next());
  consumer.credit = command.credit;
  consumer.selection = OwnedSelection(
      {queues_of(command.selection, taker), command.selection.job_types, command.selection.best});
  // Jobs pushed before on this connection still use credit.
  if (const Holder* holder = state_.find_holder(*session->identity)) {
    for (const Slot* slot = holder->jobs.front(); slot != nullptr; slot = slot->next) {
      if (slot->consumer == from_.connection) ++consumer.unfinished;
    }
  }
  const SubscriptionId sub = consumer.sub;
  connection.consumer = std::move(consumer);
  answer(Consuming{sub});
  offer(from_.connection);
}

// The soonest job of a queue that this taker may run; null: none.
Slot* Engine::Impl::best_in(const QueueState& queue, const JobSelection& selection,
                            const Taker& taker) const {
  if (queue.record.paused) return nullptr;
  const std::span<const std::string_view> types = types_of(selection, taker);
  if (types.empty()) {
    Slot* timed = front_of(queue.open[1].soonest());
    return taker.session == nullptr ? timed : sooner(timed, front_of(queue.open[0].soonest()));
  }
  Slot* best = nullptr;
  for (std::string_view type : types) {
    const auto pair = queue.lanes.find(type);
    if (pair == queue.lanes.end()) continue;
    for (const std::unique_ptr<Lane>& lane : pair->second)
      best = sooner(best, front_of(lane.get()));
  }
  return best;
}

Slot* Engine::Impl::best_of(const JobSelection& selection, const Taker& taker) const {
  Slot* best = nullptr;
  for (std::string_view name : queues_of(selection, taker)) {
    const QueueState* queue = state_.find_queue(name);
    if (queue == nullptr) continue;
    best = sooner(best, best_in(*queue, selection, taker));
    if (best != nullptr && !selection.best) break;
  }
  return best;
}

// Leases up to `max` jobs, as many as one answer line can carry, into taken_.
void Engine::Impl::take(const JobSelection& selection, const Taker& taker, uint32_t max) {
  constexpr size_t kFieldsOfAJob = 1024;  // everything but its id and body, at most
  taken_.clear();
  size_t bytes = kFieldsOfAJob;
  while (taken_.size() < max) {
    Slot* slot = best_of(selection, taker);
    if (slot == nullptr) break;
    bytes += slot->job.text.size() + kFieldsOfAJob;
    if (!taken_.empty() && bytes > config_.answer_bytes) break;
    lease(*slot, taker);
    taken_.push_back(slot);
  }
  // A worker that holds jobs beats more often: its term begins now.
  if (!taken_.empty() && taker.session != nullptr) heard_from(*taker.session);
}

void Engine::Impl::lease(Slot& slot, const Taker& taker) {
  JobLeased event;
  event.job = slot.job.seq;
  event.token = next_token();
  if (MUSTER_MUTANT(token_given_twice) && slot.job.attempts == 0 && event.token.value() > 1) {
    event.token = LeaseToken(event.token.value() - 1);
  }
  event.at = wall_;
  slot.started = slot.renewed = steady_;
  if (taker.session != nullptr) {
    event.worker_id = taker.session->identity->id;
    event.instance = taker.session->identity->instance;
    event.lease = taker.session->ttl;
  } else {
    event.worker_id = taker.worker_id;
    event.lease = taker.lease.value_or(std::max(
        limits::kUnregisteredLease, slot.job.lane->timed ? slot.job.duration * 2 : Duration()));
    event.tokenless = taker.plain;
  }
  emit(slot, event);
  if (MUSTER_MUTANT(change_outside_apply)) ++slot.job.losses;
}

void Engine::Impl::answer_taken(ReplyTo to, bool many, bool plain) {
  if (taken_.empty()) return output_->answer(to, NoJob{});
  records_.clear();
  for (const Slot* slot : taken_) records_.push_back(&slot->job);
  const AssignForm form = plain ? AssignForm::kPlain : many ? AssignForm::kMany : AssignForm::kOne;
  output_->answer(to, Assigned{form, records_});
}

}  // namespace muster::engine
