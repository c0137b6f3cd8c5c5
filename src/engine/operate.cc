// Operating: cancel, retry, delete, pause, and waiting for a job's end.
#include <string>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {
namespace {

ItemResult refused(std::string_view job_id, const Slot& slot, std::string_view remedy) {
  ItemResult result;
  result.job_id = job_id;
  result.error =
      Error{ErrorCode::kConflict,
            "the job is " + std::string(name(slot.job.state)) + "; " + std::string(remedy),
            {}};
  return result;
}

}  // namespace

void Engine::Impl::on(const ActOnJobs& command) {
  if (command.batch) {
    std::vector<ItemResult> results;
    results.reserve(command.job_ids.size());
    for (std::string_view job_id : command.job_ids) results.push_back(act(command.action, job_id));
    return answer(DoneBatch{results});
  }
  ItemResult result = act(command.action, command.job_ids.front());
  if (result.error) return refuse(std::move(*result.error), result.job_id);
  Done done;
  done.item = std::move(result);
  answer(done);
}

ItemResult Engine::Impl::act(JobAction action, std::string_view job_id) {
  Slot* slot = state_.find(job_id);
  if (slot == nullptr) {
    ItemResult result;
    result.job_id = job_id;
    result.error = Error{ErrorCode::kNotFound, "job_id: no such job (any more)", {}};
    return result;
  }
  switch (action) {
    case JobAction::kCancel:
      return cancel(*slot, job_id);
    case JobAction::kRetry:
      return retry(*slot, job_id);
    case JobAction::kDelete:
      break;
  }
  return remove(*slot, job_id);
}

ItemResult Engine::Impl::cancel(Slot& slot, std::string_view job_id) {
  ItemResult result;
  result.job_id = job_id;
  switch (slot.job.state) {
    case JobState::kScheduled:
    case JobState::kReady:
      emit(slot, JobCancelled{slot.job.seq, wall_});
      break;
    case JobState::kRunning:
      result.duplicate = slot.job.cancel_requested;
      if (result.duplicate) break;
      if (MUSTER_MUTANT(cancel_frees_the_slot)) {
        emit(slot, JobCancelled{slot.job.seq, wall_});
        break;
      }
      emit(slot, CancelRequested{slot.job.seq});
      volatile_.cancelling.insert(slot.job.seq);
      tell_cancel(slot);
      break;
    case JobState::kCancelled:
      result.duplicate = true;
      break;
    case JobState::kCompleted:
    case JobState::kDead:
      return refused(job_id, slot, "it has ended and cannot be cancelled");
  }
  result.state = name(slot.job.state);
  return result;
}

ItemResult Engine::Impl::retry(Slot& slot, std::string_view job_id) {
  ItemResult result;
  result.job_id = job_id;
  switch (slot.job.state) {
    case JobState::kScheduled:
    case JobState::kDead:
    case JobState::kCancelled:
      if (too_late(slot)) return refused(job_id, slot, "its deadline has passed; submit a new one");
      emit(slot, JobRequeued{slot.job.seq, state_.marks().next_order, wall_});
      break;
    case JobState::kReady:
    case JobState::kRunning:
      result.duplicate = true;
      break;
    case JobState::kCompleted:
      if (MUSTER_MUTANT(completed_runs_again)) {
        emit(slot, JobRequeued{slot.job.seq, state_.marks().next_order, wall_});
        break;
      }
      return refused(job_id, slot, "a completed job never runs again; submit a new one");
  }
  result.state = name(slot.job.state);
  return result;
}

ItemResult Engine::Impl::remove(Slot& slot, std::string_view job_id) {
  if (slot.job.state == JobState::kRunning) {
    return refused(job_id, slot, "cancel it first, and delete it when it has ended");
  }
  // Who waits for its end learns what it was.
  const JobSeq job = slot.job.seq;
  end_job_waits(job);
  remove_jobs({&job, 1});
  ItemResult result;
  result.job_id = job_id;
  return result;
}

void Engine::Impl::on(const PauseQueue& command) {
  const QueueState* queue = state_.find_queue(command.queue);
  if ((queue != nullptr && queue->record.paused) != command.paused) {
    if (auto error = refusal_of_queue(command.queue, 0)) return refuse(std::move(*error));
    emit(QueuePaused{command.queue, command.paused});
  }
  if (!command.paused && queue != nullptr && volatile_.waiters_by_lane.any_in(command.queue) &&
      !MUSTER_MUTANT(resume_wakes_nobody)) {
    for (const LaneHeap& open : queue->open) {
      for (const Lane* lane : open.lanes()) wake(*lane);
    }
  }
  answer(Ok{});
}

void Engine::Impl::on(const WaitJob& command) {
  const Slot* slot = state_.find(command.job_id);
  if (slot == nullptr) {
    return refuse({ErrorCode::kNotFound, "job_id: no such job (any more)", {}}, command.job_id);
  }
  if (is_terminal(slot->job.state) || command.timeout <= Duration()) return answer(view_of(*slot));
  const uint64_t ticket = volatile_.next_ticket++;
  const JobWait wait{from_, slot->job.seq, steady_ + command.timeout};
  volatile_.job_waits.emplace(ticket, wait);
  volatile_.job_waits_by_job.emplace(wait.job, ticket);
  volatile_.wait_timers.emplace(wait.deadline, ticket);
  volatile_.connections[from_.connection].tickets.insert(ticket);
}

void Engine::Impl::end_job_waits(JobSeq job) {
  while (true) {
    const auto wait = volatile_.job_waits_by_job.lower_bound({job, 0});
    if (wait == volatile_.job_waits_by_job.end() || wait->first != job) return;
    end_job_wait(wait->second, true);
  }
}

// Answered: with the job as it is.
void Engine::Impl::end_job_wait(uint64_t ticket, bool answered) {
  const auto wait = volatile_.job_waits.find(ticket);
  CHECK(wait != volatile_.job_waits.end(), "no job wait {}", ticket);
  if (answered) output_->answer(wait->second.to, view_of(*state_.find(wait->second.job)));
  volatile_.job_waits_by_job.erase({wait->second.job, ticket});
  volatile_.wait_timers.erase({wait->second.deadline, ticket});
  volatile_.connections.at(wait->second.to.connection).tickets.erase(ticket);
  volatile_.job_waits.erase(wait);
}

}  // namespace muster::engine
