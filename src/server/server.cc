#include "server/server.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/mutant.h"
#include "server/log.h"

#ifndef MUSTER_VERSION
#define MUSTER_VERSION "0.1.0"
#endif

namespace muster::server {
namespace {

// While anything in the engine depends on time it is told the time this often: it takes a longer
// gap for time in which the server did not listen (limits::kSteadyPerTurn).
constexpr Duration kTickInterval = limits::kSteadyPerTurn / 2;
constexpr Duration kObjectCheckInterval = Duration::seconds(1);
constexpr Duration kProbeInterval = Duration::seconds(1);
// With a full disk checkpoints come sooner: they let the journal recycle what it has.
constexpr uint64_t kJournalBytesWhenDiskLow = limits::kSegmentBytes / 4;

}  // namespace

Server::Server(const ServerConfig& config, Namespace& space, const World& world, Now now)
    : config_(config),
      engine_(space.engine()),
      world_(world),
      committer_(space.journal(), world.commit_thread, {config.durability, config.sync_interval},
                 engine_.applied()),
      checkpointer_(engine_, space.store(), committer_, world.background, world.microseconds,
                    config.checkpoint_jobs),
      pressure_({.job_bytes = config.job_memory}),
      now_(now),
      started_(now.steady),
      last_tick_(now.steady),
      next_probe_(now.steady) {
  engine_.start(now);
}

Session* Server::find(ConnectionId connection) {
  if (current_ && current_->id() == connection) return current_;
  const auto found = sessions_.find(connection);
  return found == sessions_.end() ? nullptr : found->second.get();
}

Session& Server::get(ConnectionId connection) {
  Session* session = find(connection);
  CHECK(session, "no connection {}", connection.value());
  return *session;
}

void Server::opened(ConnectionId connection) {
  SessionHost& host = *this;
  auto session = std::make_unique<Session>(connection, host, config_.request_line);
  const bool fresh = sessions_.emplace(connection, std::move(session)).second;
  CHECK(fresh, "connection {} exists", connection.value());
}

bool Server::receive(ConnectionId connection, std::string_view bytes, Now now) {
  now_ = now;
  current_ = &get(connection);
  current_->receive(bytes, now);
  if (current_->object_open() && next_object_check_ == Instant::max()) {
    next_object_check_ = now.steady + kObjectCheckInterval;
  }
  Session& session = *std::exchange(current_, nullptr);
  session.lists.unread = !session.wants_input();
  return session.wants_input();
}

void Server::end_of_input(ConnectionId connection, Now now) {
  now_ = now;
  get(connection).end_of_input(now);
}

void Server::sent(ConnectionId connection, size_t bytes) {
  Session& session = get(connection);
  session.sent(bytes);
  if (session.held_up()) world_.transport.request_turn();
}

void Server::closed(ConnectionId connection, const std::vector<Delivery>& undelivered, Now now) {
  now_ = now;
  Session& session = get(connection);
  std::vector<Delivery> back = undelivered;
  for (const auto& more : {queue_.drop(connection), session.undelivered()}) {
    back.insert(back.end(), more.begin(), more.end());
  }
  for (auto* list : {&touched_, &held_up_, &finishing_}) std::erase(*list, connection);
  sessions_.erase(connection);
  // Closed first: a job that comes back must not be offered to a waiting request of this
  // connection. When the server stops, its own closing is no sign of a lost worker.
  if (!stopping_) handle({connection, {}}, ConnectionClosed{connection}, now);
  for (const Delivery& delivery : back) {
    handle({connection, {}}, ReturnUndelivered{delivery.job, delivery.token}, now);
  }
}

void Server::handle(ReplyTo from, const Command& command, Now now) {
  engine_.handle(from, command, now, *this);
  committer_.end_command();
}

void Server::event(Sequence sequence, const Event& event) {
  if (world_.observer) world_.observer(sequence, event);
  committer_.event(sequence, event);
}

// While it stops, the engine is not told of closed connections; whatever it says to one is dropped.
void Server::answer(ReplyTo to, const Reply& reply) {
  if (stopping_ && !find(to.connection)) return;
  get(to.connection).answer(to.request, reply, now_);
}

void Server::push(ConnectionId to, const Push& push) {
  if (stopping_ && !find(to)) return;
  get(to).push(push);
}

void Server::touched(Session& session) {
  if (session.lists.touched) return;
  session.lists.touched = true;
  touched_.push_back(session.id());
}

protocol::ServerFacts Server::facts(Now now) const {
  protocol::ServerFacts facts;
  facts.version = MUSTER_VERSION;
  facts.durability = name(config_.durability);
  facts.request_line = config_.request_line;
  facts.uptime = now.steady - started_;
  facts.now = now.wall;
  facts.connections = sessions_.size();
  facts.durable = committer_.synced().through;
  facts.checkpoints = checkpointer_.written();
  facts.longest_capture = checkpointer_.longest_capture();
  facts.journal_bytes = committer_.journal_bytes();
  facts.pressure = pressure_.name();
  return facts;
}

void Server::end_of_turn(Now now) {
  now_ = now;
  if (ended()) return;
  update_pressure();
  resume_held_up();
  tick();
  check_open_objects();
  probe_disk();
  const bool disk_low = pressure_.gate() == Pressure::Gate::kDiskLow;
  checkpointer_.end_of_turn(now.steady, stopping_ || (disk_low && committer_.journal_bytes() >=
                                                                      kJournalBytesWhenDiskLow));
  look_for_space();
  settle_touched();
  committer_.end_of_turn(now.steady);  // first: the disk works while the answers are sent
  queue_.release(committer_.released(), [this](ConnectionId connection, Chunk chunk) {
    world_.transport.send(connection, std::move(chunk));
  });
  finish_those_over();
  world_.transport.flush();
}

void Server::tick() {
  if (stopping_) return;
  const engine::Engine::Wakeup due = engine_.next_wakeup();
  const bool asleep = due.steady == Instant::max() && due.wall == WallTime::max();
  if (asleep) {
    last_tick_ = now_.steady;
    return;
  }
  if (now_.steady < due.steady && now_.wall < due.wall &&
      now_.steady - last_tick_ < kTickInterval) {
    return;
  }
  last_tick_ = now_.steady;
  handle({}, Tick{}, now_);
}

void Server::check_open_objects() {
  if (now_.steady < next_object_check_) return;
  bool open = false;
  for (auto& [id, session] : sessions_) {
    session->check_open_object(now_);
    open = open || session->object_open();
  }
  next_object_check_ = open ? now_.steady + kObjectCheckInterval : Instant::max();
}

void Server::resume_held_up() {
  const std::vector<ConnectionId> waiting = std::exchange(held_up_, {});
  for (const ConnectionId connection : waiting) {
    Session& session = get(connection);
    session.lists.held_up = false;
    session.resume(now_);
    touched(session);  // settled with the others: on the list again, or read again
  }
}

bool Server::probes() const {
  return !probing_ && !stopping_ && config_.durability != Durability::kMemory;
}

void Server::probe_disk() {
  if (!probes() || now_.steady < next_probe_) return;
  probing_ = true;
  next_probe_ = now_.steady + kProbeInterval;
  world_.background.run([this] { probed_low_ = world_.disk_low(); },
                        [this] {
                          probing_ = false;
                          disk_low_ = probed_low_;
                        });
}

void Server::update_pressure() {
  const Pressure::Gate before = pressure_.gate();
  pressure_.update({.job_bytes = engine_.text_bytes(),
                    .journal_bytes = committer_.journal_bytes(),
                    .unsynced_bytes = committer_.unsynced_bytes(),
                    .disk_low = disk_low_ || out_of_space_},
                   now_.steady);
  const auto shows = [](Pressure::Gate gate) {
    return gate == Pressure::Gate::kDiskLow || gate == Pressure::Gate::kQueueFull;
  };
  if (pressure_.gate() == before) return;
  if (shows(pressure_.gate())) {
    log_warning("submissions_refused", {{"code", pressure_.name()}});
  } else if (shows(before)) {
    log_info("submissions_accepted", {});
  }
}

void Server::settle_touched() {
  for (const ConnectionId connection : touched_) {
    Session& session = get(connection);
    session.lists.touched = false;
    session.queued(session.outbox().chunk().bytes.size());
    queue_.take(connection, &session.outbox());
    if (session.over()) {
      if (!std::exchange(session.lists.finishing, true)) finishing_.push_back(connection);
    } else if (session.held_up()) {
      if (!std::exchange(session.lists.held_up, true)) held_up_.push_back(connection);
    } else if (session.lists.unread && session.wants_input()) {
      session.lists.unread = false;
      world_.transport.resume_reading(connection);
    }
  }
  touched_.clear();
}

void Server::finish_those_over() {
  std::erase_if(finishing_, [this](ConnectionId connection) {
    if (get(connection).outbox().queued() > 0) return false;
    world_.transport.finish(connection);
    return true;
  });
}

// When a write finds no space, what is held in reserve is given to it, once; it is tried again
// soon.
void Server::look_for_space() {
  bool missing = committer_.no_space();
  if (const auto failure = checkpointer_.take_failure()) {
    log_warning("checkpoint_failed", {{"why", failure->message}});
    missing = missing || failure->kind == storage::StorageErrorKind::kNoSpace;
  }
  if (missing && !out_of_space_) {
    world_.background.run([this] { world_.release_reserve(); }, [] {});
  }
  if (missing) {
    out_of_space_ = true;
  } else if (!checkpointer_.failing() && !MUSTER_MUTANT(disk_low_for_ever)) {
    out_of_space_ = false;
  }
}

Instant Server::next_wakeup(Now now) const {
  const engine::Engine::Wakeup due = engine_.next_wakeup();
  Instant next = std::min({committer_.next_wakeup(), checkpointer_.next_wakeup(now.steady),
                           pressure_.next_wakeup(), next_object_check_});
  if (!stopping_ && (due.steady != Instant::max() || due.wall != WallTime::max())) {
    next = std::min({next, due.steady, last_tick_ + kTickInterval});
    if (due.wall != WallTime::max()) next = std::min(next, now.steady + (due.wall - now.wall));
  }
  // A probe on its way makes a turn when it is back; until then its time is past.
  if (probes() && (pressure_.gate() != Pressure::Gate::kOpen || checkpointer_.busy())) {
    next = std::min(next, next_probe_);
  }
  return next;
}

void Server::stop(Now now) {
  now_ = now;
  stopping_ = true;
  committer_.stop();
  for (auto& [id, session] : sessions_) session->stop(now);
}

bool Server::stopped() const {
  return stopping_ && sessions_.empty() && queue_.size() == 0 && committer_.quiet() &&
         !checkpointer_.busy() && checkpointer_.stored() == engine_.applied();
}

}  // namespace muster::server
