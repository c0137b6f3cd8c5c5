// What the moves do to the engine and to those outside.
#include "sim/small/world.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "model/limits.h"

namespace muster::sim::small {
namespace {

constexpr Duration kTurn = limits::kSteadyPerTurn;  // the longest that ages leases in full
constexpr Duration kTenYears = Duration::days(3652);

engine::EngineConfig engine_config() {
  engine::EngineConfig config;  // nothing is old enough to go, even after ten years
  config.finished_age = config.dead_age = Duration::days(36'500);
  return config;
}

std::unique_ptr<engine::Engine> fresh() {
  auto engine = std::make_unique<engine::Engine>(engine_config());
  engine->finish_restore();
  return engine;
}

// What a checkpoint of `from` restores to.
std::unique_ptr<engine::Engine> restored(const std::map<JobSeq, JobRecord>& jobs,
                                         const std::map<std::string, QueueRecord>& queues,
                                         const std::map<uint64_t, RememberedChunk>& chunks,
                                         const Marks& marks) {
  auto engine = std::make_unique<engine::Engine>(engine_config());
  for (const auto& [seq, job] : jobs) engine->restore_job(job);
  for (const auto& [name, queue] : queues) engine->restore_queue(queue);
  for (const auto& [number, chunk] : chunks) engine->restore_remembered(chunk);
  engine->restore_marks(marks);
  engine->finish_restore();
  return engine;
}

Verb plain_verb(Verb verb) {
  switch (verb) {
    case Verb::kEchoComplete:
      return Verb::kComplete;
    case Verb::kEchoFail:
      return Verb::kFail;
    case Verb::kEchoRelease:
      return Verb::kRelease;
    default:
      return verb;
  }
}

}  // namespace

World::World(const Configuration& configuration)
    : config_(&configuration),
      live_(fresh()),
      replica_(fresh()),
      judge_(configuration),
      faults_(configuration.faults),
      restarts_(configuration.restarts),
      acts_(configuration.acts) {
  live_->start(now_);
  judge_.restarted(now_);
}

void World::spend(const Move& move) {
  if (move.ending == Ending::kDiesDurable || move.ending == Ending::kDiesBefore) --restarts_;
  if (move.ending == Ending::kAnswerLost || move.ending == Ending::kUndelivered) --faults_;
  if (move.verb == Verb::kCancel || move.verb == Verb::kRetry || move.verb == Verb::kDelete) {
    --acts_;
  }
  if (move.verb == Verb::kRestart) {
    --restarts_;
  } else if (move.verb >= Verb::kResubmit) {
    --faults_;
  }
}

void World::make(const Move& move) {
  told_.clear();
  given_.clear();
  spend(move);
  const bool dies = move.ending == Ending::kDiesDurable || move.ending == Ending::kDiesBefore;
  deaf_ = dies ? kEverybody : move.ending == Ending::kAnswered ? kNobody : move.worker;
  durable_ = move.ending != Ending::kDiesBefore;
  if (durable_) {
    act(move);
  } else {
    const Judge before = judge_;
    act(move);
    if (broken().empty()) judge_ = before;  // it never happened
  }
  if (move.ending == Ending::kUndelivered) return_undelivered(move.worker);
  if (move.ending == Ending::kAnswerLost && config_->registered) close(move.worker);
  if (dies) restart();
  durable_ = true;
}

void World::act(const Move& move) {
  switch (move.verb) {
    case Verb::kSubmit:
    case Verb::kResubmit:
      return submit(move.job);
    case Verb::kRequest:
      return request(move);
    case Verb::kComplete:
    case Verb::kFail:
    case Verb::kRelease:
    case Verb::kExtend:
      return report(move, move.worker,
                    workers_[static_cast<size_t>(move.worker)].held[static_cast<size_t>(move.job)]);
    case Verb::kRegister:
      return enlist(move.worker);
    case Verb::kHeartbeat:
      return beat(move.worker);
    case Verb::kPass:
      return pass();
    case Verb::kCancel:
    case Verb::kRetry:
    case Verb::kDelete:
      return operate(move);
    case Verb::kEchoComplete:
    case Verb::kEchoFail:
    case Verb::kEchoRelease:
      return echo(move);
    case Verb::kClose:
      return close(move.worker);
    case Verb::kCrash:
    case Verb::kVanish:
      return die(move.worker, move.verb == Verb::kVanish);
    case Verb::kJump:
      now_.wall = now_.wall + kTenYears;
      return;
    case Verb::kRestart:
      return restart();
  }
}

void World::handle(const Command& command, Asked asked) {
  judge_.begin(asked, now_);
  live_->handle({asked.connection, asked.request}, command, now_, *this);
  judge_.end();
}

ConnectionId World::connection_of(int worker) {
  ConnectionId& connection = workers_[static_cast<size_t>(worker)].connection;
  if (!connection) connection = ConnectionId(++connections_);
  return connection;
}

SubmitItem World::item_of(int index) const {
  const JobPlan& plan = config_->plans[static_cast<size_t>(index)];
  SubmitItem item;
  item.job.id = job_name(index);
  item.job.job_type = plan.timed ? "sleep" : "mail";
  if (plan.timed) item.job.duration = Duration::seconds(1);
  item.job.priority = plan.priority;
  if (plan.delay > 0) item.job.delay = config_->units(plan.delay) - Duration::milliseconds(1);
  const Duration backoff = config_->unit - Duration::milliseconds(1);
  item.job.options.retry = {config_->max_attempts, backoff, 1000, Duration::hours(1), 0};
  item.job.options.max_lost = config_->max_lost;
  if (config_->timeout > 0) {
    item.job.options.timeout = config_->units(config_->timeout) - kTimeoutGrace;
  }
  item.job.fingerprint = 100 + static_cast<uint64_t>(index);
  item.job.body = job_body(index);
  return item;
}

void World::submit(int job) {
  const SubmitItem item = item_of(job);
  Asked asked;
  asked.verb = Verb::kSubmit;
  asked.job = job;
  asked.request = RequestId(++requests_);
  asked.connection = ConnectionId(1'000'000);  // the client's own
  handle(SubmitJobs{{&item, 1}, false, false}, asked);
}

void World::request(const Move& move) {
  Worker& worker = workers_[static_cast<size_t>(move.worker)];
  RequestJobs command;
  command.worker_id = worker_name(move.worker);
  command.max = config_->batch;
  command.many = config_->batch > 1;
  command.plain = config_->has(kPlain) && move.worker != kFinisher;
  if (config_->has(kWaits) && move.worker != kFinisher) command.wait = config_->units(2);
  // The class project's leases have the length that the documents say.
  if (!config_->registered && !command.plain) command.lease = config_->units(config_->lease);
  Asked asked;
  asked.verb = Verb::kRequest;
  asked.worker = move.worker;
  asked.process = worker.process;
  asked.wait = command.wait;
  asked.request = RequestId(++requests_);
  asked.connection = connection_of(move.worker);
  if (command.wait > Duration()) worker.waits = asked.request;
  handle(command, asked);
}

void World::report(const Move& move, int worker, LeaseToken token) {
  const Verb verb = plain_verb(move.verb);
  if (verb == Verb::kComplete) return complete(move.job, worker, token);
  Asked asked;
  asked.verb = verb;
  asked.job = move.job;
  asked.worker = worker;
  asked.token = token;
  asked.request = RequestId(++requests_);
  asked.connection = worker < 0 ? ConnectionId(1'000'001) : connection_of(worker);
  const LeaseRef ref{job_name(move.job), token, {}};
  if (verb == Verb::kFail) {
    FailJob fail;
    fail.ref = ref;
    fail.error.error_class = "Failed";
    handle(fail, asked);
  } else if (verb == Verb::kRelease) {
    const Duration delay =
        config_->has(kDelayedReleases) ? config_->unit - Duration::milliseconds(1) : Duration();
    handle(ReleaseJob{ref, delay}, asked);
  } else {
    handle(ExtendJob{ref, config_->units(config_->lease)}, asked);
  }
}

void World::complete(int job, int worker, LeaseToken token) {
  const bool plain = config_->has(kPlain) && worker != kFinisher;
  const int last = config_->jobs - 1;
  const SubmitItem follow_up = item_of(last);
  CompleteItem item;
  item.ref.job_id = job_name(job);
  if (plain) {
    item.ref.worker_id = worker_name(worker);
  } else {
    item.ref.lease = token;
  }
  CompleteJobs command;
  command.items = {&item, 1};
  command.plain = plain;
  Asked asked;
  asked.verb = Verb::kComplete;
  asked.job = job;
  asked.worker = worker;
  if (!plain) asked.token = token;
  if (worker >= 0) asked.process = workers_[static_cast<size_t>(worker)].process;
  if (config_->has(kFollowUp) && job != last) {
    command.follow_ups = {&follow_up, 1};
    asked.follow_up = last;
  }
  // An echo's answer reaches nobody, so nobody asks for more with it; nor does a worker that has to
  // register first.
  if (config_->has(kNext) && worker >= 0 && worker != kFinisher &&
      workers_[static_cast<size_t>(worker)].registered) {
    command.next_wait = Duration();
    asked.next = true;
  }
  asked.request = RequestId(++requests_);
  asked.connection = worker < 0 ? ConnectionId(1'000'001) : connection_of(worker);
  handle(command, asked);
}

// A word of a dead attempt: from a connection of its own; without tokens, in its worker's name.
void World::echo(const Move& move) {
  deaf_ = move.worker;
  if (config_->has(kPlain)) return complete(move.job, move.worker, {});
  report(move, -1, stray_of(move.job, move.older));
}

void World::enlist(int index) {
  Worker& worker = workers_[static_cast<size_t>(index)];
  const std::string instance = std::to_string(worker.process);
  RegisterWorker command;
  command.worker_id = worker_name(index);
  command.instance = instance;
  command.concurrency = config_->concurrency;
  command.ttl = config_->units(config_->lease);
  Asked asked;
  std::vector<LeaseRef> held;
  for (int job = 0; job < kMaxJobs; ++job) {
    const LeaseToken token = worker.held[static_cast<size_t>(job)];
    if (!token) continue;
    held.push_back({job_name(job), token, {}});
    asked.held.push_back(token);
  }
  if (config_->has(kHeld)) command.held = held;
  asked.verb = Verb::kRegister;
  asked.worker = index;
  asked.process = worker.process;
  asked.request = RequestId(++requests_);
  asked.connection = connection_of(index);
  handle(command, asked);
}

void World::beat(int index) {
  const Worker& worker = workers_[static_cast<size_t>(index)];
  const std::string instance = std::to_string(worker.process);
  Asked asked;
  asked.verb = Verb::kHeartbeat;
  asked.worker = index;
  asked.process = worker.process;
  asked.request = RequestId(++requests_);
  asked.connection = connection_of(index);
  handle(Heartbeat{worker_name(index), instance, {}, {}}, asked);
}

void World::operate(const Move& move) {
  const std::string_view id = job_name(move.job);
  Asked asked;
  asked.verb = move.verb;
  asked.job = move.job;
  asked.request = RequestId(++requests_);
  asked.connection = ConnectionId(1'000'000);
  const JobAction action = move.verb == Verb::kCancel  ? JobAction::kCancel
                           : move.verb == Verb::kRetry ? JobAction::kRetry
                                                       : JobAction::kDelete;
  handle(ActOnJobs{action, {&id, 1}, false}, asked);
}

// Workers that live and hold nothing beat on time; whether busy ones do is a move of its own.
void World::pass() {
  for (int index = 0; index < kAllWorkers; ++index) {
    const Worker& worker = workers_[static_cast<size_t>(index)];
    if (!worker.registered || !judge_.session_valid(index, worker.process)) continue;
    if (!judge_.holds_running(index)) beat(index);
  }
  for (Duration left = config_->unit; left > Duration(); left = left - kTurn) {
    now_.steady = now_.steady + kTurn;
    now_.wall = now_.wall + kTurn;
    tick();
  }
}

void World::tick() {
  Asked asked;
  asked.tick = true;
  handle(Tick{}, asked);
}

// The connection breaks and the server is told.
void World::close(int index) {
  Worker& worker = workers_[static_cast<size_t>(index)];
  const ConnectionId connection = std::exchange(worker.connection, ConnectionId());
  const bool speaks = std::exchange(worker.registered, false);
  worker.waits = {};
  if (!connection) return;
  Asked asked;
  asked.worker = speaks && judge_.session_valid(index, worker.process) ? index : -1;
  asked.closes = true;
  asked.connection = connection;
  handle(ConnectionClosed{connection}, asked);
}

// A process dies and another takes its place; what it had to say may still be on its way.
void World::die(int index, bool unheard) {
  Worker& worker = workers_[static_cast<size_t>(index)];
  if (!unheard) close(index);
  for (int job = 0; job < kMaxJobs; ++job) drop(index, job);
  worker = Worker{worker.process + 1, {}, false, {}, {}};
}

void World::drop(int index, int job) {
  LeaseToken& held = workers_[static_cast<size_t>(index)].held[static_cast<size_t>(job)];
  if (held) strays_[static_cast<size_t>(job)].push_back({held, index});
  held = {};
}

void World::return_undelivered(int index) {
  for (const Stray& given : std::exchange(given_, {})) {
    strays_[static_cast<size_t>(given.worker)].push_back({given.token, index});
    Asked asked;
    asked.undelivered = true;
    asked.token = given.token;
    handle(ReturnUndelivered{records_[static_cast<size_t>(given.worker)].seq, given.token}, asked);
  }
  if (config_->registered) close(index);
}

// The events that were durable are all there is. Connections are gone, and nobody was told.
void World::restart() {
  live_ = std::move(replica_);
  const CheckpointImage image = live_->capture();
  for (const CheckpointJob& job : image.jobs) stored_[job.record.seq] = job.record;
  for (const CheckpointRemoval& removal : image.removals) stored_.erase(removal.job);
  for (const QueueRecord& queue : image.queues) stored_queues_[queue.name] = queue;
  for (const RememberedChunk& chunk : image.chunks) stored_chunks_[chunk.number] = chunk;
  replica_ = restored(stored_, stored_queues_, stored_chunks_, image.marks);
  live_->start(now_);
  judge_.restarted(now_);
  for (Worker& worker : workers_) {
    worker.connection = {};
    worker.registered = false;
    worker.waits = {};
  }
}

void World::event(Sequence sequence, const Event& event) {
  judge_.on(event);
  if (durable_) replica_->apply(sequence, event);
  if (!telling_) return;
  if (const auto* ended = std::get_if<AttemptEnded>(&event)) {
    told_.push_back("attempt of job " + std::to_string(ended->job.value()) + " ends: " +
                    std::string(name(ended->outcome)) + (ended->charged ? ", charged" : ""));
  } else if (const auto* leased = std::get_if<JobLeased>(&event)) {
    told_.push_back("job " + std::to_string(leased->job.value()) + " is leased to " +
                    std::string(leased->worker_id) + " under token " +
                    std::to_string(leased->token.value()));
  } else if (const auto* ready = std::get_if<JobReady>(&event)) {
    told_.push_back("job " + std::to_string(ready->job.value()) + " becomes ready");
  } else if (const auto* completed = std::get_if<JobCompleted>(&event)) {
    told_.push_back("job " + std::to_string(completed->job.value()) + " completes under token " +
                    std::to_string(completed->token.value()));
  }
}

void World::answer(ReplyTo to, const Reply& reply) {
  if (listing_) {
    const auto* page = std::get_if<JobPage>(&reply);
    if (page == nullptr) return;
    judge_.compare(*page);
    for (const JobView& view : page->jobs) {
      const int job = job_named(view.job->id());
      if (job < 0) continue;
      records_[static_cast<size_t>(job)] = *view.job;
      listed_[static_cast<size_t>(job)] = true;
    }
    return;
  }
  judge_.answered(to.request, reply);
  if (telling_) told_.push_back("answer: " + short_text(reply));
  if (const auto* assigned = std::get_if<Assigned>(&reply)) {
    for (const JobRecord* job : assigned->jobs) {
      const int index = job_named(job->id());
      records_[static_cast<size_t>(index)].seq = job->seq;
      given_.push_back({job->token, index});
    }
  }
  for (int index = 0; index < kAllWorkers; ++index) {
    const Worker& worker = workers_[static_cast<size_t>(index)];
    if (deaf_ == kEverybody || deaf_ == index) continue;
    if (worker.connection && worker.connection == to.connection) learn(index, reply);
  }
}

void World::push(ConnectionId, const Push&) {
  judge_.check(false, "nothing unasked", "a line was pushed to somebody who wants none");
}

// What a worker makes of an answer.
void World::learn(int index, const Reply& reply) {
  Worker& worker = workers_[static_cast<size_t>(index)];
  const auto take = [&](const JobRecord& job) {
    const int taken = job_named(job.id());
    drop(index, taken);
    worker.held[static_cast<size_t>(taken)] = job.token;
  };
  if (const auto* assigned = std::get_if<Assigned>(&reply)) {
    worker.waits = {};
    for (const JobRecord* job : assigned->jobs) take(*job);
  } else if (std::holds_alternative<NoJob>(reply)) {
    worker.waits = {};
  } else if (std::holds_alternative<Registered>(reply)) {
    worker.registered = true;
  } else if (const auto* done = std::get_if<Done>(&reply)) {
    drop(index, job_named(done->item.job_id));
    if (done->next != nullptr) take(*done->next);
  } else if (const auto* refused = std::get_if<Refused>(&reply)) {
    if (refused->job_id.empty()) {  // its session is lost
      worker.waits = {};
      worker.registered = false;
    } else if (const int job = job_named(refused->job_id); job >= 0) {
      drop(index, job);
    }
  }
}

}  // namespace muster::sim::small
