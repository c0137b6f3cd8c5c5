// Time: what happens when nobody asks. The engine's steady time advances by at most kSteadyPerTurn
// a turn, so that time in which the server did not listen ages nothing.
#include <algorithm>
#include <utility>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {
namespace {

constexpr Duration kClockTick = Duration::milliseconds(1);
constexpr size_t kFiredPerTick = 1024;  // the rest fires with the next tick, at once

// How long a scheduled job was told to wait, whatever the wall clock says since: after a restart
// no more than this is left, also when the clock was ten years ahead when the wait began.
Duration pause_of(const JobRecord& job) {
  WallTime began = job.submitted_at;
  if (job.schedule_reason != ScheduleReason::kDelay) {
    if (job.history == nullptr || job.history->attempts.empty()) return Duration::max();
    began = job.history->attempts.back().ended_at;
  }
  return std::max(Duration(), job.due_at - began);
}

}  // namespace

// Live leases get a full term from now, delays continue with what is left by the wall clock.
// Workers that hold leases are waited for; until they register again their sessions exist in name
// only.
void Engine::Impl::start(Now now) {
  outside_steady_ = now.steady;
  wall_ = now.wall;
  volatile_.next_token = state_.marks().tokens_end;
  for (const auto& [identity, holder] : state_.holders()) {
    if (identity.instance.empty() || holder->jobs.empty()) continue;
    Session& session = volatile_.sessions[identity.id];
    session.identity = holder->identity;
    session.ttl = holder->jobs.front()->job.lease;
    session.concurrency = UINT32_MAX;  // which of its jobs had begun is not known: all are charged
    if (!MUSTER_MUTANT(gone_over_restart_unnoticed)) heard_from(session);
  }
  state_.jobs().for_each([this](Slot& slot) {
    slot.started = slot.renewed = steady_;
    const Duration used = wall_ - slot.job.started_at;
    if (MUSTER_MUTANT(no_full_term_at_restart)) slot.renewed = steady_ - used;
    if (is_terminal(slot.job.state)) {
      slot.ended = steady_ - std::max(Duration(), wall_ - slot.job.ended_at);
    }
    if (slot.job.state == JobState::kRunning && slot.job.cancel_requested &&
        !MUSTER_MUTANT(cancel_untold_after_restart)) {
      volatile_.cancelling.insert(slot.job.seq);
    }
    arm(slot);
  });
}

void Engine::Impl::advance(Now now) {
  const Duration passed = now.steady - outside_steady_;
  const Duration most = MUSTER_MUTANT(pause_ages_leases) ? passed : limits::kSteadyPerTurn;
  if (passed > Duration()) steady_ = steady_ + std::min(passed, most);
  if (MUSTER_MUTANT(wall_jump_ages_leases)) steady_ = steady_ + (now.wall - wall_ - passed);
  outside_steady_ = std::max(outside_steady_, now.steady);
  wall_ = now.wall;
}

// Called when the job's state, or its lease, has just changed.
void Engine::Impl::arm(Slot& slot) {
  const JobRecord& job = slot.job;
  Instant steady = Instant::max();
  WallTime wall = WallTime::max();
  if (job.state == JobState::kScheduled) {
    if (job.schedule_reason == ScheduleReason::kRunAt || MUSTER_MUTANT(delay_by_wall_clock)) {
      wall = job.due_at;
    } else {
      const Duration left = std::clamp(job.due_at - wall_, Duration(), pause_of(job));
      // Its wait began up to a tick of the clock after steady_ says: never early.
      steady = left > Duration() ? steady_ + left + kClockTick : steady_;
      if (MUSTER_MUTANT(due_early)) steady = steady_ + (job.due_at - wall_) / 2;
    }
  } else if (job.state == JobState::kRunning) {
    if (!job.lease_by_session) steady = slot.renewed + job.lease;
    if (job.options->timeout) {
      steady = std::min(steady, slot.started + *job.options->timeout + limits::kTimeoutGrace);
    }
  } else if (is_terminal(job.state) && job.options->result_ttl) {
    const Instant since = MUSTER_MUTANT(result_ttl_from_start) ? slot.started : slot.ended;
    steady = since + *job.options->result_ttl;
  }
  if (!is_terminal(job.state) && job.options->deadline)
    wall = std::min(wall, *job.options->deadline);
  set_timers(slot, steady, wall);
}

void Engine::Impl::set_timers(Slot& slot, Instant steady, WallTime wall) {
  if (steady != slot.steady_timer) {
    if (slot.steady_timer != Instant::max()) {
      volatile_.job_timers.erase({slot.steady_timer, slot.job.seq});
    }
    if (steady != Instant::max()) volatile_.job_timers.emplace(steady, slot.job.seq);
    slot.steady_timer = steady;
  }
  if (wall != slot.wall_timer) {
    if (slot.wall_timer != WallTime::max()) {
      volatile_.wall_timers.erase({slot.wall_timer, slot.job.seq});
    }
    if (wall != WallTime::max()) volatile_.wall_timers.emplace(wall, slot.job.seq);
    slot.wall_timer = wall;
  }
}

void Engine::Impl::on(const Tick&) {
  size_t left = kFiredPerTick;
  while (!volatile_.job_timers.empty() && volatile_.job_timers.begin()->first <= steady_ &&
         left > 0) {
    fire_job_timer(*state_.find(volatile_.job_timers.begin()->second));
    --left;
  }
  while (!volatile_.wall_timers.empty() && volatile_.wall_timers.begin()->first <= wall_ &&
         left > 0) {
    fire_wall_timer(*state_.find(volatile_.wall_timers.begin()->second));
    --left;
  }
  while (!volatile_.session_timers.empty() && volatile_.session_timers.begin()->first <= steady_ &&
         left > 0) {
    Session& session = volatile_.sessions.find(volatile_.session_timers.begin()->second)->second;
    if (deadline_of(session) > steady_) {
      set_deadline(session);
      continue;
    }
    const Holder* holder = state_.find_holder(*session.identity);
    left -= std::min(left, 1 + (holder == nullptr ? 0 : holder->jobs.size()));
    drop_session(
        session,
        {ErrorCode::kSessionUnknown, "the worker was silent for too long; register it again", {}});
  }
  fire_waits();
}

OrderSeq Engine::Impl::order_when_due(const Slot& slot) const {
  return slot.job.order ? slot.job.order : state_.marks().next_order;
}

void Engine::Impl::fire_job_timer(Slot& slot) {
  const JobRecord& job = slot.job;
  if (job.state == JobState::kScheduled) {
    emit(slot, JobReady{job.seq, order_when_due(slot)});
  } else if (job.state == JobState::kRunning) {
    const bool timed_out = job.options->timeout &&
                           slot.started + *job.options->timeout + limits::kTimeoutGrace <= steady_;
    revoke(slot);
    if (timed_out) {
      time_out(slot);
    } else {
      lose(slot, Outcome::kLeaseExpired, true);
    }
  } else {
    CHECK(is_terminal(job.state), "job {} has a timer while {}", job.seq.value(), name(job.state));
    const JobSeq seq = job.seq;
    remove_jobs({&seq, 1});
  }
}

void Engine::Impl::fire_wall_timer(Slot& slot) {
  const JobRecord& job = slot.job;
  if (!too_late(slot)) {
    CHECK(job.state == JobState::kScheduled, "job {} has a wall timer while {}", job.seq.value(),
          name(job.state));
    emit(slot, JobReady{job.seq, order_when_due(slot)});
  } else if (job.state == JobState::kRunning) {
    revoke(slot);
    AttemptEnded ended;
    ended.outcome = Outcome::kDeadline;
    ended.after = After::kDead;
    ended.death = DeathReason::kDeadline;
    end_attempt(slot, std::move(ended));
  } else {
    emit(slot, JobDied{job.seq, DeathReason::kDeadline, wall_});
  }
}

void Engine::Impl::fire_waits() {
  size_t left = kFiredPerTick;
  while (!volatile_.wait_timers.empty() && volatile_.wait_timers.begin()->first <= steady_ &&
         left > 0) {
    --left;
    if (MUSTER_MUTANT(waits_for_ever)) return;
    const uint64_t ticket = volatile_.wait_timers.begin()->second;
    if (const auto waiter = volatile_.waiters.find(ticket); waiter != volatile_.waiters.end()) {
      answer_empty(waiter->second);
      remove_waiter(ticket);
    } else {
      end_job_wait(ticket, true);
    }
  }
}

// Retention, in batches: ended jobs over their number or age go, oldest first.
void Engine::Impl::retire() {
  retire_from(state_.finished(), config_.finished_kept, config_.finished_age);
  retire_from(state_.dead(), config_.dead_kept, config_.dead_age);
}

void Engine::Impl::retire_from(const JobList& ended, size_t kept, Duration age) {
  const bool too_many = ended.size() >= kept + limits::kRetireBatch;
  if (!too_many && (ended.empty() || ended.front()->ended + age > steady_)) return;
  std::vector<JobSeq> jobs;
  size_t over = ended.size() > kept && too_many ? ended.size() - kept : 0;
  if (MUSTER_MUTANT(retention_takes_the_newest) && too_many) over = ended.size();
  for (const Slot* slot = ended.front(); slot != nullptr; slot = slot->next) {
    const bool goes = over > 0 || slot->ended + age <= steady_;
    if (!goes || jobs.size() == limits::kRetireMost) break;
    jobs.push_back(slot->job.seq);
    if (over > 0) --over;
  }
  remove_jobs(jobs);
}

void Engine::Impl::remove_jobs(std::span<const JobSeq> jobs) {
  for (JobSeq job : jobs) {
    Slot& slot = *state_.find(job);
    set_timers(slot, Instant::max(), WallTime::max());
  }
  emit(JobsRemoved{jobs, wall_});
}

// Only times within kSteadyPerTurn can be reached in one turn, so the ticks come at least that
// often while anything is due by the steady clock.
Engine::Wakeup Engine::Impl::next_wakeup() const {
  constexpr Duration kLongest = limits::kSteadyPerTurn * 4 / 5;
  Wakeup wakeup;
  Instant due = Instant::max();
  if (!volatile_.job_timers.empty()) due = std::min(due, volatile_.job_timers.begin()->first);
  if (!volatile_.session_timers.empty())
    due = std::min(due, volatile_.session_timers.begin()->first);
  if (!volatile_.wait_timers.empty()) due = std::min(due, volatile_.wait_timers.begin()->first);
  for (const JobList* ended : {&state_.finished(), &state_.dead()}) {
    if (ended->empty()) continue;
    due = std::min(due, ended->front()->ended +
                            (ended == &state_.dead() ? config_.dead_age : config_.finished_age));
  }
  if (due != Instant::max()) {
    const Duration ahead = std::clamp(due - steady_, Duration(), kLongest);
    wakeup.steady = outside_steady_ + ahead;
  }
  if (!volatile_.wall_timers.empty()) wakeup.wall = volatile_.wall_timers.begin()->first;
  return wakeup;
}

}  // namespace muster::engine
