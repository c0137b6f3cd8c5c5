// Waiting: requests and consumers that found nothing are served, first come, first served, as soon
// as something can be taken.
#include <utility>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {

void Engine::Impl::wake(const Lane& lane) {
  if (volatile_.waiters.empty()) return;
  if (volatile_.woken.empty() || volatile_.woken.back() != lane.name) {
    volatile_.woken.push_back(lane.name);
  }
}

void Engine::Impl::add_waiter(Waiter waiter) {
  const uint64_t ticket = volatile_.next_ticket++;
  Connection& connection = volatile_.connections[waiter.to.connection];
  if (waiter.kind == Waiter::Kind::kConsumer) {
    connection.consumer->ticket = ticket;
    if (!MUSTER_MUTANT(consumer_not_woken)) volatile_.lined_up.push_back(ticket);
  } else {
    connection.tickets.insert(ticket);
    volatile_.wait_timers.emplace(waiter.deadline, ticket);
  }
  if (waiter.session != nullptr) waiter.session->waits.insert(ticket);
  const Waiter& placed = volatile_.waiters.emplace(ticket, std::move(waiter)).first->second;
  volatile_.waiters_by_lane.add(ticket, wanted_by(placed));
}

void Engine::Impl::remove_waiter(uint64_t ticket) {
  const auto found = volatile_.waiters.find(ticket);
  CHECK(found != volatile_.waiters.end(), "no waiter {}", ticket);
  const Waiter& waiter = found->second;
  volatile_.waiters_by_lane.remove(ticket, wanted_by(waiter));
  Connection& connection = volatile_.connections.at(waiter.to.connection);
  if (waiter.kind == Waiter::Kind::kConsumer) {
    connection.consumer->ticket = 0;
  } else {
    connection.tickets.erase(ticket);
    volatile_.wait_timers.erase({waiter.deadline, ticket});
  }
  if (waiter.session != nullptr) waiter.session->waits.erase(ticket);
  volatile_.waiters.erase(found);
}

Wanted Engine::Impl::wanted_by(const Waiter& waiter) const {
  if (waiter.kind != Waiter::Kind::kConsumer) return waiter.selection.view();
  return volatile_.connections.at(waiter.to.connection).consumer->selection.view();
}

// A waiter's answer when nothing came.
void Engine::Impl::answer_empty(const Waiter& waiter) {
  if (waiter.kind == Waiter::Kind::kRequest) return output_->answer(waiter.to, NoJob{});
  ids_.assign(waiter.follow_ups.begin(), waiter.follow_ups.end());
  Done done;
  done.item = {waiter.completed_id, waiter.duplicate, {}, {}};
  done.has_next = true;
  done.follow_ups = ids_;
  output_->answer(waiter.to, done);
}

// Gives a waiter what it can take now.
void Engine::Impl::serve(uint64_t ticket) {
  const Waiter& waiter = volatile_.waiters.at(ticket);
  const Taker taker{waiter.worker_id, waiter.session, waiter.plain, waiter.lease};
  take(wanted_by(waiter), taker, waiter.max);
  if (taken_.empty()) return;
  switch (waiter.kind) {
    case Waiter::Kind::kRequest:
      answer_taken(waiter.to, waiter.many, waiter.plain);
      remove_waiter(ticket);
      break;
    case Waiter::Kind::kNext: {
      ids_.assign(waiter.follow_ups.begin(), waiter.follow_ups.end());
      Done done;
      done.item = {waiter.completed_id, waiter.duplicate, {}, {}};
      done.has_next = true;
      done.next = &taken_.front()->job;
      done.follow_ups = ids_;
      output_->answer(waiter.to, done);
      remove_waiter(ticket);
      break;
    }
    case Waiter::Kind::kConsumer: {
      const ConnectionId to = waiter.to.connection;
      Consumer& consumer = *volatile_.connections.at(to).consumer;
      taken_.front()->consumer = to;
      ++consumer.unfinished;
      output_->push(to, PushedJob{consumer.sub, &taken_.front()->job});
      remove_waiter(ticket);
      offer(to);  // behind the others
      break;
    }
  }
}

// At the end of every command nobody waits for a job that he could have.
void Engine::Impl::serve_woken() {
  while (!volatile_.woken.empty() || !volatile_.lined_up.empty()) {
    serve_lanes(std::exchange(volatile_.woken, {}));
    for (uint64_t ticket : std::exchange(volatile_.lined_up, {})) {
      if (volatile_.waiters.contains(ticket)) serve(ticket);
    }
  }
}

// Over all these lanes, the one who has waited longest goes first: it may take the job of another
// lane than the one that it was found by.
void Engine::Impl::serve_lanes(const std::vector<std::shared_ptr<const LaneName>>& lanes) {
  std::set<std::pair<uint64_t, size_t>> turns;  // ticket, lane
  for (size_t index = 0; index < lanes.size(); ++index) {
    if (const uint64_t ticket = first_for(*lanes[index])) turns.emplace(ticket, index);
  }
  while (!turns.empty()) {
    const auto [ticket, index] = turns.extract(turns.begin()).value();
    uint64_t now_first = first_for(*lanes[index]);
    if (now_first == ticket) {
      serve(ticket);
      if (MUSTER_MUTANT(one_served_per_wake)) return;
      now_first = first_for(*lanes[index]);
    }
    if (now_first != 0) turns.emplace(now_first, index);
  }
}

// Who is to have the next job of this lane; 0: nobody, or there is none.
uint64_t Engine::Impl::first_for(const LaneName& name) const {
  const Lane* lane = state_.find_lane(name);
  if (lane == nullptr || lane->ready.empty() || lane->queue->record.paused) return 0;
  return volatile_.waiters_by_lane.first(name);
}

// Lines a consumer up while it has credit.
void Engine::Impl::offer(ConnectionId id) {
  const auto connection = volatile_.connections.find(id);
  if (connection == volatile_.connections.end() || !connection->second.consumer) return;
  Consumer& consumer = *connection->second.consumer;
  Session* session = connection->second.session;
  if (consumer.ticket != 0 || session == nullptr) return;
  if (consumer.unfinished >= consumer.credit && !MUSTER_MUTANT(credit_not_counted)) return;
  Waiter waiter;
  waiter.kind = Waiter::Kind::kConsumer;
  waiter.to = {id, {}};
  waiter.worker_id = session->identity->id;
  waiter.session = session;
  add_waiter(std::move(waiter));
}

void Engine::Impl::end_consume(ConnectionId id, const Error* why) {
  const auto connection = volatile_.connections.find(id);
  if (connection == volatile_.connections.end() || !connection->second.consumer) return;
  Consumer& consumer = *connection->second.consumer;
  if (consumer.ticket != 0) remove_waiter(consumer.ticket);
  if (why != nullptr) output_->push(id, ConsumeEnded{consumer.sub, *why});
  connection->second.consumer.reset();
}

}  // namespace muster::engine
