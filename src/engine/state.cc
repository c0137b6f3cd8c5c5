// Recovery, lookup, indexes, checkpoints and the hash of DurableState; what events do is in
// apply.cc.
#include "engine/state.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <tuple>
#include <utility>

#include "base/mutant.h"

namespace muster::engine {
namespace {

void add(Totals& sum, const Totals& part) {
  sum.submitted += part.submitted;
  sum.leased += part.leased;
  sum.completed += part.completed;
  sum.failed += part.failed;
  sum.lost += part.lost;
  sum.released += part.released;
  sum.died += part.died;
  sum.cancelled += part.cancelled;
  sum.removed += part.removed;
}

}  // namespace

JobSeq server_named(std::string_view id) {
  if (!id.starts_with("j-") || id.size() < 3 || id[2] == '0') return JobSeq{};
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data() + 2, id.data() + id.size(), number);
  if (error != std::errc{} || end != id.data() + id.size() || number > kMaxNumber) return JobSeq{};
  return JobSeq(number);
}

DurableState::DurableState(const EngineConfig& config)
    : remembered_(config.ids_remembered, config.ids_remembered_age) {
  marks_.tokens_end = config.first_token;
}

void DurableState::restore_queue(QueueRecord queue) {
  QueueState& state = queue_named(queue.name);
  state.record = std::move(queue);
  if (MUSTER_MUTANT(pause_forgotten_at_restart)) state.record.paused = false;
}

void DurableState::restore_marks(const Marks& marks) {
  marks_ = marks;
  remembered_.restore_range(marks.first_remembered, marks.end_remembered);
  remembered_stored_ = marks.end_remembered;
}

// The counters by state are recounted rather than believed, so that they cannot drift over
// restarts.
void DurableState::finish_restore() {
  for (auto& [name, queue] : queues_) {
    queue->record.jobs = {};
    add(all_queues_.totals, queue->record.totals);
  }
  // Lists are in order of arrival: leases by token, ended jobs by their end.
  std::sort(restored_.begin(), restored_.end(), [](const Slot* a, const Slot* b) {
    return std::tuple(a->job.ended_at, a->job.token, a->job.seq) <
           std::tuple(b->job.ended_at, b->job.token, b->job.seq);
  });
  for (Slot* slot : restored_) {
    const LaneName& lane = *slot->job.lane;
    slot->lane = &lane_named(lane.queue, lane.job_type, lane.timed);
    slot->job.lane = slot->lane->name;
    ++slot->lane->jobs;
    slot->stored = StoredPosition::of(slot->job);
    text_bytes_ += slot->job.text.size();
    if (MUSTER_MUTANT(crash_budget_new_at_restart)) slot->job.losses = 0;
    if (slot->job.named) by_id_.emplace(slot->job.id(), slot);
    enter(*slot);
  }
  restored_.clear();
  restored_.shrink_to_fit();
  for (auto& [name, queue] : queues_) queue->dirty = false;
}

Slot* DurableState::find(std::string_view id) const {
  if (const JobSeq seq = server_named(id)) {
    Slot* slot = jobs_.find(seq);
    return slot != nullptr && !slot->job.named ? slot : nullptr;
  }
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

QueueState* DurableState::find_queue(std::string_view name) const {
  const auto found = queues_.find(name);
  return found == queues_.end() ? nullptr : found->second.get();
}

Holder* DurableState::find_holder(const WorkerIdentity& identity) const {
  const auto found = holders_.find(identity);
  return found == holders_.end() ? nullptr : found->second.get();
}

QueueState& DurableState::queue_named(std::string_view name) {
  const auto found = queues_.find(name);
  if (found != queues_.end()) return *found->second;
  auto queue = std::make_unique<QueueState>();
  queue->record.name = name;
  queue->dirty = true;
  return *queues_.emplace(std::string(name), std::move(queue)).first->second;
}

const Lane* DurableState::find_lane(const LaneName& name) const {
  const QueueState* queue = find_queue(name.queue);
  if (queue == nullptr) return nullptr;
  const auto pair = queue->lanes.find(name.job_type);
  return pair == queue->lanes.end() ? nullptr : pair->second[name.timed ? 1 : 0].get();
}

Lane& DurableState::lane_named(std::string_view queue_name, std::string_view job_type, bool timed) {
  QueueState& queue = queue_named(queue_name);
  auto pair = queue.lanes.find(job_type);
  if (pair == queue.lanes.end()) pair = queue.lanes.try_emplace(std::string(job_type)).first;
  std::unique_ptr<Lane>& lane = pair->second[timed ? 1 : 0];
  if (lane == nullptr) {
    lane = std::make_unique<Lane>();
    lane->queue = &queue;
    lane->name = std::make_shared<const LaneName>(
        LaneName{std::string(queue_name), std::string(job_type), timed});
  }
  return *lane;
}

// Queues stay, they have totals; lanes must not: job types are the client's to invent.
void DurableState::drop_lane(Lane& lane) {
  if (last_lane_ == &lane) last_lane_ = nullptr;
  auto& lanes = lane.queue->lanes;
  const auto pair = lanes.find(lane.name->job_type);
  pair->second[lane.name->timed ? 1 : 0].reset();
  if (pair->second[0] == nullptr && pair->second[1] == nullptr) lanes.erase(pair);
}

Holder& DurableState::holder_named(std::string_view id, std::string_view instance) {
  if (last_holder_ != nullptr && last_holder_->identity->id == id &&
      last_holder_->identity->instance == instance) {
    return *last_holder_;
  }
  WorkerIdentity identity{std::string(id), std::string(instance)};
  std::unique_ptr<Holder>& holder = holders_[identity];
  if (holder == nullptr) {
    holder = std::make_unique<Holder>();
    holder->identity = std::make_shared<const WorkerIdentity>(std::move(identity));
  }
  last_holder_ = holder.get();
  return *holder;
}

std::shared_ptr<const JobOptions> DurableState::shared(const JobOptions& options) const {
  if (options == *default_options_) return default_options_;
  return std::make_shared<const JobOptions>(options);
}

// Puts a job into the index and the counter that its state asks for.
void DurableState::enter(Slot& slot) {
  switch (slot.job.state) {
    case JobState::kScheduled:
      break;
    case JobState::kReady:
      slot.lane->ready.insert(&slot);
      note_ready_change(*slot.lane);
      break;
    case JobState::kRunning:
      slot.holder = &holder_named(slot.job.worker->id, slot.job.worker->instance);
      slot.job.worker = slot.holder->identity;
      if (slot.holder->jobs.empty()) ++busy_holders_;
      slot.holder->jobs.push_back(&slot);
      break;
    case JobState::kCompleted:
    case JobState::kCancelled:
      finished_.push_back(&slot);
      break;
    case JobState::kDead:
      dead_.push_back(&slot);
      break;
  }
  ++slot.lane->queue->record.jobs[static_cast<size_t>(slot.job.state)];
  ++all_queues_.jobs[static_cast<size_t>(slot.job.state)];
  slot.lane->queue->dirty = true;
}

void DurableState::leave(Slot& slot) {
  if (MUSTER_MUTANT(counter_drift) && is_terminal(slot.job.state)) {
    ++slot.lane->queue->record.jobs[static_cast<size_t>(slot.job.state)];
  }
  --slot.lane->queue->record.jobs[static_cast<size_t>(slot.job.state)];
  --all_queues_.jobs[static_cast<size_t>(slot.job.state)];
  slot.lane->queue->dirty = true;
  if (slot.job.state == JobState::kReady) {
    slot.lane->ready.remove(&slot);
    note_ready_change(*slot.lane);
  }
  if (slot.list != nullptr) slot.list->remove(&slot);
  if (slot.holder == nullptr) return;
  const bool idle = slot.holder->jobs.empty();
  slot.holder = nullptr;
  if (idle) {
    --busy_holders_;
    drop_idle_holders();
  }
}

// Idle holders are kept while they are few: a worker that takes one job after another keeps its
// own.
void DurableState::drop_idle_holders() {
  constexpr size_t kIdleKept = 64;
  if (holders_.size() <= 2 * busy_holders_ + kIdleKept) return;
  std::erase_if(holders_, [](const auto& entry) { return entry.second->jobs.empty(); });
  last_holder_ = nullptr;
}

void DurableState::mark_dirty(Slot& slot) {
  if (slot.dirty_at != Slot::kClean) return;
  slot.dirty_at = dirty_.size();
  dirty_.push_back(&slot);
}

void DurableState::mark_clean(Slot& slot) {
  if (slot.dirty_at == Slot::kClean) return;
  dirty_[slot.dirty_at] = dirty_.back();
  dirty_[slot.dirty_at]->dirty_at = slot.dirty_at;
  dirty_.pop_back();
  slot.dirty_at = Slot::kClean;
}

CheckpointImage DurableState::capture() {
  CheckpointImage image;
  image.marks = marks_;
  image.marks.first_remembered = remembered_.first();
  image.marks.end_remembered = remembered_.end();
  image.jobs.reserve(dirty_.size());
  for (Slot* slot : dirty_) {
    image.jobs.push_back({slot->job, slot->stored});
    slot->stored = StoredPosition::of(slot->job);
    slot->dirty_at = Slot::kClean;
  }
  dirty_.clear();
  image.removals = std::exchange(removals_, {});
  for (auto& [name, queue] : queues_) {
    if (!std::exchange(queue->dirty, false)) continue;
    image.queues.push_back(queue->record);
  }
  image.chunks = remembered_.chunks_from(remembered_stored_);
  image.first_chunk = remembered_.first() / limits::kIdsPerChunk;
  remembered_stored_ = remembered_.end();
  return image;
}

// The store still stands where it stood before `image`: what it would have changed is dirty again.
void DurableState::merge_back(CheckpointImage image) {
  std::set<JobSeq> gone;  // removed since: their removals name positions that were never written
  for (CheckpointJob& entry : image.jobs) {
    Slot* slot = jobs_.find(entry.record.seq);
    if (slot != nullptr) {
      slot->stored = entry.previous;
      mark_dirty(*slot);
      continue;
    }
    gone.insert(entry.record.seq);
    if (entry.previous.kind == StoredPosition::Kind::kNone) continue;
    image.removals.push_back({entry.record.seq, entry.record.lane, entry.previous});
  }
  std::erase_if(removals_,
                [&](const CheckpointRemoval& removal) { return gone.contains(removal.job); });
  if (MUSTER_MUTANT(failed_checkpoint_forgets_removals)) image.removals.clear();
  removals_.insert(removals_.end(), std::make_move_iterator(image.removals.begin()),
                   std::make_move_iterator(image.removals.end()));
  for (const QueueRecord& queue : image.queues) queue_named(queue.name).dirty = true;
  for (const RememberedChunk& chunk : image.chunks) {
    remembered_stored_ = std::min(remembered_stored_, chunk.number * limits::kIdsPerChunk);
  }
}

uint64_t DurableState::hash() const {
  uint64_t hash = mix64(marks_.next_job.value(), marks_.next_order.value());
  hash = mix64(hash, marks_.tokens_end.value());
  hash = mix64(hash, remembered_.hash());
  jobs_.for_each([&](const Slot& slot) { hash = mix64(hash, hash_of(slot.job)); });
  for (const auto& [name, queue] : queues_) {
    hash = hash64(name, hash ^ (queue->record.paused ? 1U : 0U));
    for (uint64_t count : queue->record.jobs) hash = mix64(hash, count);
    const Totals& totals = queue->record.totals;
    for (uint64_t total :
         {totals.submitted, totals.leased, totals.completed, totals.failed, totals.lost,
          totals.released, totals.died, totals.cancelled, totals.removed}) {
      hash = mix64(hash, total);
    }
  }
  return hash;
}

}  // namespace muster::engine
