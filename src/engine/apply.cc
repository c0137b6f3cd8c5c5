// What each event does to durable state. Nothing here decides: whatever an event needs to be
// applied, live or from the journal years later, it carries. CHECKs state what handle() must have
// made sure of.
#include <algorithm>
#include <utility>
#include <variant>

#include "base/mutant.h"
#include "engine/state.h"

namespace muster::engine {

void DurableState::apply(Sequence sequence, const Event& event) {
  CHECK(sequence == marks_.applied.next(), "event {} follows event {}", sequence.value(),
        marks_.applied.value());
  std::visit([this](const auto& kind) { on(kind); }, event);
  marks_.applied = sequence;
}

Slot& DurableState::slot_of(JobSeq job) {
  Slot* slot = jobs_.find(job);
  CHECK(slot != nullptr, "an event names job {}, which does not exist", job.value());
  mark_dirty(*slot);
  return *slot;
}

void DurableState::move_to(Slot& slot, JobState state) {
  leave(slot);
  slot.job.state = state;
  enter(slot);
}

void DurableState::on(const JobSubmitted& event) {
  const JobSpec& spec = event.spec;
  const bool timed = spec.duration.has_value();
  if (last_lane_ == nullptr || last_lane_->name->queue != spec.queue ||
      last_lane_->name->job_type != spec.job_type || last_lane_->name->timed != timed) {
    last_lane_ = &lane_named(spec.queue, spec.job_type, timed);
  }
  JobRecord job;
  job.seq = event.job;
  job.order = event.order;
  job.text = SharedBytes({spec.id, spec.body});
  job.id_size = static_cast<uint8_t>(spec.id.size());
  job.named = event.named;
  job.state = event.order ? JobState::kReady : JobState::kScheduled;
  if (!event.order) {
    job.schedule_reason = spec.run_at ? ScheduleReason::kRunAt : ScheduleReason::kDelay;
  }
  job.priority = spec.priority;
  job.fingerprint = spec.fingerprint;
  job.duration = spec.duration.value_or(Duration());
  job.submitted_at = event.at;
  job.due_at = event.due_at;
  job.lane = last_lane_->name;
  job.options = shared(spec.options);
  Slot& slot = jobs_.add(std::move(job));
  slot.lane = last_lane_;
  ++slot.lane->jobs;
  mark_dirty(slot);
  text_bytes_ += slot.job.text.size();
  if (slot.job.named) {
    const bool fresh = by_id_.emplace(slot.job.id(), &slot).second;
    CHECK(fresh, "job {} takes an id that is taken", event.job.value());
  }
  enter(slot);
  count(slot, &Totals::submitted);
  if (event.job >= marks_.next_job) marks_.next_job = event.job.next();
  note_order(event.order);
}

void DurableState::on(const JobReady& event) {
  Slot& slot = slot_of(event.job);
  CHECK(slot.job.state == JobState::kScheduled, "job {} becomes ready from {}", event.job.value(),
        name(slot.job.state));
  leave(slot);
  slot.job.state = JobState::kReady;
  slot.job.schedule_reason = ScheduleReason::kNone;
  slot.job.due_at = WallTime();
  slot.job.order = event.order;
  enter(slot);
  note_order(event.order);
}

void DurableState::on(const JobLeased& event) {
  Slot& slot = slot_of(event.job);
  CHECK(slot.job.state == JobState::kReady && event.token > slot.job.token,
        "job {} leased from {} with token {} after {}", event.job.value(), name(slot.job.state),
        event.token.value(), slot.job.token.value());
  leave(slot);
  JobRecord& job = slot.job;
  job.state = JobState::kRunning;
  job.token = event.token;
  job.tokenless = event.tokenless;
  job.lease_by_session = !event.instance.empty();
  job.lease = event.lease;
  job.started_at = event.at;
  job.worker = holder_named(event.worker_id, event.instance).identity;
  ++job.attempts;
  enter(slot);
  count(slot, &Totals::leased);
}

void DurableState::on(const LeaseExtended& event) { slot_of(event.job).job.lease = event.lease; }

void DurableState::on(const JobCompleted& event) {
  Slot& slot = slot_of(event.job);
  CHECK(slot.job.token == event.token, "job {} completed under token {}, its newest is {}",
        event.job.value(), event.token.value(), slot.job.token.value());
  const bool late = slot.job.state != JobState::kRunning;
  leave(slot);
  JobRecord& job = slot.job;
  if (late) undo_charge(slot);
  job.state = JobState::kCompleted;
  job.schedule_reason = ScheduleReason::kNone;
  job.death_reason = DeathReason::kNone;
  job.cancel_requested = false;
  job.due_at = WallTime();
  job.ended_at = event.at;
  if (!event.result.empty() || job.history != nullptr) {
    JobHistory history = job.history != nullptr ? *job.history : JobHistory{};
    history.result = event.result;
    job.history = std::make_shared<const JobHistory>(std::move(history));
  }
  enter(slot);
  count(slot, &Totals::completed);
}

// The newest attempt had been taken back for being late, and completed after all: its evidence goes
// and its charge with it. The record itself says who did it and when it began.
void DurableState::undo_charge(Slot& slot) {
  JobRecord& job = slot.job;
  CHECK(job.history != nullptr && !job.history->attempts.empty(), "job {} has no evidence",
        job.seq.value());
  JobHistory history = *job.history;
  const Attempt attempt = std::move(history.attempts.back());
  history.attempts.pop_back();
  CHECK(attempt.token == job.token, "job {}: evidence of token {}, newest {}", job.seq.value(),
        attempt.token.value(), job.token.value());
  if (attempt.charged && !MUSTER_MUTANT(late_completion_keeps_the_charge)) {
    uint32_t& budget = attempt.outcome == Outcome::kTimedOut ? job.failures : job.losses;
    if (budget > 0) --budget;  // a requeue may have begun it anew
  }
  job.started_at = attempt.started_at;
  job.worker = std::make_shared<const WorkerIdentity>(WorkerIdentity{attempt.worker, ""});
  job.history = std::make_shared<const JobHistory>(std::move(history));
}

void DurableState::on(const AttemptEnded& event) {
  Slot& slot = slot_of(event.job);
  CHECK(slot.job.state == JobState::kRunning && slot.job.token == event.token,
        "job {}: attempt {} ended while {} under {}", event.job.value(), event.token.value(),
        name(slot.job.state), slot.job.token.value());
  add_evidence(slot, event);
  leave(slot);
  JobRecord& job = slot.job;
  job.worker = nullptr;
  switch (event.outcome) {
    case Outcome::kFailed:
    case Outcome::kTimedOut:
      count(slot, &Totals::failed);
      if (event.charged) ++job.failures;
      break;
    case Outcome::kLost:
    case Outcome::kLeaseExpired:
      count(slot, &Totals::lost);
      if (event.charged) job.losses += MUSTER_MUTANT(loss_counted_twice) ? 2 : 1;
      break;
    case Outcome::kReleased:
    case Outcome::kUndelivered:
      count(slot, &Totals::released);
      break;
    case Outcome::kCompleted:
    case Outcome::kCancelled:
    case Outcome::kDeadline:
      break;
  }
  switch (event.after) {
    case After::kReady:
      job.state = JobState::kReady;
      if (MUSTER_MUTANT(return_to_the_end)) {
        job.order = marks_.next_order;
        note_order(job.order);
      }
      break;
    case After::kScheduled:
      job.state = JobState::kScheduled;
      job.schedule_reason = event.reason;
      job.due_at = event.due_at;
      if (!event.keep_order) job.order = OrderSeq();
      break;
    case After::kDead:
      job.state = JobState::kDead;
      job.death_reason = event.death;
      job.ended_at = event.at;
      count(slot, &Totals::died);
      break;
    case After::kCancelled:
      job.state = JobState::kCancelled;
      job.ended_at = event.at;
      count(slot, &Totals::cancelled);
      break;
  }
  enter(slot);
}

void DurableState::add_evidence(Slot& slot, const AttemptEnded& event) {
  JobRecord& job = slot.job;
  JobHistory history = job.history != nullptr ? *job.history : JobHistory{};
  Attempt attempt;
  attempt.number = job.attempts;
  attempt.token = event.token;
  attempt.worker = job.worker->id;
  attempt.started_at = job.started_at;
  attempt.ended_at = event.at;
  attempt.outcome = event.outcome;
  attempt.charged = event.charged;
  if (event.error) attempt.error = *event.error;
  history.attempts.push_back(std::move(attempt));
  if (history.attempts.size() > limits::kEvidenceHead + limits::kEvidenceTail) {
    history.attempts.erase(history.attempts.begin() +
                           static_cast<std::ptrdiff_t>(limits::kEvidenceHead));
  }
  if (!event.result.empty()) history.result = event.result;
  job.history = std::make_shared<const JobHistory>(std::move(history));
}

void DurableState::on(const EvidenceAdded& event) {
  JobRecord& job = slot_of(event.job).job;
  CHECK(job.history != nullptr && !job.history->attempts.empty() &&
            job.history->attempts.back().token == event.token,
        "job {} has no evidence of token {}", event.job.value(), event.token.value());
  if (MUSTER_MUTANT(late_failure_charged_again)) ++job.failures;
  JobHistory history = *job.history;
  history.attempts.back().error = event.error;
  job.history = std::make_shared<const JobHistory>(std::move(history));
}

void DurableState::on(const CancelRequested& event) {
  slot_of(event.job).job.cancel_requested = true;
}

void DurableState::on(const JobCancelled& event) {
  Slot& slot = slot_of(event.job);
  slot.job.schedule_reason = ScheduleReason::kNone;
  slot.job.due_at = WallTime();
  slot.job.ended_at = event.at;
  move_to(slot, JobState::kCancelled);
  count(slot, &Totals::cancelled);
}

void DurableState::on(const JobDied& event) {
  Slot& slot = slot_of(event.job);
  slot.job.schedule_reason = ScheduleReason::kNone;
  slot.job.due_at = WallTime();
  slot.job.death_reason = event.death;
  slot.job.ended_at = event.at;
  move_to(slot, JobState::kDead);
  count(slot, &Totals::died);
}

void DurableState::on(const JobRequeued& event) {
  Slot& slot = slot_of(event.job);
  CHECK(slot.job.state != JobState::kRunning && slot.job.state != JobState::kReady,
        "job {} requeued while {}", event.job.value(), name(slot.job.state));
  leave(slot);
  JobRecord& job = slot.job;
  job.state = JobState::kReady;
  job.schedule_reason = ScheduleReason::kNone;
  job.death_reason = DeathReason::kNone;
  job.cancel_requested = false;
  if (!MUSTER_MUTANT(requeue_keeps_failures)) job.failures = 0;
  job.losses = 0;
  job.due_at = WallTime();
  job.ended_at = WallTime();
  job.order = event.order;
  enter(slot);
  note_order(event.order);
}

void DurableState::on(const JobsRemoved& event) {
  for (JobSeq job : event.jobs) {
    Slot* slot = jobs_.find(job);
    CHECK(slot != nullptr && slot->job.state != JobState::kRunning, "job {} cannot be removed",
          job.value());
    remove(*slot, event.at);
  }
}

void DurableState::remove(Slot& slot, WallTime at) {
  leave(slot);
  count(slot, &Totals::removed);
  mark_clean(slot);
  if (slot.stored.kind != StoredPosition::Kind::kNone) {
    removals_.push_back({slot.job.seq, slot.job.lane, slot.stored});
  }
  if (slot.job.named) {
    by_id_.erase(slot.job.id());
    const bool forgotten =
        MUSTER_MUTANT(only_completed_ids_remembered) && slot.job.state != JobState::kCompleted;
    if (!forgotten) remembered_.add(slot.job.id(), slot.job.fingerprint, at);
  }
  text_bytes_ -= slot.job.text.size();
  Lane& lane = *slot.lane;
  jobs_.remove(slot);
  if (--lane.jobs == 0) drop_lane(lane);
}

void DurableState::on(const QueuePaused& event) {
  QueueState& queue = queue_named(event.queue);
  queue.record.paused = event.paused;
  queue.dirty = true;
}

void DurableState::on(const TokensReserved& event) {
  CHECK(event.end > marks_.tokens_end, "tokens reserved up to {} after {}", event.end.value(),
        marks_.tokens_end.value());
  marks_.tokens_end = event.end;
}

}  // namespace muster::engine
