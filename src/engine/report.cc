// Reporting: what the engine shows of itself. Reads only.
#include <algorithm>
#include <string>

#include "engine/impl.h"

namespace muster::engine {
namespace {

// What a job's full record takes on the wire, at most.
size_t size_of(const JobRecord& job) {
  constexpr size_t kFields = 2048;
  size_t bytes = kFields + job.text.size();
  if (job.history == nullptr) return bytes;
  bytes += job.history->result.size();
  for (const Attempt& attempt : job.history->attempts) {
    bytes += kFields + attempt.error.message.size() + attempt.error.trace.size();
  }
  return bytes;
}

}  // namespace

JobView Engine::Impl::view_of(const Slot& slot) const {
  JobView view;
  view.job = &slot.job;
  const auto progress = volatile_.progress.find(slot.job.seq);
  if (progress != volatile_.progress.end()) {
    view.percent = progress->second.percent;
    view.note = progress->second.note;
  }
  return view;
}

void Engine::Impl::on(const GetJob& command) {
  const Slot* slot = state_.find(command.job_id);
  if (slot == nullptr) {
    return refuse({ErrorCode::kNotFound, "job_id: no such job (any more)", {}}, command.job_id);
  }
  answer(view_of(*slot));
}

// A page in order of acceptance. It ends early, with a cursor, when it has looked at many jobs that
// do not match or the answer has grown long enough.
void Engine::Impl::on(const ListJobs& command) {
  constexpr size_t kLookedAt = 20'000;
  std::vector<JobView> page;
  size_t looked_at = 0;
  size_t bytes = 0;
  JobSeq seen = command.after;  // everything up to here is in the page, or does not match
  for (const Slot* slot = state_.jobs().next(seen); slot != nullptr;
       slot = state_.jobs().next(seen)) {
    const JobRecord& job = slot->job;
    const bool wanted = (!command.queue || job.lane->queue == *command.queue) &&
                        (!command.state || job.state == *command.state);
    if (wanted) {
      bytes += size_of(job);
      if (!page.empty() && bytes > std::min(config_.answer_bytes, command.bytes)) break;
      page.push_back(view_of(*slot));
    }
    seen = job.seq;
    if (page.size() == command.limit || ++looked_at == kLookedAt) break;
  }
  answer(JobPage{page, state_.jobs().next(seen) != nullptr ? seen : JobSeq()});
}

void Engine::Impl::on(const GetStats&) {
  StatsView stats;
  stats.jobs = state_.all_queues().jobs;
  stats.totals = state_.all_queues().totals;
  stats.queues = state_.queues().size();
  stats.workers = static_cast<uint64_t>(
      std::count_if(volatile_.sessions.begin(), volatile_.sessions.end(),
                    [](const auto& session) { return session.second.registered; }));
  stats.waiters = volatile_.waiters.size();
  stats.applied = state_.marks().applied;
  answer(stats);
}

void Engine::Impl::on(const ListQueues&) {
  std::vector<QueueView> queues;
  for (const auto& [name, queue] : state_.queues()) {
    QueueView view;
    view.queue = &queue->record;
    for (const LaneHeap& open : queue->open) {
      for (const Lane* lane : open.lanes()) {
        const Slot* oldest = lane->ready.oldest();
        const Duration age = std::max(Duration(), wall_ - oldest->job.submitted_at);
        view.oldest_ready = std::max(view.oldest_ready.value_or(Duration()), age);
      }
    }
    queues.push_back(view);
  }
  answer(QueueList{queues});
}

void Engine::Impl::on(const ListWorkers&) {
  std::vector<WorkerView> workers;
  for (const auto& [id, session] : volatile_.sessions) {
    WorkerView view;
    view.id = id;
    view.instance = session.identity->instance;
    view.host = session.host;
    view.pid = session.pid;
    view.version = session.version;
    view.labels = session.labels;
    view.queues = session.selection.queues();
    view.job_types = session.selection.job_types();
    view.concurrency = session.concurrency;
    const Holder* holder = state_.find_holder(*session.identity);
    view.running = holder == nullptr ? 0 : static_cast<uint32_t>(holder->jobs.size());
    view.connections = static_cast<uint32_t>(session.connections.size());
    view.since_heartbeat = steady_ - session.heard;
    view.state = session.registered ? "running" : "lost_contact";
    workers.push_back(view);
  }
  answer(WorkerList{workers});
}

}  // namespace muster::engine
