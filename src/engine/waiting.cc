// Waiting: requests and consumers that found nothing are served, first come, first served, as soon
// as something can be taken.
#include <utility>

#include "engine/impl.h"

namespace muster::engine {

void Engine::Impl::wake(const Lane& lane) {
  if (!volatile_.waiters.empty()) volatile_.woken.insert(lane.name->queue);
}

void Engine::Impl::add_waiter(Waiter waiter) {
  const uint64_t ticket = volatile_.next_ticket++;
  Connection& connection = volatile_.connections[waiter.to.connection];
  if (waiter.kind == Waiter::Kind::kConsumer) {
    connection.consumer->ticket = ticket;
  } else {
    connection.tickets.insert(ticket);
    volatile_.wait_timers.emplace(waiter.deadline, ticket);
  }
  const Waiter& placed = volatile_.waiters.emplace(ticket, std::move(waiter)).first->second;
  for (std::string_view queue : selection_of(placed).queues) {
    volatile_.waiters_by_queue[std::string(queue)].insert(ticket);
  }
}

void Engine::Impl::remove_waiter(uint64_t ticket) {
  const auto found = volatile_.waiters.find(ticket);
  CHECK(found != volatile_.waiters.end(), "no waiter {}", ticket);
  for (std::string_view queue : selection_of(found->second).queues) {
    const auto tickets = volatile_.waiters_by_queue.find(queue);
    if (tickets == volatile_.waiters_by_queue.end()) continue;  // named twice in one selection
    tickets->second.erase(ticket);
    if (tickets->second.empty()) volatile_.waiters_by_queue.erase(tickets);
  }
  Connection& connection = volatile_.connections.at(found->second.to.connection);
  if (found->second.kind == Waiter::Kind::kConsumer) {
    connection.consumer->ticket = 0;
  } else {
    connection.tickets.erase(ticket);
    volatile_.wait_timers.erase({found->second.deadline, ticket});
  }
  volatile_.waiters.erase(found);
}

JobSelection Engine::Impl::selection_of(const Waiter& waiter) const {
  if (waiter.kind != Waiter::Kind::kConsumer) return waiter.selection.view();
  return volatile_.connections.at(waiter.to.connection).consumer->selection.view();
}

Taker Engine::Impl::taker_of(const Waiter& waiter) {
  Session* session = waiter.registered ? session_of(waiter.worker_id) : nullptr;
  return {waiter.to.connection, waiter.worker_id, session, waiter.plain, waiter.lease};
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

// Gives a waiter what it can take now; false: nothing.
bool Engine::Impl::serve(uint64_t ticket) {
  Waiter& waiter = volatile_.waiters.at(ticket);
  const Taker taker = taker_of(waiter);
  if (waiter.registered && taker.session == nullptr) {  // lost since, by way of another connection
    output_->answer(waiter.to, Refused{{ErrorCode::kSessionUnknown,
                                        "worker_id: the session is lost; register the worker again",
                                        {}},
                                       {}});
    remove_waiter(ticket);
    return false;
  }
  take(selection_of(waiter), taker, waiter.max);
  if (taken_.empty()) return false;
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
  return true;
}

void Engine::Impl::serve_woken() {
  while (!volatile_.woken.empty()) {
    const std::string queue = std::move(volatile_.woken.extract(volatile_.woken.begin()).value());
    const QueueState* state = state_.find_queue(queue);
    uint64_t after = 0;
    while (state != nullptr && !state->record.paused && state->record.count(JobState::kReady) > 0) {
      const auto tickets = volatile_.waiters_by_queue.find(queue);
      if (tickets == volatile_.waiters_by_queue.end()) break;
      const auto ticket = tickets->second.upper_bound(after);
      if (ticket == tickets->second.end()) break;
      after = *ticket;
      serve(after);
    }
  }
}

// Lines a consumer up while it has credit.
void Engine::Impl::offer(ConnectionId id) {
  const auto connection = volatile_.connections.find(id);
  if (connection == volatile_.connections.end() || !connection->second.consumer) return;
  Consumer& consumer = *connection->second.consumer;
  const Session* session = connection->second.session;
  if (consumer.ticket != 0 || consumer.unfinished >= consumer.credit || session == nullptr) return;
  Waiter waiter;
  waiter.kind = Waiter::Kind::kConsumer;
  waiter.to = {id, {}};
  waiter.worker_id = session->identity->id;
  waiter.registered = true;
  add_waiter(std::move(waiter));
  for (const std::string& queue : consumer.selection.queues()) volatile_.woken.insert(queue);
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
