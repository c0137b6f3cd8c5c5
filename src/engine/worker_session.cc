// Worker sessions: who is alive. One heartbeat renews all of a worker's leases; a worker that is
// lost (silent, disconnected, replaced) gives back its jobs at once.
#include <algorithm>
#include <string>
#include <utility>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {

Session* Engine::Impl::session_of(std::string_view worker_id) {
  const auto session = volatile_.sessions.find(worker_id);
  if (session == volatile_.sessions.end() || !session->second.registered) return nullptr;
  return &session->second;
}

// The connection that is being served speaks for this session from now on.
void Engine::Impl::bind(Session& session) {
  if (!from_.connection) return;
  Connection& connection = volatile_.connections[from_.connection];
  if (connection.session == &session) return;
  if (connection.session != nullptr) {
    const Error why{
        ErrorCode::kSessionUnknown, "consume: its connection speaks for another session now", {}};
    unbind(from_.connection, connection, &why);
  }
  connection.session = &session;
  if (connection.lost != nullptr && connection.lost->id == session.identity->id) {
    connection.lost = nullptr;
  }
  session.connections.insert(from_.connection);
}

// `why`: told to its consume, if it can still read.
void Engine::Impl::unbind(ConnectionId id, Connection& connection, const Error* why) {
  Session* session = std::exchange(connection.session, nullptr);
  if (session == nullptr) return;
  if (connection.consumer) forget_pushed(id, *session);
  end_consume(id, why);
  session->connections.erase(id);
  if (session->notify == id) session->notify = ConnectionId();
  if (session->connections.empty()) {
    session->abandoned = steady_;
    set_deadline(*session);
  }
}

// What was pushed for this session must not give credit back to a later consume of another.
void Engine::Impl::forget_pushed(ConnectionId id, const Session& session) {
  const Holder* holder = state_.find_holder(*session.identity);
  for (Slot* slot = holder == nullptr ? nullptr : holder->jobs.front(); slot != nullptr;
       slot = slot->next) {
    if (slot->consumer == id) slot->consumer = ConnectionId();
  }
}

void Engine::Impl::heard_from(Session& session) {
  session.heard = steady_;
  set_deadline(session);
}

bool Engine::Impl::holds_jobs(const Session& session) const {
  const Holder* holder = state_.find_holder(*session.identity);
  return holder != nullptr && !holder->jobs.empty();
}

// A worker with jobs beats every few seconds and one without every half minute, and is lost a ttl
// after a beat is due; one without a connection is lost after a short grace.
Instant Engine::Impl::deadline_of(const Session& session) const {
  Instant deadline = session.heard + session.ttl;
  if (!holds_jobs(session)) deadline = deadline + limits::kHeartbeatIdle;
  if (session.registered && session.connections.empty() &&
      !MUSTER_MUTANT(closed_connections_unnoticed)) {
    deadline = std::min(deadline, session.abandoned + limits::kLastConnectionGrace);
  }
  return deadline;
}

void Engine::Impl::set_deadline(Session& session) {
  const Instant deadline = deadline_of(session);
  if (deadline == session.deadline) return;
  volatile_.session_timers.erase({session.deadline, session.identity->id});
  session.deadline = deadline;
  volatile_.session_timers.emplace(deadline, session.identity->id);
}

void Engine::Impl::on(const RegisterWorker& command) {
  const Wanted wanted{command.queues, command.job_types, false, false};
  if (auto error = refusal(wanted)) return refuse(std::move(*error));
  const auto found = volatile_.sessions.find(command.worker_id);
  const bool resumed =
      found != volatile_.sessions.end() &&
      (found->second.identity->instance == command.instance || MUSTER_MUTANT(any_instance_resumes));
  if (found != volatile_.sessions.end() && !resumed) {
    drop_session(
        found->second,
        {ErrorCode::kSessionReplaced, "another process registered under this worker_id", {}});
  }
  Session& session = volatile_.sessions[std::string(command.worker_id)];
  if (session.identity == nullptr) {
    session.identity = std::make_shared<const WorkerIdentity>(
        WorkerIdentity{std::string(command.worker_id), std::string(command.instance)});
  }
  session.registered = true;
  session.selection = OwnedSelection(wanted);
  session.concurrency = command.concurrency;
  session.ttl = command.ttl;
  session.labels = command.labels;
  session.host = command.host;
  session.pid = command.pid;
  session.version = command.version;
  bind(session);
  if (command.notify) {
    session.notify = from_.connection;
    session.notify_sub = std::exchange(volatile_.next_sub, volatile_.next_sub.next());
  } else if (session.notify == from_.connection) {
    session.notify = ConnectionId();
  }
  heard_from(session);
  if (command.held) {
    quiet_others(session);
    return_unheld(session, *command.held);
  }
  answer(Registered{heartbeat_interval(session), session.ttl,
                    command.notify ? session.notify_sub : SubscriptionId(), resumed});
}

// A worker that says what it holds speaks for the whole of itself: its other connections may be
// broken without our knowing, and whatever they were given would be lost while its heart beats.
void Engine::Impl::quiet_others(Session& session) {
  if (MUSTER_MUTANT(broken_consumer_fed)) return;
  const Error why{ErrorCode::kSessionUnknown,
                  "consume: its worker has registered with `held` on another connection", {}};
  for (const ConnectionId id : session.connections) {
    if (id == from_.connection) continue;
    forget_pushed(id, session);
    end_consume(id, &why);
  }
  const std::set<uint64_t> waits = session.waits;
  for (const uint64_t ticket : waits) {
    const auto waiter = volatile_.waiters.find(ticket);
    if (waiter == volatile_.waiters.end()) continue;
    if (waiter->second.to.connection == from_.connection) continue;
    answer_empty(waiter->second);
    remove_waiter(ticket);
  }
}

// Leases that the worker does not know of were lost on their way: they return as if never given.
void Engine::Impl::return_unheld(Session& session, std::span<const LeaseRef> held) {
  Holder* holder = state_.find_holder(*session.identity);
  if (holder == nullptr || MUSTER_MUTANT(unheld_kept)) return;
  std::set<LeaseToken> known;
  for (const LeaseRef& ref : held) {
    if (ref.lease) known.insert(*ref.lease);
  }
  std::vector<Slot*> unknown;
  for (Slot* slot = holder->jobs.front(); slot != nullptr; slot = slot->next) {
    if (!known.contains(slot->job.token)) unknown.push_back(slot);
  }
  for (Slot* slot : unknown) {
    AttemptEnded ended;
    ended.outcome = Outcome::kUndelivered;
    end_attempt(*slot, std::move(ended));
  }
}

// A third of the ttl while it holds jobs, but no more often than busy workers need to.
Duration Engine::Impl::heartbeat_interval(const Session& session) const {
  return holds_jobs(session) ? std::min(limits::kHeartbeatBusy, session.ttl / 3)
                             : limits::kHeartbeatIdle;
}

void Engine::Impl::on(const Heartbeat& command) {
  const auto found = volatile_.sessions.find(command.worker_id);
  if (found == volatile_.sessions.end() || !found->second.registered) {
    return refuse(
        {ErrorCode::kSessionUnknown, "worker_id: no such session; register the worker again", {}});
  }
  Session& session = found->second;
  if (session.identity->instance != command.instance && !MUSTER_MUTANT(heartbeat_of_any_instance)) {
    return refuse({ErrorCode::kSessionReplaced,
                   "instance: another process registered under this worker_id",
                   {}});
  }
  bind(session);
  heard_from(session);
  for (const LeaseRef& ref : command.started) {
    Slot* slot = state_.find(ref.job_id);
    if (slot != nullptr && slot->job.state == JobState::kRunning && slot->job.token == ref.lease) {
      slot->started_early = !MUSTER_MUTANT(started_not_noted);
    }
  }
  for (const Progress& progress : command.progress) {
    const Slot* slot = state_.find(progress.ref.job_id);
    if (slot == nullptr || slot->job.state != JobState::kRunning) continue;
    if (slot->job.token != progress.ref.lease) continue;
    volatile_.progress[slot->job.seq] = {progress.percent, std::string(progress.note)};
  }
  const auto revoked = std::exchange(session.revoked, {});
  std::vector<LeaseName> cancel;
  for (const auto& [job_id, token] : revoked) cancel.push_back({job_id, token});
  if (!volatile_.cancelling.empty()) {
    const Holder* holder = state_.find_holder(*session.identity);
    for (const Slot* slot = holder == nullptr ? nullptr : holder->jobs.front(); slot != nullptr;
         slot = slot->next) {
      if (slot->job.cancel_requested) cancel.push_back({slot->job.id(), slot->job.token});
      if (cancel.size() >= limits::kCancelsPerBeat) break;
    }
  }
  answer(HeartbeatAnswer{"running", cancel, heartbeat_interval(session)});
}

// The session ends and its jobs go back. Only jobs that had begun are charged: of those fetched
// ahead of its concurrency, the ones that it reported as started.
void Engine::Impl::drop_session(Session& session, const Error& why) {
  for (ConnectionId id : session.connections) {
    Connection& connection = volatile_.connections.at(id);
    end_consume(id, &why);
    connection.session = nullptr;
    connection.lost = session.identity;
    connection.lost_why = why;
  }
  const std::set<uint64_t> waits = session.waits;
  for (uint64_t ticket : waits) {
    output_->answer(volatile_.waiters.at(ticket).to, Refused{why, {}});
    remove_waiter(ticket);
  }
  std::vector<std::pair<Slot*, bool>> jobs;
  if (const Holder* holder = state_.find_holder(*session.identity)) {
    for (Slot* slot = holder->jobs.front(); slot != nullptr; slot = slot->next) {
      const bool begun = jobs.size() < session.concurrency || slot->started_early;
      jobs.emplace_back(slot, begun || MUSTER_MUTANT(prefetched_charged));
    }
  }
  volatile_.session_timers.erase({session.deadline, session.identity->id});
  volatile_.sessions.erase(volatile_.sessions.find(session.identity->id));
  for (const auto& [slot, begun] : jobs) lose(*slot, Outcome::kLost, begun);
}

// Ends what waits on a connection; answered with what there is when it can still read.
void Engine::Impl::drop_waits(ConnectionId id, bool answered) {
  const auto connection = volatile_.connections.find(id);
  if (connection == volatile_.connections.end()) return;
  const std::set<uint64_t> tickets = connection->second.tickets;
  for (uint64_t ticket : tickets) {
    if (const auto waiter = volatile_.waiters.find(ticket); waiter != volatile_.waiters.end()) {
      if (answered) answer_empty(waiter->second);
      remove_waiter(ticket);
    } else {
      end_job_wait(ticket, answered);
    }
  }
}

void Engine::Impl::on(const ConnectionClosed& command) {
  const auto connection = volatile_.connections.find(command.connection);
  if (connection == volatile_.connections.end()) return;
  drop_waits(command.connection, false);
  end_consume(command.connection, nullptr);
  unbind(command.connection, connection->second, nullptr);
  volatile_.connections.erase(connection);
}

void Engine::Impl::on(const ConnectionHalfClosed& command) {
  if (!MUSTER_MUTANT(half_close_keeps_waits)) drop_waits(command.connection, true);
  end_consume(command.connection, nullptr);
}

void Engine::Impl::on(const ReturnUndelivered& command) {
  Slot* slot = state_.find(command.job);
  if (slot == nullptr || slot->job.state != JobState::kRunning) return;
  if (slot->job.token != command.token) return;
  if (MUSTER_MUTANT(undelivered_charged)) return lose(*slot, Outcome::kLost, true);
  AttemptEnded ended;
  ended.outcome = Outcome::kUndelivered;
  end_attempt(*slot, std::move(ended));
}

}  // namespace muster::engine
