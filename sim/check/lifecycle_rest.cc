// The rest of Lifecycle: what people ask for, what time does, and the end of the world.
#include <algorithm>

#include "model/limits.h"
#include "sim/check/lifecycle.h"
#include "sim/check/removal_rules.h"

namespace muster::sim {
namespace {

constexpr uint8_t bit(JobState state) { return uint8_t(1U << static_cast<int>(state)); }
constexpr uint8_t kWaiting = bit(JobState::kScheduled) | bit(JobState::kReady);
constexpr uint8_t kRequeueable =
    bit(JobState::kDead) | bit(JobState::kCancelled) | bit(JobState::kScheduled);

}  // namespace

void Lifecycle::on(const CancelRequested& fact, const When& when) {
  Job* job = find_in(bit(JobState::kRunning), fact.job, "is asked to stop", when);
  if (job == nullptr) return;
  if (!ledger_.entry(*job).cancel_asked) {
    ledger_.violations.add("asked", "{}: nobody asked to cancel it", ledger_.describe(*job, when));
  }
  job->cancel_requested = true;
  ledger_.entry(*job).cancel_marked = true;
}

void Lifecycle::on(const JobCancelled& fact, const When& when) {
  Job* job = find_in(kWaiting, fact.job, "is cancelled while it waits", when);
  if (job == nullptr) return;
  if (!ledger_.entry(*job).cancel_asked) {
    ledger_.violations.add("asked", "{}: nobody asked to cancel it", ledger_.describe(*job, when));
  }
  if (job->attempted == Attempted::kTakenBack) job->attempted = Attempted::kCancelled;
  enter(*job, JobState::kCancelled, when);
}

void Lifecycle::on(const JobDied& fact, const When& when) {
  Job* job = find_in(kWaiting, fact.job, "dies while it waits", when);
  if (job == nullptr) return;
  const std::optional<WallTime>& deadline = options_of(*job).deadline;
  if (fact.death != DeathReason::kDeadline) {
    ledger_.violations.add("budget", "{}: dies of {} without an attempt",
                           ledger_.describe(*job, when), name(fact.death));
  } else if (!deadline || when.at.now.wall < *deadline) {
    ledger_.violations.add("early", "{}: dies at {}, its deadline is {}",
                           ledger_.describe(*job, when), when.at.now.wall.ms(),
                           deadline ? deadline->ms() : -1);
  }
  enter(*job, JobState::kDead, when);
}

void Lifecycle::on(const JobRequeued& fact, const When& when) {
  Job* job = find_in(kRequeueable, fact.job, "is made ready again", when);
  if (job == nullptr) return;
  IdEntry& entry = ledger_.entry(*job);
  if (!entry.retry_asked) {
    ledger_.violations.add("asked", "{}: nobody asked to retry it", ledger_.describe(*job, when));
  }
  const std::optional<WallTime>& deadline = options_of(*job).deadline;
  if (deadline && when.at.now.wall >= *deadline) {
    ledger_.violations.add("transition", "{}: is made ready again, past its deadline {}",
                           ledger_.describe(*job, when), deadline->ms());
  }
  entry.requeued = true;
  new_order(*job, fact.order, when);
  job->order = fact.order;
  job->failures = job->losses = 0;
  job->cancel_requested = false;
  enter(*job, JobState::kReady, when);
}

void Lifecycle::on(const Removal& fact, const When& when) {
  for (JobSeq seq : fact.jobs) {
    Job* job = find(seq, "is removed", when);
    if (job == nullptr) continue;
    judge_removal(ledger_, *job, when);
    --ledger_.counts[static_cast<size_t>(job->state)];
    ledger_.submissions.removed(job->entry, when);
    ledger_.jobs.remove(*job);
  }
}

void Lifecycle::on(const Pause& fact, const When& when) {
  Ledger::Queue& queue = ledger_.queue(fact.queue);
  if (ledger_.told_of_queues && !(fact.paused ? queue.pause_asked : queue.resume_asked)) {
    ledger_.violations.add("asked", "event {}: queue {} was {}, which nobody asked for",
                           when.sequence.value(), ledger_.names.queue(fact.queue),
                           fact.paused ? "paused" : "resumed");
  }
  queue.paused = fact.paused;
  (fact.paused ? queue.was_paused : queue.was_resumed) = true;
}

void Lifecycle::on(const TokensReserved& fact, const When&) { ledger_.tokens.reserved(fact.end); }

void Lifecycle::server_started(const Moment& at) {
  const Mark now = Mark::of(at);
  ledger_.jobs.each([&](Job& job) {
    if (job.state == JobState::kScheduled) {
      job.due_from = now;
      job.due_after = std::clamp(job.due_wall - at.now.wall, Duration(), job.pause);
    }
    // What is left of its keeping goes by the wall clock over the restart, as delays do.
    if (is_terminal(job.state)) {
      const Duration age = at.now.wall - job.ended_wall;
      if (age > most_elapsed(job.ended, at)) job.ended = {at.listened - age, at.pauses};
    }
    if (job.state != JobState::kRunning) return;
    job.renewed = now;
    if (const std::optional<Duration>& timeout = options_of(job).timeout) {
      const Duration whole = *timeout + limits::kTimeoutGrace;
      job.due_from = now;
      job.due_after = std::max(Duration(), whole - (at.now.wall - job.leased_wall));
    }
  });
}

// A paused queue holds its jobs back, and what is not due yet has time. (The engine's clock may lag
// behind what is possible by one turn for each pause, which is not counted here: pauses have
// stopped.)
bool Lifecycle::nothing_moves(const Job& job, const Moment& at) {
  if (job.state == JobState::kRunning) return false;
  // One turn behind its deadline it is dead, wherever it waits.
  const std::optional<WallTime>& deadline = options_of(job).deadline;
  if (deadline && at.now.wall >= *deadline + limits::kSteadyPerTurn) return false;
  if (ledger_.queue(ledger_.names.lane(job.lane).queue).paused) return true;
  if (job.state != JobState::kScheduled) return false;
  if (job.reason == ScheduleReason::kRunAt) return at.now.wall < job.due_wall;
  return at.listened - job.due_from.listened < job.due_after;
}

void Lifecycle::must_be_over(const Moment& at) {
  ledger_.jobs.each([&](Job& job) {
    if (is_terminal(job.state) || nothing_moves(job, at)) return;
    ledger_.violations.add("over", "job {} ({}) is still {} at {} ms, attempt {}, token {}, {}",
                           ledger_.id(job), job.seq.value(), name(job.state), at.now.steady.ms(),
                           job.attempts, job.token.value(), ledger_.names.describe_lane(job.lane));
  });
  const uint64_t finished = ledger_.counts[static_cast<size_t>(JobState::kCompleted)] +
                            ledger_.counts[static_cast<size_t>(JobState::kCancelled)];
  if (finished > ledger_.retention.finished + limits::kRetireMost) {
    ledger_.violations.add("over", "{} finished jobs are kept, not {} and at most a batch more",
                           finished, ledger_.retention.finished);
  }
}

}  // namespace muster::sim
