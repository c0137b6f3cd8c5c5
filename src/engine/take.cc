// Taking: which job a worker gets, and the lease it gets it under.
#include <algorithm>
#include <string>
#include <utility>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {
namespace {

constexpr std::string_view kDefaultQueue = "default";

Slot* sooner(Slot* a, Slot* b) {
  if (a == nullptr || b == nullptr) return a != nullptr ? a : b;
  if (MUSTER_MUTANT(order_ignored_between_types)) return b->job.priority < a->job.priority ? b : a;
  return Place(b->job.priority, b->job.order) < Place(a->job.priority, a->job.order) ? b : a;
}

Slot* front_of(const Lane* lane) { return lane == nullptr ? nullptr : lane->ready.front(); }

// Defaults: the queues and types of the session; else the default queue and jobs with a `duration`.
Wanted resolve(const JobSelection& selection, const Session* session) {
  Wanted wanted{selection.queues, selection.job_types, false, selection.best};
  const Wanted registered = session == nullptr ? Wanted{} : session->selection.view();
  if (wanted.queues.empty()) wanted.queues = registered.queues;
  if (wanted.queues.empty()) wanted.queues = {&kDefaultQueue, 1};
  if (wanted.job_types.empty()) {
    wanted.job_types = registered.job_types;
    wanted.timed_only = session == nullptr;
  }
  return wanted;
}

}  // namespace

std::optional<Error> Engine::Impl::refusal(const Wanted& wanted) {
  if (wanted.pairs() <= limits::kPairsPerRequest) return std::nullopt;
  return Error{ErrorCode::kTooLarge,
               "queues, job_types: at most " + std::to_string(limits::kPairsPerRequest) +
                   " pairs of a queue and a job type; name fewer",
               {}};
}

// Why this worker may not ask on this connection; none: it may.
std::optional<Error> Engine::Impl::refusal_of_taker(const RequestJobs& command) const {
  const auto connection = volatile_.connections.find(from_.connection);
  const auto session = volatile_.sessions.find(command.worker_id);
  const bool known = session != volatile_.sessions.end();
  if (connection != volatile_.connections.end() && connection->second.lost != nullptr) {
    const WorkerIdentity& lost = *connection->second.lost;
    const bool back = known && session->second.identity->instance == lost.instance;
    if (lost.id == command.worker_id && !back) return connection->second.lost_why;
  }
  if (!known || session->second.registered || command.plain) {
    return std::nullopt;
  }
  return Error{ErrorCode::kSessionUnknown,
               "worker_id: the server was restarted; register the worker again",
               {}};
}

void Engine::Impl::on(const RequestJobs& command) {
  if (auto error = refusal_of_taker(command)) return refuse(std::move(*error));
  Session* session = session_of(command.worker_id);
  if (session != nullptr) {
    bind(*session);
    heard_from(*session);
  }
  const Wanted wanted = resolve(command.selection, session);
  if (auto error = refusal(wanted)) return refuse(std::move(*error));
  const Taker taker{command.worker_id, session, command.plain && session == nullptr, command.lease};
  take(wanted, taker, command.max);
  if (!taken_.empty() || command.wait <= Duration()) {
    return answer_taken(from_, command.many, taker.plain);
  }
  Waiter waiter;
  waiter.to = from_;
  waiter.selection = OwnedSelection(wanted);
  waiter.worker_id = command.worker_id;
  waiter.session = session;
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
  const Wanted wanted = resolve(command.selection, session);
  if (auto error = refusal(wanted)) return refuse(std::move(*error));
  Connection& connection = found->second;
  Consumer consumer;
  consumer.sub = std::exchange(volatile_.next_sub, volatile_.next_sub.next());
  consumer.credit = command.credit;
  // Jobs pushed before on this connection still use credit.
  if (connection.consumer) consumer.unfinished = connection.consumer->unfinished;
  consumer.selection = OwnedSelection(wanted);
  end_consume(from_.connection, nullptr);
  const SubscriptionId sub = consumer.sub;
  connection.consumer = std::move(consumer);
  answer(Consuming{sub});
  offer(from_.connection);
}

// The soonest job of a queue that is wanted; null: none.
Slot* Engine::Impl::best_in(const QueueState& queue, const Wanted& wanted) const {
  const bool typed = !wanted.job_types.empty();
  if (queue.record.paused && !(typed && MUSTER_MUTANT(pause_unseen_by_type))) return nullptr;
  if (wanted.job_types.empty()) {
    Slot* timed = front_of(queue.open[1].soonest());
    return wanted.timed_only && !MUSTER_MUTANT(untimed_for_all)
               ? timed
               : sooner(timed, front_of(queue.open[0].soonest()));
  }
  Slot* best = nullptr;
  for (std::string_view type : wanted.job_types) {
    const auto pair = queue.lanes.find(type);
    if (pair == queue.lanes.end()) continue;
    for (const std::unique_ptr<Lane>& lane : pair->second)
      best = sooner(best, front_of(lane.get()));
  }
  return best;
}

// The next job of all queues, or of the first that has one. That is looked for from *from on, as
// none before it can get work meanwhile.
Slot* Engine::Impl::best_of(const Wanted& wanted, size_t* from) const {
  Slot* best = nullptr;
  for (size_t index = wanted.best ? 0 : *from; index < wanted.queues.size(); ++index) {
    const QueueState* queue = state_.find_queue(wanted.queues[index]);
    if (queue == nullptr) continue;
    best = sooner(best, best_in(*queue, wanted));
    *from = index;
    if (best != nullptr && (!wanted.best || MUSTER_MUTANT(best_means_first))) break;
  }
  return best;
}

// Leases up to `max` jobs, as many as one answer line can carry, into taken_.
void Engine::Impl::take(const Wanted& wanted, const Taker& taker, uint32_t max) {
  constexpr size_t kFieldsOfAJob = 1536;  // everything but its id and body, at most
  taken_.clear();
  size_t bytes = kFieldsOfAJob;
  size_t from = 0;
  // A worker that holds jobs beats more often: its term begins with the first of them. Not with
  // each, or one that is dead would live as long as it is sent jobs.
  const bool idle = taker.session != nullptr && !holds_jobs(*taker.session);
  while (taken_.size() < max) {
    Slot* slot = best_of(wanted, &from);
    if (slot == nullptr) break;
    if (too_late(*slot)) {  // its timer would end it in a moment
      emit(*slot, JobDied{slot->job.seq, DeathReason::kDeadline, wall_});
      continue;
    }
    bytes += slot->job.text.size() + kFieldsOfAJob;
    if (!taken_.empty() && bytes > config_.answer_bytes) break;
    lease(*slot, taker);
    taken_.push_back(slot);
  }
  if (!taken_.empty() && idle) heard_from(*taker.session);
}

bool Engine::Impl::too_late(const Slot& slot) const {
  const std::optional<WallTime>& deadline = slot.job.options->deadline;
  return deadline && *deadline <= wall_;
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
    const bool timed = slot.job.lane->timed && !MUSTER_MUTANT(lease_ignores_duration);
    event.lease = taker.lease.value_or(
        std::max(limits::kUnregisteredLease, timed ? slot.job.duration * 2 : Duration()));
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
