// DurableState: everything about the queue that survives a restart, and the indexes derived from
// it. apply() is the only way it changes after recovery. Knows no client, clock or timer.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "engine/engine.h"
#include "engine/job_table.h"
#include "engine/lane.h"
#include "engine/remembered_ids.h"
#include "engine/slot.h"
#include "model/checkpoint.h"
#include "model/event.h"

namespace muster::engine {

// Lanes come in pairs: [0] of jobs without a `duration`, [1] of those with one.
struct QueueState {
  QueueRecord record;
  std::map<std::string, std::array<std::unique_ptr<Lane>, 2>, std::less<>> lanes;  // by job type
  std::array<LaneHeap, 2> open;  // those with ready jobs
  bool dirty = false;
};

// A process (or an unregistered worker) and the jobs leased to it, oldest lease first.
struct Holder {
  std::shared_ptr<const WorkerIdentity> identity;
  JobList jobs;
};

class DurableState {
 public:
  using Queues = std::map<std::string, std::unique_ptr<QueueState>, std::less<>>;
  using Holders = std::map<WorkerIdentity, std::unique_ptr<Holder>>;

  explicit DurableState(const EngineConfig& config);
  DurableState(const DurableState&) = delete;
  DurableState& operator=(const DurableState&) = delete;

  // Recovery, in any order (chunks by number); then finish_restore(), once, before the first
  // apply().
  void restore_job(JobRecord job) { restored_.push_back(&jobs_.add(std::move(job))); }
  void restore_queue(QueueRecord queue);
  void restore_remembered(const RememberedChunk& chunk) { remembered_.restore(chunk); }
  void restore_marks(const Marks& marks);
  void finish_restore();

  void apply(Sequence sequence, const Event& event);

  Slot* find(JobSeq job) const { return jobs_.find(job); }
  Slot* find(std::string_view id) const;  // named ids, and j-<n>
  QueueState* find_queue(std::string_view name) const;
  const Lane* find_lane(const LaneName& name) const;
  Holder* find_holder(const WorkerIdentity& identity) const;  // null: holds nothing
  const RememberedId* find_remembered(std::string_view id) const { return remembered_.find(id); }

  const Marks& marks() const { return marks_; }
  const JobTable& jobs() const { return jobs_; }
  const JobList& finished() const {
    return finished_;
  }  // completed and cancelled, oldest end first
  const JobList& dead() const { return dead_; }
  const Queues& queues() const { return queues_; }
  const QueueRecord& all_queues() const { return all_queues_; }  // their counters, added up
  const Holders& holders() const { return holders_; }
  uint64_t text_bytes() const { return text_bytes_; }

  size_t dirty_jobs() const { return dirty_.size() + removals_.size(); }
  CheckpointImage capture();
  void merge_back(CheckpointImage image);

  uint64_t hash() const;

 private:
  void on(const JobSubmitted& event);
  void on(const JobReady& event);
  void on(const JobLeased& event);
  void on(const LeaseExtended& event);
  void on(const JobCompleted& event);
  void on(const AttemptEnded& event);
  void on(const EvidenceAdded& event);
  void on(const CancelRequested& event);
  void on(const JobCancelled& event);
  void on(const JobDied& event);
  void on(const JobRequeued& event);
  void on(const JobsRemoved& event);
  void on(const QueuePaused& event);
  void on(const TokensReserved& event);

  Slot& slot_of(JobSeq job);  // must exist; becomes dirty
  void mark_dirty(Slot& slot);
  void mark_clean(Slot& slot);
  void move_to(Slot& slot, JobState state);  // through the indexes and counters
  void enter(Slot& slot);
  void leave(Slot& slot);
  void drop_idle_holders();
  void undo_charge(Slot& slot);
  void add_evidence(Slot& slot, const AttemptEnded& event);
  void remove(Slot& slot, WallTime at);
  QueueState& queue_named(std::string_view name);
  Lane& lane_named(std::string_view queue, std::string_view job_type, bool timed);
  void drop_lane(Lane& lane);
  void note_ready_change(Lane& lane) { lane.queue->open[lane.name->timed ? 1 : 0].update(lane); }
  Holder& holder_named(std::string_view id, std::string_view instance);
  std::shared_ptr<const JobOptions> shared(const JobOptions& options) const;
  void count(Slot& slot, uint64_t Totals::* total) {
    ++(slot.lane->queue->record.totals.*total);
    ++(all_queues_.totals.*total);
  }
  void note_order(OrderSeq order) {
    if (order >= marks_.next_order) marks_.next_order = order.next();
  }

  struct IdHash {
    using is_avalanching = void;
    size_t operator()(std::string_view id) const { return static_cast<size_t>(hash64(id)); }
  };

  const std::shared_ptr<const JobOptions> default_options_ = std::make_shared<const JobOptions>();
  Marks marks_;
  JobTable jobs_;
  boost::unordered_flat_map<std::string_view, Slot*, IdHash> by_id_;  // named by clients
  Queues queues_;
  QueueRecord all_queues_;
  Holders holders_;  // those that hold something, and some that recently did
  size_t busy_holders_ = 0;
  Lane* last_lane_ = nullptr;  // the newest finds, for jobs that come many alike
  Holder* last_holder_ = nullptr;
  JobList finished_;
  JobList dead_;
  RememberedIds remembered_;
  uint64_t text_bytes_ = 0;

  std::vector<Slot*> restored_;  // until finish_restore()
  std::vector<Slot*> dirty_;
  std::vector<CheckpointRemoval> removals_;
  uint64_t remembered_stored_ = 0;  // ids below this number are in the store
};

// n of "j-<n>", the server's own form of an id; none for any other.
JobSeq server_named(std::string_view id);

}  // namespace muster::engine
