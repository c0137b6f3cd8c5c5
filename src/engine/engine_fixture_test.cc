// What EngineFixture does; compiled into the engine's test program.
#include "engine/engine_fixture.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "base/overload.h"

namespace muster::engine {
namespace {

std::string with_token(const JobRecord& job) {
  return std::string(job.id()) + "#" + std::to_string(job.token.value());
}

std::string render_item(const ItemResult& item) {
  if (item.error) return std::string(info(item.error->code).name);
  std::string text = "ok";
  if (!item.state.empty()) text += " " + std::string(item.state);
  if (item.duplicate) text += " duplicate";
  return text;
}

std::string text_of(const Accepted& r) {
  return "accepted " + std::string(r.job_id) + (r.duplicate ? " duplicate" : "");
}

std::string text_of(const AcceptedBatch& r) {
  std::string text = "accepted";
  for (std::string_view id : r.job_ids) text += " " + std::string(id.empty() ? "-" : id);
  for (uint32_t index : r.duplicates) text += " duplicate:" + std::to_string(index);
  for (const BatchError& error : r.errors) {
    text += " " + std::to_string(error.index) + ":" + std::string(info(error.error.code).name);
  }
  return text;
}

std::string text_of(const Assigned& r) {
  std::string text = r.form == AssignForm::kPlain  ? "plain"
                     : r.form == AssignForm::kMany ? "assign_many"
                                                   : "assign";
  for (const JobRecord* job : r.jobs) text += " " + with_token(*job);
  return text;
}

std::string text_of(const NoJob&) { return std::string("no_job"); }

std::string text_of(const Done& r) {
  std::string text = render_item(r.item);
  if (r.has_next) text += r.next != nullptr ? " next " + with_token(*r.next) : " next -";
  for (std::string_view id : r.follow_ups) text += " + " + std::string(id);
  return text;
}

std::string text_of(const DoneBatch& r) {
  std::string text;
  for (const ItemResult& item : r.items) {
    text += (text.empty() ? "" : ", ") + std::string(item.job_id) + " " + render_item(item);
  }
  return text;
}

std::string text_of(const Extended& r) { return "extended " + std::to_string(r.lease.ms()); }

std::string text_of(const Consuming&) { return std::string("consuming"); }

std::string text_of(const Registered& r) {
  return (r.resumed ? "resumed " : "registered ") + std::to_string(r.heartbeat.ms());
}

std::string text_of(const HeartbeatAnswer& r) {
  std::string text = "beat " + std::to_string(r.heartbeat.ms());
  for (const LeaseName& name : r.cancel) text += " cancel " + std::string(name.job_id);
  return text;
}

std::string text_of(const JobView& r) {
  return std::string(r.job->id()) + " " + std::string(name(r.job->state));
}

std::string text_of(const JobPage& r) {
  std::string text = "page";
  for (const JobView& view : r.jobs) text += " " + std::string(view.job->id());
  return text + (r.next ? " more" : "");
}

std::string text_of(const QueueList& r) {
  std::string text = "queues";
  for (const QueueView& view : r.queues) {
    text += " " + view.queue->name + ":" + std::to_string(view.queue->count(JobState::kReady)) +
            (view.queue->paused ? " paused" : "");
  }
  return text;
}

std::string text_of(const WorkerList& r) {
  std::string text = "workers";
  for (const WorkerView& view : r.workers) {
    text += " " + std::string(view.id) + ":" + std::to_string(view.running) + ":" +
            std::string(view.state);
  }
  return text;
}

std::string text_of(const StatsView& r) {
  return "stats ready=" + std::to_string(r.jobs[static_cast<size_t>(JobState::kReady)]) +
         " submitted=" + std::to_string(r.totals.submitted);
}

std::string text_of(const Ok&) { return std::string("ok"); }

std::string text_of(const Refused& r) { return std::string(info(r.error.code).name); }

}  // namespace

std::string render(const Reply& reply) {
  return std::visit([](const auto& kind) { return text_of(kind); }, reply);
}

std::string render(const Push& push) {
  return std::visit(
      Overload{
          [](const PushedJob& p) { return "push " + with_token(*p.job); },
          [](const PushedCancel& p) { return "cancel " + std::string(p.job_id); },
          [](const ConsumeEnded& p) { return "ended " + std::string(info(p.error.code).name); },
      },
      push);
}

EngineFixture::EngineFixture(const EngineConfig& config)
    : config_(config),
      engine_(std::make_unique<Engine>(config)),
      replica_(std::make_unique<Engine>(config)) {
  engine_->finish_restore();
  replica_->finish_restore();
  engine_->start(now_);
}

void EngineFixture::TearDown() {
  EXPECT_EQ(engine_->state_hash(), replica_->state_hash())
      << "replayed state differs from live state";
}

void EngineFixture::event(Sequence sequence, const Event& event) {
  replica_->apply(sequence, event);
}

void EngineFixture::answer(ReplyTo to, const Reply& reply) {
  if (to == caller_) {
    EXPECT_EQ(answer_, "") << "a second answer to one request: " << render(reply);
    answer_ = render(reply);
    if (const JobView* view = std::get_if<JobView>(&reply)) found_ = *view->job;
    return;
  }
  others_.push_back(std::to_string(to.connection.value()) + ": " + render(reply));
}

void EngineFixture::push(ConnectionId to, const Push& push) {
  others_.push_back(std::to_string(to.value()) + ": " + render(push));
}

std::string EngineFixture::run(const Command& command, uint64_t connection) {
  caller_ = {ConnectionId(connection), RequestId(next_request_++)};
  answer_.clear();
  engine_->handle(caller_, command, now_, *this);
  caller_ = {};
  return std::exchange(answer_, {});
}

std::string EngineFixture::submit(std::string_view id,
                                  const std::function<void(JobSpec&)>& change) {
  SubmitItem item;
  item.job.id = id;
  item.job.job_type = "sleep";
  item.job.duration = Duration::seconds(5);
  item.job.body = "\"duration\":5";
  item.job.fingerprint = hash64(id);
  if (change) change(item.job);
  return run(SubmitJobs{{&item, 1}, false, false});
}

std::string EngineFixture::request(std::string_view worker,
                                   std::initializer_list<std::string_view> queues, Duration wait,
                                   uint64_t connection) {
  RequestJobs command;
  command.worker_id = worker;
  command.selection.queues = {queues.begin(), queues.size()};
  command.wait = wait;
  return run(command, connection);
}

std::string EngineFixture::request_plain(std::string_view worker) {
  RequestJobs command;
  command.worker_id = worker;
  command.plain = true;
  return run(command);
}

std::string EngineFixture::complete(std::string_view id, uint64_t token, std::string_view result) {
  const CompleteItem item{{id, LeaseToken(token), {}}, result};
  CompleteJobs command;
  command.items = {&item, 1};
  return run(command);
}

std::string EngineFixture::complete_plain(std::string_view id, std::string_view worker) {
  const CompleteItem item{{id, std::nullopt, worker}, {}};
  CompleteJobs command;
  command.items = {&item, 1};
  command.plain = true;
  return run(command);
}

std::string EngineFixture::fail(std::string_view id, uint64_t token, bool retryable) {
  FailJob command;
  command.ref = {id, LeaseToken(token), {}};
  command.error.error_class = "exit";
  command.error.message = "exit code 3";
  command.error.exit_code = 3;
  command.retryable = retryable;
  return run(command);
}

std::string EngineFixture::release(std::string_view id, uint64_t token, Duration delay) {
  return run(ReleaseJob{{id, LeaseToken(token), {}}, delay});
}

std::string EngineFixture::extend(std::string_view id, uint64_t token, Duration lease) {
  return run(ExtendJob{{id, LeaseToken(token), {}}, lease});
}

std::string EngineFixture::act(JobAction action, std::string_view id) {
  return run(ActOnJobs{action, {&id, 1}, false});
}

std::string EngineFixture::enlist(std::string_view worker, std::string_view instance,
                                  uint64_t connection, uint32_t concurrency) {
  RegisterWorker command;
  command.worker_id = worker;
  command.instance = instance;
  command.concurrency = concurrency;
  return run(command, connection);
}

std::string EngineFixture::beat(std::string_view worker, std::string_view instance,
                                uint64_t connection) {
  return run(Heartbeat{worker, instance, {}, {}}, connection);
}

std::string EngineFixture::close(uint64_t connection) {
  return run(ConnectionClosed{ConnectionId(connection)}, 0);
}

const JobRecord* EngineFixture::job(std::string_view id) {
  return run(GetJob{id}) == "not_found" ? nullptr : &found_;
}

std::string EngineFixture::state(std::string_view id) {
  const JobRecord* record = job(id);
  if (record == nullptr) return "not_found";
  return std::string(name(record->state)) + " attempts=" + std::to_string(record->attempts) +
         " failures=" + std::to_string(record->failures) +
         " losses=" + std::to_string(record->losses);
}

void EngineFixture::pass(Duration time) {
  constexpr Duration kStep = Duration::milliseconds(100);
  while (time > Duration()) {
    const Duration step = std::min(time, kStep);
    now_.steady = now_.steady + step;
    now_.wall = now_.wall + step;
    time = time - step;
    run(Tick{}, 0);
  }
}

void EngineFixture::restart() {
  engine_ = std::move(replica_);
  CheckpointImage image = engine_->capture();
  for (CheckpointJob& entry : image.jobs) {
    EXPECT_EQ(entry.previous.kind != StoredPosition::Kind::kNone,
              stored_jobs_.contains(entry.record.seq));
    stored_jobs_[entry.record.seq] = std::move(entry.record);
  }
  for (const CheckpointRemoval& removal : image.removals) {
    EXPECT_EQ(stored_jobs_.erase(removal.job), 1U);
  }
  for (QueueRecord& queue : image.queues) stored_queues_[queue.name] = queue;
  for (RememberedChunk& chunk : image.chunks) stored_chunks_[chunk.number] = std::move(chunk);
  std::erase_if(stored_chunks_, [&](const auto& c) { return c.first < image.first_chunk; });

  replica_ = std::make_unique<Engine>(config_);
  for (const auto& [seq, record] : stored_jobs_) replica_->restore_job(record);
  for (const auto& [name, queue] : stored_queues_) replica_->restore_queue(queue);
  for (const auto& [number, chunk] : stored_chunks_) replica_->restore_remembered(chunk);
  replica_->restore_marks(image.marks);
  replica_->finish_restore();
  EXPECT_EQ(engine_->state_hash(), replica_->state_hash()) << "a checkpoint differs from its state";
  engine_->start(now_);
}

std::vector<std::string> EngineFixture::others() { return std::exchange(others_, {}); }

}  // namespace muster::engine
