#include "sim/judge.h"

#include <fmt/format.h>

#include <utility>

#include "base/hash.h"

namespace muster::sim {
namespace {

constexpr size_t kMostObjections = 100;

}  // namespace

Judge::Judge(const engine::EngineConfig& config, bool written_is_settled, Checkers& checkers,
             std::function<Moment()> moment)
    : written_is_settled_(written_is_settled),
      checkers_(checkers),
      moment_(std::move(moment)),
      replica_(std::make_unique<engine::Engine>(config)) {
  replica_->finish_restore();
}

void Judge::objects(const std::string& what) {
  if (objections_.size() < kMostObjections) objections_.push_back(what);
}

void Judge::applied(Sequence sequence, const Event& event) {
  ++events_;
  checkers_.event(sequence, event, moment_());
}

void Judge::attempted(const storage::JournalRecord& record) {
  decided_ = mix64(decided_, hash64(record.events, record.first.value()));
  std::string bytes;
  if (!spare_.empty()) {
    bytes = std::move(spare_.back());
    spare_.pop_back();
  }
  bytes.assign(record.events);
  pending_.push_back({record.first, record.count, std::move(bytes)});
}

void Judge::written(Sequence through) {
  if (written_is_settled_) settle(through);
}

void Judge::synced(Sequence through) {
  if (!written_is_settled_) settle(through);
}

void Judge::settle(Sequence through) {
  while (!pending_.empty() && pending_.front().last() <= through) {
    replay(pending_.front());
    spare_.push_back(std::move(pending_.front().events));
    pending_.pop_front();
  }
  checkers_.durable(replica_->applied());
}

void Judge::replay(const Pending& record) {
  std::string_view bytes = record.events;
  for (uint32_t i = 0; i < record.count; ++i) {
    const Sequence sequence = record.first.plus(i);
    const auto event = decoder_.next(&bytes);
    if (!event.ok()) {
      return objects(fmt::format("journal: event {} can't be read back: {}", sequence.value(),
                                 event.error().message));
    }
    if (sequence != replica_->applied().next()) {
      return objects(fmt::format("journal: event {} follows {}", sequence.value(),
                                 replica_->applied().value()));
    }
    replica_->apply(sequence, *event);
  }
}

void Judge::died() { checkers_.crashed(moment_()); }

void Judge::serves(server::Namespace& space) {
  const engine::Engine& live = space.engine();
  // What was written and found again has happened; what was not found never did.
  settle(live.applied());
  pending_.clear();
  if (live.applied() < replica_->applied()) {
    objects(fmt::format("durability: event {} was durable, a restart found only {}",
                        replica_->applied().value(), live.applied().value()));
  }
  checkers_.started(live.applied(), moment_());
  compare(live);
}

void Judge::compare(const engine::Engine& live) {
  if (live.applied() != replica_->applied()) return;
  ++comparisons_;
  if (live.state_hash() != replica_->state_hash()) {
    objects(fmt::format("replay: the state after event {} differs from its replay",
                        live.applied().value()));
  }
  recount();
}

// The replica's own counters, as they stand in its queues, against the checkers' count of events.
void Judge::recount() {
  for (QueueRecord& queue : replica_->capture().queues) {
    queues_.insert_or_assign(queue.name, queue.jobs);
  }
  if (checkers_.settled() != replica_->applied()) return;
  std::array<uint64_t, kJobStates> kept = {};
  for (const auto& [queue, jobs] : queues_) {
    for (size_t state = 0; state < kJobStates; ++state) kept[state] += jobs[state];
  }
  const auto counted = checkers_.counts();
  if (kept == counted) return;
  std::string told;
  for (size_t state = 1; state < kJobStates; ++state) {
    told += fmt::format(" {}: {} counted {}", name(static_cast<JobState>(state)), kept[state],
                        counted[state]);
  }
  objects(fmt::format("recount: at event {}:{}", replica_->applied().value(), told));
}

}  // namespace muster::sim
