// What World does; compiled into the engine's property tests.
#include <algorithm>

#include "engine/engine_world.h"

namespace muster::engine {
namespace {

constexpr std::string_view kQueues[] = {"default", "other"};
constexpr std::string_view kTypes[] = {"sleep", "mail", "exec"};

// What worker w<n> registers with: all; or the first n types.
std::span<const std::string_view> types_of(std::string_view worker) {
  return {kTypes, static_cast<size_t>(worker.back() - '0')};
}

std::vector<std::string> texts(std::span<const std::string_view> names) {
  return {names.begin(), names.end()};
}

EngineConfig config() {
  EngineConfig config;
  config.finished_kept = 6;
  config.finished_age = Duration::seconds(40);
  return config;
}

std::unique_ptr<Engine> fresh() {
  auto engine = std::make_unique<Engine>(config());
  engine->finish_restore();
  return engine;
}

bool restarts(const Step& step) { return step.kind % 20 == 13 && step.a % 4 == 0; }

std::string worker_of(const Step& step) { return "w" + std::to_string(step.a % 3); }

}  // namespace

// Mostly each worker has a connection of its own. One that was closed never comes back: the next
// in its place has another number.
uint64_t World::connection_of(const Step& step) const {
  const size_t place = (step.a / 3 % 4 == 0 ? step.b : step.a) % 3U;
  return 1 + place + 3 * closed_[place];
}

World::World() : live_(fresh()), replica_(fresh()) {
  live_->start(now_);
  rules_.restarted(now_);
  turns_.restarted(now_);
}

std::string World::run(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    now_.steady = now_.steady + Duration::milliseconds(step.c % 7);
    now_.wall = now_.wall + Duration::milliseconds(step.c % 7);
    if (restarts(step)) {  // a restart recounts, and would hide what had drifted
      if (std::string broken = compare_lists(); !broken.empty()) return broken;
    }
    names_.clear();
    act(step);
    if (!rules_.violations().empty()) return rules_.violations().front();
    if (!turns_.violations().empty()) return turns_.violations().front();
    if (live_->state_hash() != replica_->state_hash()) return "replay: the hashes differ";
  }
  return compare_lists();
}

void World::event(Sequence sequence, const Event& event) {
  rules_.on(event);
  turns_.on(event);
  replica_->apply(sequence, event);
}

void World::answer(ReplyTo to, const Reply& reply) {
  turns_.answered(to, reply);
  if (std::holds_alternative<Refused>(reply) && to.request == RequestId(requests_)) {
    rules_.refused();
    refused_ = true;
  }
  if (const auto* assigned = std::get_if<Assigned>(&reply)) {
    for (const JobRecord* job : assigned->jobs) remember_lease(*job);
  } else if (const auto* done = std::get_if<Done>(&reply)) {
    if (done->next != nullptr) remember_lease(*done->next);
  } else if (const auto* page = std::get_if<JobPage>(&reply)) {
    for (const JobView& view : page->jobs) {
      listed_[std::string(view.job->id())] = view.job->state;
      ++by_queue_[view.job->lane->queue][static_cast<size_t>(view.job->state)];
    }
  } else if (const auto* queues = std::get_if<QueueList>(&reply)) {
    for (const QueueView& view : queues->queues) counted_[view.queue->name] = view.queue->jobs;
  } else if (const auto* batch = std::get_if<AcceptedBatch>(&reply)) {
    if (!batch->errors.empty()) rules_.refused(true);
  } else if (const auto* workers = std::get_if<WorkerList>(&reply)) {
    alive_.clear();
    for (const WorkerView& view : workers->workers) {
      if (view.state == "running") alive_[std::string(view.id)] = view.instance;
    }
  }
}

void World::push(ConnectionId to, const Push& push) {
  turns_.pushed(to, push);
  if (const auto* pushed = std::get_if<PushedJob>(&push)) remember_lease(*pushed->job);
}

void World::remember_lease(const JobRecord& job) {
  leases_.push_front({job.seq, std::string(job.id()), job.token});
  if (leases_.size() > 12) leases_.pop_back();
}

void World::handle(const Command& command, const RuleChecker::Asked& asked, uint64_t connection) {
  rules_.begin(asked, now_);
  turns_.begin(now_);
  refused_ = false;
  live_->handle({ConnectionId(connection), RequestId(++requests_)}, command, now_, *this);
  rules_.end();
  turns_.end();
}

void World::act(const Step& step) {
  switch (step.kind % 20) {
    case 0:
    case 1:
    case 2:
      return submit(step);
    case 3:
    case 4:
    case 5:
    case 16:
      return request(step);
    case 6:
    case 7:
    case 8:
      return report(step);
    case 9:
      return sessions(step);
    case 10:
      return operate(step);
    case 11:
    case 12:
      return pass(step);
    case 13:
      if (restarts(step)) restart();
      return;
    case 14:
      now_.wall = now_.wall + Duration::seconds((int{step.a} - 128) * 20);
      return;
    case 15:
      return consume(step);
    case 17:
      return enlist(step);
    case 18:
      return complete_and_more(step);
    default:
      return submit_batch(step);
  }
}

SubmitItem World::item_of(const Step& step) {
  SubmitItem item;
  if (step.a % 5 != 0) item.job.id = names_.emplace_back("job" + std::to_string(step.a % 24));
  item.job.queue = kQueues[step.b % 2];
  item.job.job_type = kTypes[step.b / 2 % 3];
  if (step.b % 7 != 0) item.job.duration = Duration::seconds(1);
  item.job.priority = 1000 + step.b % 3;
  item.job.fingerprint = step.b % 16 == 0 ? 7 : 1;
  if (step.c % 4 == 0) item.job.delay = Duration::milliseconds(step.c * 10);
  if (step.c % 16 == 1) item.job.run_at = now_.wall + Duration::milliseconds(step.c * 50);
  item.job.options.retry = {1 + step.c % 3U, Duration::milliseconds(step.c % 8 * 100), 2000,
                            Duration::seconds(2), step.c % 2 * 100U};
  item.job.options.max_lost = 1 + step.b % 3U;
  if (step.b % 8 == 3) item.job.options.timeout = Duration::seconds(1);
  if (step.b % 16 == 5) item.job.options.deadline = now_.wall + Duration::seconds(3);
  return item;
}

void World::submit(const Step& step) {
  const SubmitItem item = item_of(step);
  RuleChecker::Asked asked;
  asked.jobs = 1;
  handle(SubmitJobs{{&item, 1}, false, false}, asked);
}

void World::submit_batch(const Step& step) {
  std::vector<SubmitItem> items;
  for (uint8_t i = 0; i < 1 + step.b % 3; ++i) {
    // Now and then the same id with other content.
    const int id = step.a + (step.c % 3 == 0 ? 0 : i * 7);
    items.push_back(
        item_of({0, static_cast<uint8_t>(id), static_cast<uint8_t>(step.b * (i + 1)), step.c}));
  }
  RuleChecker::Asked asked;
  asked.jobs = items.size();
  asked.atomic = step.c % 2 == 0;
  handle(SubmitJobs{items, true, asked.atomic}, asked);
}

void World::request(const Step& step) {
  const std::string worker = worker_of(step);
  const uint64_t connection = connection_of(step);
  ask_workers();
  const bool registered = alive_.contains(worker);
  RequestJobs command;
  command.worker_id = worker;
  const size_t first = step.b % 2;
  const std::string_view both[] = {kQueues[first], kQueues[1 - first]};
  command.selection.queues = {both, 1 + step.b / 2 % 2U};
  command.selection.best = step.b / 4 % 4 == 0;
  if (step.b / 16 % 4 == 0) command.selection.job_types = {kTypes + step.c % 3, 1};
  command.max = 1 + step.c % 3U;
  command.many = command.max > 1;
  command.plain = step.c % 5 == 0 && command.max == 1;
  if (step.kind % 20 == 16) command.wait = Duration::milliseconds(200 + step.c * 20);

  RuleChecker::Asked asked;
  asked.queues = command.selection.queues;
  asked.types = command.selection.job_types;
  if (asked.types.empty() && registered) asked.types = types_of(worker);
  asked.timed_only = !registered;
  asked.best = command.selection.best;
  turns_.asks(next_request(connection),
              {texts(asked.queues),
               texts(asked.types),
               asked.timed_only,
               {worker, registered ? alive_[worker] : ""}},
              command.wait);
  handle(command, asked, connection);
  if (registered && !refused_) speaks_[connection] = {worker, alive_[worker]};
}

void World::report(const Step& step) {
  if (leases_.empty()) return;
  const auto [job, id, token] = leases_[step.a % leases_.size()];
  RuleChecker::Asked asked;
  asked.token = token;
  asked.job_id = id;
  const LeaseRef ref{id, token, {}};
  const CompleteItem item{ref, {}};
  CompleteJobs complete;
  complete.items = {&item, 1};
  FailJob fail;
  fail.ref = ref;
  fail.retryable = asked.retryable = step.b % 5 != 0;
  fail.timed_out = step.b % 7 == 0;
  switch (step.c % 6) {
    case 0:
    case 1:
      return handle(complete, asked);
    case 2:
      return handle(fail, asked);
    case 3:
      return handle(ReleaseJob{ref, Duration::milliseconds(step.b % 3 * 200)}, asked);
    case 4:
      return handle(ReturnUndelivered{job, token}, asked);
    default:
      return handle(ExtendJob{ref, Duration::seconds(5)}, asked);
  }
}

// A completion with follow-ups, `next`, or both.
void World::complete_and_more(const Step& step) {
  if (leases_.empty()) return;
  const Lease lease = leases_[step.a % leases_.size()];
  const uint64_t connection = connection_of(step);
  const CompleteItem item{{lease.id, lease.token, {}}, {}};
  const SubmitItem follow_ups[] = {item_of(step),
                                   item_of({0, 0, static_cast<uint8_t>(step.b + 1), step.c})};
  CompleteJobs command;
  command.items = {&item, 1};
  if (step.c % 3 != 0) command.follow_ups = {follow_ups, 1 + step.b % 2U};
  if (step.c % 3 != 1) command.next_wait = Duration::milliseconds(step.b % 4 * 300);
  RuleChecker::Asked asked;
  asked.token = lease.token;
  asked.job_id = lease.id;
  asked.completes = true;
  asked.jobs = command.follow_ups.size();
  if (command.next_wait) {
    if (auto wants = next_of(lease, connection)) {
      turns_.asks(next_request(connection), std::move(*wants), *command.next_wait);
    }
  }
  handle(command, asked, connection);
}

// Who gets the next job after a completion of this lease, and from where; none: nobody, or it is
// not known (the lease is over).
std::optional<TurnChecker::Wants> World::next_of(const Lease& lease, uint64_t connection) {
  const WorkerIdentity* holder = turns_.holder_of(lease.job);
  const std::string* queue = turns_.queue_of(lease.job);
  if (holder == nullptr || queue == nullptr) return std::nullopt;
  ask_workers();
  const auto alive = alive_.find(holder->id);
  const WorkerIdentity* here = speaker(connection);
  const bool in_session = alive != alive_.end() && (alive->second == holder->instance ||
                                                    (here != nullptr && here->id == holder->id));
  TurnChecker::Wants wants;
  wants.queues = {*queue};
  wants.worker = {holder->id, in_session ? alive->second : ""};
  if (in_session) wants.job_types = texts(types_of(holder->id));
  wants.timed_only = !in_session;
  return wants;
}

void World::sessions(const Step& step) {
  const std::string worker = worker_of(step);
  const uint64_t connection = connection_of(step);
  if (step.c % 8 == 0) return close(connection, false);
  if (step.c % 8 == 1) return close(connection, true);
  if (step.c % 2 != 0) return enlist(step);
  handle(Heartbeat{worker, std::to_string(step.b % 2), {}, {}}, {}, connection);
  ask_workers();
  if (alive_.contains(worker) && alive_[worker] == std::to_string(step.b % 2)) {
    speaks_[connection] = {worker, alive_[worker]};
  }
}

void World::close(uint64_t connection, bool half) {
  if (half) {
    turns_.half_closes(ConnectionId(connection));
    handle(ConnectionHalfClosed{ConnectionId(connection)}, {}, 0);
  }
  turns_.closes(ConnectionId(connection));
  handle(ConnectionClosed{ConnectionId(connection)}, {}, 0);
  speaks_.erase(connection);
  ++closed_[(connection - 1) % 3];
}

void World::enlist(const Step& step) {
  const std::string worker = worker_of(step);
  const std::string instance = std::to_string(step.b % 2);
  const uint64_t connection = connection_of(step);
  RegisterWorker command;
  command.worker_id = worker;
  command.instance = instance;
  command.job_types = types_of(worker);
  command.concurrency = 1 + step.b % 3U;
  command.ttl = Duration::seconds(2);
  std::vector<LeaseRef> held;
  std::set<LeaseToken> tokens;
  for (const Lease& lease : leases_) {
    if (lease.token.value() % 3 == 0) continue;
    held.push_back({lease.id, lease.token, {}});
    tokens.insert(lease.token);
  }
  const bool names_held = step.c % 4 == 1;
  if (names_held) command.held = held;
  turns_.registers({worker, instance}, names_held ? &tokens : nullptr);
  handle(command, {}, connection);
  ask_workers();  // it may have replaced another
  speaks_[connection] = {worker, instance};
}

void World::operate(const Step& step) {
  const std::string id = "job" + std::to_string(step.a % 24);
  const std::string_view view = id;
  const auto action = static_cast<JobAction>(step.b % 3);
  if (step.c % 4 == 0) return handle(PauseQueue{kQueues[step.a % 2], step.b % 3 == 0});
  RuleChecker::Asked asked;
  asked.job_id = view;
  asked.deletes = action == JobAction::kDelete;
  handle(ActOnJobs{action, {&view, 1}, false}, asked);
}

void World::consume(const Step& step) {
  const uint64_t connection = connection_of(step);
  ask_workers();
  Consume command;
  command.credit = 1 + step.b % 3U;
  if (step.b / 4 % 2 == 0) command.selection.queues = kQueues;
  if (const WorkerIdentity* worker = speaker(connection)) {
    std::vector<std::string> queues = texts(command.selection.queues);
    if (queues.empty()) queues = {"default"};
    turns_.consumes(ConnectionId(connection), {queues, texts(types_of(worker->id)), false, *worker},
                    command.credit);
  }
  handle(command, {}, connection);
}

void World::pass(const Step& step) {
  for (int turn = 0; turn < step.a % 24; ++turn) {
    const Duration time = Duration::milliseconds(step.b);
    now_.steady = now_.steady + time;
    now_.wall = now_.wall + time;
    handle(Tick{}, {}, 0);
    turns_.ticked();
  }
  ask_workers();  // some may be lost
}

const WorkerIdentity* World::speaker(uint64_t connection) const {
  const auto speaks = speaks_.find(connection);
  return speaks == speaks_.end() ? nullptr : &speaks->second;
}

void World::ask_workers() {
  handle(ListWorkers{}, {}, 0);
  std::erase_if(speaks_, [this](const auto& entry) {
    const auto alive = alive_.find(entry.second.id);
    return alive == alive_.end() || alive->second != entry.second.instance;
  });
}

// The replica, which has only replayed, goes on as the live one.
void World::restart() {
  live_ = std::move(replica_);
  const CheckpointImage all = live_->capture();
  for (const CheckpointJob& job : all.jobs) stored_[job.record.seq] = job.record;
  for (const CheckpointRemoval& removal : all.removals) stored_.erase(removal.job);
  for (const QueueRecord& queue : all.queues) stored_queues_[queue.name] = queue;
  for (const RememberedChunk& chunk : all.chunks) chunks_[chunk.number] = chunk;
  replica_ = std::make_unique<Engine>(config());
  for (const auto& [seq, job] : stored_) replica_->restore_job(job);
  for (const auto& [name, queue] : stored_queues_) replica_->restore_queue(queue);
  for (const auto& [number, chunk] : chunks_) replica_->restore_remembered(chunk);
  replica_->restore_marks(all.marks);
  replica_->finish_restore();
  live_->start(now_);
  rules_.restarted(now_);
  turns_.restarted(now_);
  speaks_.clear();
}

std::string World::compare_lists() {
  ListJobs list;
  list.limit = 1000;
  listed_.clear();
  by_queue_.clear();
  handle(Tick{});  // what retention owes by now
  handle(list);
  handle(ListQueues{});
  if (listed_ != rules_.expected_jobs()) return "conservation: what is listed was not accepted";
  for (const auto& [name, counts] : counted_) {
    if (counts != by_queue_[name]) return "counters: queue " + name + " differs from a recount";
  }
  return "";
}

}  // namespace muster::engine
