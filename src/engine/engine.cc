// Engine's public face, and the frame around every command.
#include "engine/engine.h"

#include <utility>
#include <variant>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {

Engine::Engine(const EngineConfig& config) : impl_(std::make_unique<Impl>(config)) {}
Engine::~Engine() = default;

void Engine::restore_job(JobRecord job) { impl_->durable().restore_job(std::move(job)); }
void Engine::restore_queue(QueueRecord queue) { impl_->durable().restore_queue(std::move(queue)); }
void Engine::restore_remembered(const RememberedChunk& chunk) {
  impl_->durable().restore_remembered(chunk);
}
void Engine::restore_marks(const Marks& marks) { impl_->durable().restore_marks(marks); }
void Engine::finish_restore() { impl_->durable().finish_restore(); }

void Engine::apply(Sequence sequence, const Event& event) {
  impl_->durable().apply(sequence, event);
}
void Engine::start(Now now) { impl_->start(now); }
void Engine::handle(ReplyTo from, const Command& command, Now now, Output& output) {
  impl_->handle(from, command, now, output);
}
Engine::Wakeup Engine::next_wakeup() const { return impl_->next_wakeup(); }

Sequence Engine::applied() const { return std::as_const(*impl_).durable().marks().applied; }
uint64_t Engine::live_jobs() const { return std::as_const(*impl_).durable().jobs().size(); }
uint64_t Engine::text_bytes() const { return std::as_const(*impl_).durable().text_bytes(); }
size_t Engine::dirty_jobs() const { return std::as_const(*impl_).durable().dirty_jobs(); }
CheckpointImage Engine::capture() { return impl_->durable().capture(); }
void Engine::merge_back(CheckpointImage image) { impl_->durable().merge_back(std::move(image)); }
uint64_t Engine::state_hash() const { return std::as_const(*impl_).durable().hash(); }

Engine::Impl::Impl(const EngineConfig& config) : config_(config), state_(config) {}

void Engine::Impl::handle(ReplyTo from, const Command& command, Now now, Output& output) {
  advance(now);
  from_ = from;
  output_ = &output;
  std::visit([this](const auto& kind) { on(kind); }, command);
  serve_woken();
  retire();
  output_ = nullptr;
}

void Engine::Impl::emit(const Event& event) {
  const Sequence sequence = state_.marks().applied.next();
  state_.apply(sequence, event);
  output_->event(sequence, event);
}

void Engine::Impl::emit(Slot& slot, const Event& event) {
  const JobState before = slot.job.state;
  emit(event);
  settle(slot, before);
}

// The volatile consequences of an event about a job; `before` is none for a new one.
void Engine::Impl::settle(Slot& slot, std::optional<JobState> before) {
  const JobState state = slot.job.state;
  if (before == JobState::kRunning && state != JobState::kRunning) {
    volatile_.progress.erase(slot.job.seq);
    volatile_.cancelling.erase(slot.job.seq);
    slot.started_early = false;
    if (slot.consumer) {
      const ConnectionId consumer = std::exchange(slot.consumer, ConnectionId());
      const auto connection = volatile_.connections.find(consumer);
      if (connection != volatile_.connections.end() && connection->second.consumer) {
        const bool credited = state == JobState::kCompleted || !MUSTER_MUTANT(failure_keeps_credit);
        if (credited) --connection->second.consumer->unfinished;
        offer(consumer);
      }
    }
  }
  if (state == JobState::kReady && before != state) wake(*slot.lane);
  if (is_terminal(state) && before != state) {
    slot.ended = steady_;
    end_job_waits(slot.job.seq);
  }
  // A waiting job's timer was set by the steady clock when it began to wait, and stays.
  if (before != state || state == JobState::kRunning) arm(slot);
}

LeaseToken Engine::Impl::next_token() {
  if (volatile_.next_token == state_.marks().tokens_end && !MUSTER_MUTANT(tokens_not_reserved)) {
    emit(TokensReserved{volatile_.next_token.plus(limits::kTokenRange)});
  }
  return std::exchange(volatile_.next_token, volatile_.next_token.next());
}

void Engine::Impl::refuse(Error error, std::string_view job_id) {
  answer(Refused{std::move(error), job_id});
}

}  // namespace muster::engine
