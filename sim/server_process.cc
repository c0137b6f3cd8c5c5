#include "sim/server_process.h"

#include <algorithm>
#include <utility>

namespace muster::sim {
namespace {

// The world begins at an uneven moment of both clocks.
constexpr int64_t kFirstSteadyMs = 5'000;
constexpr int64_t kFirstWallMs = 1'700'000'000'000;
constexpr Micros kStopPatience = 10 * kSecond;
constexpr Micros kMostTurnDelay = 40;
constexpr uint32_t kSpins = 200;
constexpr Micros kStartAgain = 100 * kMillisecond;

}  // namespace

ServerProcess::ServerProcess(Timeline& timeline, Random random, const Settings& settings,
                             Network& network, Witness& witness)
    : timeline_(timeline),
      random_(random),
      settings_(settings),
      network_(network),
      witness_(witness),
      commit_thread_(
          timeline, random.fork(1), settings.sync_pace, [this] { return awake(); },
          [this] { request_turn(); }),
      background_(
          timeline, random.fork(2), settings.checkpoint_pace, [this] { return awake(); },
          [this] { request_turn(); }) {
  network_.set_host({.listening = [this] { return server_.get(); },
                     .awake = [this] { return awake(); },
                     .now = [this] { return now(); },
                     .request_turn = [this] { request_turn(); }});
}

Now ServerProcess::now() const {
  const int64_t ms = timeline_.now() / kMillisecond;
  return {Instant::from_ms(kFirstSteadyMs + ms),
          WallTime::from_ms(kFirstWallMs + ms) + wall_offset_};
}

// In the whole milliseconds of the server's clock, as it sees them pass.
Moment ServerProcess::moment() const {
  const Now at = now();
  const Duration silent = deaf_ + (deaf_since_ ? at.steady - *deaf_since_ : Duration());
  return {at, at.steady - silent, pauses_};
}

void ServerProcess::listens(bool listening) {
  const Instant at = now().steady;
  if (!listening) {
    if (!deaf_since_) deaf_since_ = at;
  } else if (deaf_since_) {
    deaf_ = deaf_ + (at - *deaf_since_);
    deaf_since_.reset();
  }
}

// Opens the disk as run.cc does. False: it has to be tried again, which on a full disk is no fault
// of the server's.
bool ServerProcess::recover() {
  const auto refused = [this](const storage::StorageError& error) {
    if (!disk_.full()) witness_.objects("start: " + error.message);
    return false;
  };
  auto journal = disk_.open_journal(witness_);
  if (!journal.ok()) return refused(journal.error());
  auto space =
      server::Namespace::recovered(settings_.engine, std::move(*journal), disk_.open_store());
  if (!space.ok()) return refused(space.error());
  space_ = std::move(*space);
  return true;
}

void ServerProcess::start() {
  disk_.files().clear_faults();
  if (!recover()) {
    timeline_.after(kStartAgain, [this] { start(); });
    return;
  }
  ++lives_;
  witness_.serves(*space_);
  server_ = std::make_unique<server::Server>(
      settings_.config, *space_,
      server::Server::World{
          .transport = network_,
          .commit_thread = commit_thread_,
          .background = background_,
          .disk_low = [this] { return disk_.full(); },
          .release_reserve = [] {},
          .microseconds = [] { return int64_t{0}; },
          .observer = [this](Sequence sequence,
                             const Event& event) { witness_.applied(sequence, event); }},
      now());
  listens(true);
  request_turn();
}

// ---------------------------------------------------------------- turns

void ServerProcess::request_turn() {
  if (!server_ || turn_planned_) return;
  turn_planned_ = true;
  timeline_.after(random_.between(0, kMostTurnDelay), [this, life = life_] {
    if (life == life_) turn();
  });
}

void ServerProcess::turn() {
  turn_planned_ = false;
  if (!server_ || !awake()) return;
  server_->end_of_turn(now());
  if (server_->ended()) return die(random_.between(50, 2'000) * kMillisecond);
  if (down_after_stop_ != kNever && (server_->stopped() || timeline_.now() >= stop_by_)) {
    return die(std::exchange(down_after_stop_, kNever));
  }
  plan_wakeup();
}

void ServerProcess::plan_wakeup() {
  const Now at = now();
  const Instant next = server_->next_wakeup(at);
  hasty_ = next <= at.steady ? hasty_ + 1 : 0;
  if (hasty_ > kSpins) witness_.objects("spin: the server's loop turns without rest");
  if (next == Instant::max()) return;
  const Micros wait = std::max<int64_t>((next - at.steady).ms(), 0) * kMillisecond;
  // The loop's clock is in whole milliseconds: it wakes at the beginning of one.
  const Micros when = (timeline_.now() / kMillisecond) * kMillisecond + std::max<Micros>(wait, 1);
  if (when >= wakeup_at_ && wakeup_at_ > timeline_.now()) return;
  wakeup_at_ = std::max(when, timeline_.now() + 1);
  timeline_.at(wakeup_at_, [this, life = life_] {
    if (life == life_) request_turn();
  });
}

// ---------------------------------------------------------------- how it goes

void ServerProcess::die(Micros down) {
  ++life_;
  turn_planned_ = false;
  wakeup_at_ = kNever;
  down_after_stop_ = kNever;
  commit_thread_.die();
  background_.die();
  listens(false);
  paused_until_ = 0;
  witness_.died();
  server_.reset();
  space_.reset();
  network_.server_died();
  timeline_.after(down, [this, life = life_] {
    if (life == life_) start();
  });
}

void ServerProcess::kill(Micros down) {
  if (server_) die(down);
}

void ServerProcess::kill_in_a_call(Micros down) {
  if (!server_) return;
  disk_.files().fail_at(disk_.files().calls() + 1 + random_.below(6), storage::Fault::kIo, true);
  commit_thread_.do_unreported();
  disk_.files().clear_faults();
  die(down);
}

void ServerProcess::cut_power(Micros down) {
  if (!server_) return;
  if (random_.chance(500)) {
    disk_.files().fail_at(disk_.files().calls() + 1 + random_.below(6), storage::Fault::kIo, true);
    commit_thread_.do_unreported();
  }
  die(down);
  disk_.cut_power(random_);
}

void ServerProcess::stop_cleanly(Micros down) {
  if (!server_ || down_after_stop_ != kNever || !awake()) return;
  down_after_stop_ = down;
  stop_by_ = timeline_.now() + kStopPatience;
  timeline_.at(stop_by_, [this, life = life_] {
    if (life == life_) request_turn();
  });
  server_->stop(now());
  request_turn();
}

void ServerProcess::pause(Micros how_long) {
  if (!server_ || !awake()) return;
  paused_until_ = timeline_.now() + how_long;
  listens(false);
  ++pauses_;
  timeline_.at(paused_until_, [this, life = life_] {
    if (life == life_) resume();
  });
}

void ServerProcess::resume() {
  listens(true);
  commit_thread_.resumed();
  background_.resumed();
  network_.server_resumed();
  request_turn();
}

}  // namespace muster::sim
