// Which moves a state allows. Left out is only what can change nothing.
#include <algorithm>

#include "sim/small/world.h"

namespace muster::sim::small {

bool World::has_stray(int job, bool older) const { return static_cast<bool>(stray_of(job, older)); }

// The greatest of them.
LeaseToken World::stray_of(int job, bool older) const {
  LeaseToken found;
  for (const Stray& stray : strays_[static_cast<size_t>(job)]) {
    if ((stray.token == judge_.job(job).newest) != older) found = std::max(found, stray.token);
  }
  return found;
}

std::vector<Move> World::moves() const {
  std::vector<Move> moves;
  add_client_moves(moves);
  for (int worker = 0; worker < config_->workers; ++worker) add_worker_moves(moves, worker);
  moves.push_back({Verb::kPass});
  if (faults_ > 0) {
    for (int worker = 0; worker < config_->workers; ++worker) add_session_faults(moves, worker);
    for (int job = 0; job < config_->jobs; ++job) add_echoes(moves, job);
    if (config_->has(kJumps)) moves.push_back({Verb::kJump});
  }
  if (restarts_ > 0) moves.push_back({Verb::kRestart});
  return moves;
}

// The answer may be lost, and the server may die around the command.
void World::add_endings(std::vector<Move>& moves, Move move, bool undelivered) const {
  moves.push_back(move);
  const auto add = [&](Ending ending) {
    move.ending = ending;
    moves.push_back(move);
  };
  if (faults_ > 0 && config_->has(kLostAnswers) && move.worker >= 0) add(Ending::kAnswerLost);
  if (faults_ > 0 && config_->has(kUndelivered) && undelivered) add(Ending::kUndelivered);
  if (restarts_ > 0) {
    add(Ending::kDiesDurable);
    if (config_->has(kUndurable)) add(Ending::kDiesBefore);
  }
}

void World::add_client_moves(std::vector<Move>& moves) const {
  const bool alike = config_->jobs_alike();  // then the order in which they come is no choice
  const int submits = config_->jobs - (config_->has(kFollowUp) ? 1 : 0);
  for (int index = 0; index < config_->jobs; ++index) {
    const auto job = static_cast<int8_t>(index);
    const JobModel& known = judge_.job(index);
    if (known.submitted) {
      if (faults_ > 0 && config_->has(kResubmits)) {
        moves.push_back({Verb::kResubmit, {}, -1, job});
      }
      if (acts_ == 0 || known.removed) continue;
      const bool ended = is_terminal(known.state);
      if (config_->has(kCancels) && !ended) add_endings(moves, {Verb::kCancel, {}, -1, job}, false);
      if (config_->has(kRetries) && known.state != JobState::kRunning &&
          known.state != JobState::kReady) {
        add_endings(moves, {Verb::kRetry, {}, -1, job}, false);
      }
      if (config_->has(kDeletes)) moves.push_back({Verb::kDelete, {}, -1, job});
    } else if (index < submits && (!alike || index == 0 || judge_.job(index - 1).submitted)) {
      add_endings(moves, {Verb::kSubmit, {}, -1, job}, false);
    }
  }
}

void World::add_worker_moves(std::vector<Move>& moves, int index) const {
  const auto worker = static_cast<int8_t>(index);
  const Worker& self = workers_[static_cast<size_t>(index)];
  add_reports(moves, index);
  if (config_->registered) {
    if (!self.registered) {
      moves.push_back({Verb::kRegister, {}, worker, -1});
      return;
    }
    const SessionModel& session = judge_.session(index);
    const bool lost = !judge_.session_valid(index, self.process);
    if (config_->has(kHeartbeats) &&
        (lost || (judge_.holds_running(index) && session.heard < now_.steady))) {
      moves.push_back({Verb::kHeartbeat, {}, worker, -1});
    }
  }
  const auto held = std::count_if(self.held.begin(), self.held.end(),
                                  [](LeaseToken token) { return static_cast<bool>(token); });
  if (self.waits || held >= static_cast<int64_t>(config_->batch)) return;
  const bool lost = config_->registered && !judge_.session_valid(index, self.process);
  const bool ready = std::any_of(&judge_.job(0), &judge_.job(0) + config_->jobs, [](const auto& j) {
    return j.submitted && !j.removed && j.state == JobState::kReady;
  });
  if (lost || config_->has(kWaits)) {
    moves.push_back({Verb::kRequest, {}, worker, -1});
  } else if (ready) {
    add_endings(moves, {Verb::kRequest, {}, worker, -1}, true);
  }
}

void World::add_reports(std::vector<Move>& moves, int index) const {
  const auto worker = static_cast<int8_t>(index);
  for (int job = 0; job < config_->jobs; ++job) {
    const LeaseToken token = workers_[static_cast<size_t>(index)].held[static_cast<size_t>(job)];
    if (!token) continue;
    const auto add = [&](Verb verb) {
      const Move move{verb, {}, worker, static_cast<int8_t>(job)};
      if (token == judge_.job(job).newest) return add_endings(moves, move, false);
      moves.push_back(move);  // refused: there is nothing to lose
    };
    add(Verb::kComplete);
    if (config_->has(kFails)) add(Verb::kFail);
    if (config_->has(kReleases)) add(Verb::kRelease);
    if (config_->has(kExtends))
      moves.push_back({Verb::kExtend, {}, worker, static_cast<int8_t>(job)});
  }
}

void World::add_session_faults(std::vector<Move>& moves, int index) const {
  const auto worker = static_cast<int8_t>(index);
  const Worker& self = workers_[static_cast<size_t>(index)];
  const bool holds = std::any_of(self.held.begin(), self.held.end(),
                                 [](LeaseToken token) { return static_cast<bool>(token); });
  // A session of which it does not know, and that holds nothing, makes no difference.
  const bool known = config_->registered && judge_.session_valid(index, self.process) &&
                     (self.registered || judge_.holds_running(index));
  if (config_->has(kCloses) && self.connection && (self.registered || self.waits)) {
    moves.push_back({Verb::kClose, {}, worker, -1});
  }
  if (config_->has(kCrashes) && (holds || known || self.waits)) {
    moves.push_back({Verb::kCrash, {}, worker, -1});
  }
  if (config_->has(kVanishes) && (self.waits || (known && judge_.holds_running(index)))) {
    moves.push_back({Verb::kVanish, {}, worker, -1});
  }
}

void World::add_echoes(std::vector<Move>& moves, int job) const {
  if (!config_->has(kEchoes)) return;
  const auto add = [&](Move move) {
    for (const auto& [verb, there] : {std::pair{Verb::kEchoComplete, true},
                                      {Verb::kEchoFail, config_->has(kFails)},
                                      {Verb::kEchoRelease, config_->has(kReleases)}}) {
      move.verb = verb;
      if (there) moves.push_back(move);
    }
  };
  if (config_->has(kPlain)) {  // without a token it is the worker's name that counts
    for (int worker = 0; worker < config_->workers; ++worker) {
      const auto& strays = strays_[static_cast<size_t>(job)];
      const bool was = std::any_of(strays.begin(), strays.end(),
                                   [&](const Stray& stray) { return stray.worker == worker; });
      if (was) add({{}, {}, static_cast<int8_t>(worker), static_cast<int8_t>(job)});
    }
    return;
  }
  if (has_stray(job, false)) add({{}, {}, -1, static_cast<int8_t>(job), false});
  if (has_stray(job, true)) add({{}, {}, -1, static_cast<int8_t>(job), true});
}

}  // namespace muster::sim::small
