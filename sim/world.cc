#include "sim/world.h"

#include <algorithm>
#include <utility>

#include "sim/cast/hostile.h"
#include "sim/cast/operator.h"
#include "sim/cast/plain_worker.h"
#include "sim/cast/producer.h"
#include "sim/cast/worker.h"

namespace muster::sim {
namespace {

constexpr uint64_t kStepsBetweenLooks = 1'000;
constexpr Micros kLookForTheEnd = 2 * kSecond;
// Long enough for every lease, delay and pause that the cast asks for, many times over.
constexpr Micros kPatience = 1'800 * kSecond;

engine::EngineConfig engine_config(const Plan& plan) {
  engine::EngineConfig config;
  config.finished_kept = plan.finished_kept;
  config.dead_kept = plan.finished_kept;
  return config;
}

ServerProcess::Settings settings_of(const Plan& plan) {
  ServerProcess::Settings settings;
  settings.config.durability = plan.durability;
  settings.config.checkpoint_jobs = plan.checkpoint_jobs;
  settings.engine = engine_config(plan);
  settings.sync_pace = plan.sync_pace;
  return settings;
}

}  // namespace

World::World(const Plan& plan)
    : plan_(plan),
      random_(mix64(plan.seed, 0xCA57)),
      network_(timeline_, random_.fork(1)),
      checkers_({.finished = plan.finished_kept, .dead = plan.finished_kept}),
      judge_(engine_config(plan), plan.durability == server::Durability::kAsync, checkers_,
             [this] { return server_.moment(); }),
      server_(timeline_, random_.fork(2), settings_of(plan), network_, judge_),
      stage_{.timeline = timeline_,
             .network = network_,
             .checkers = checkers_,
             .plan = plan_,
             .moment = [this] { return server_.moment(); },
             .jobs = [this] { return judge_.replica().live_jobs(); }} {
  network_.weather() = plan.weather;
  people();
  plan_faults();
}

World::~World() = default;

void World::people() {
  for (size_t role = 0; role < kRoles; ++role) {
    for (uint32_t i = 0; i < plan_.cast[role]; ++i) {
      // By role and number, so that leaving one out changes nothing for the others.
      Random random(mix64(plan_.seed, mix64(role + 1, i)));
      const std::string name = std::string(sim::name(static_cast<Role>(role))) + std::to_string(i);
      const bool zombie = static_cast<Role>(role) == Role::kZombie;
      const bool crasher = static_cast<Role>(role) == Role::kCrasher;
      switch (static_cast<Role>(role)) {
        case Role::kProducer:
          cast_.push_back(std::make_unique<Producer>(stage_, name, random));
          break;
        case Role::kWorker:
        case Role::kZombie:
        case Role::kCrasher: {
          const WorkerHabits habits = invent_habits(zombie, crasher, random);
          cast_.push_back(std::make_unique<Worker>(stage_, name, habits, random));
          break;
        }
        case Role::kPlainWorker:
          cast_.push_back(std::make_unique<PlainWorker>(stage_, name, random));
          break;
        case Role::kOperator:
          cast_.push_back(std::make_unique<Operator>(stage_, random));
          break;
        case Role::kHostile:
          cast_.push_back(std::make_unique<Hostile>(stage_, random));
          break;
      }
    }
  }
}

void World::plan_faults() {
  for (const Fault& fault : plan_.faults) {
    timeline_.at(fault.at, [this, &fault] { strike(fault); });
  }
}

void World::strike(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kKill:
      return server_.kill(fault.amount);
    case FaultKind::kKillInCall:
      return server_.kill_in_a_call(fault.amount);
    case FaultKind::kPowerCut:
      return server_.cut_power(fault.amount);
    case FaultKind::kStop:
      return server_.stop_cleanly(fault.amount);
    case FaultKind::kPause:
      return server_.pause(fault.amount);
    case FaultKind::kFailedCall:
      return server_.disk().fail_soon(static_cast<uint64_t>(fault.amount), storage::Fault::kIo);
    case FaultKind::kShortWrite:
      return server_.disk().fail_soon(static_cast<uint64_t>(fault.amount), storage::Fault::kShort);
    case FaultKind::kDiskFull:
      server_.disk().fill(0);
      return timeline_.after(fault.amount, [this] { server_.disk().free(); });
    case FaultKind::kWallJump:
      return server_.jump_wall_clock(Duration::milliseconds(fault.amount));
    case FaultKind::kResets:
      return network_.reset_some(static_cast<uint32_t>(fault.amount));
    case FaultKind::kSilence:
      return network_.silence_some(500, fault.amount);
    case FaultKind::kHalfOpen:
      return network_.half_open_some(static_cast<uint32_t>(fault.amount));
  }
}

void World::until(Micros when) {
  while (timeline_.next() <= when && judge_.objections().empty()) {
    timeline_.step();
    if (timeline_.steps() % kStepsBetweenLooks == 0) look();
    if (judge_.events() == events_seen_) continue;
    events_seen_ = judge_.events();
    const Micros second = timeline_.now() / kSecond;
    if (std::exchange(lively_second_, second) != second) lively_ += kSecond;
  }
}

void World::look() {
  if (server_.engine()) judge_.compare(*server_.engine());
  for (const std::string& violation : checkers_.violations()) judge_.objects(violation);
}

void World::calm_down() {
  stage_.calm = true;
  server_.disk().free();
  for (const auto& actor : cast_) actor->calm_down();
}

bool World::over() {
  if (!server_.serving()) return false;
  for (const auto& actor : cast_) {
    if (actor->restless()) return false;
  }
  const auto counts = checkers_.counts();
  const auto count = [&](JobState state) { return counts[static_cast<size_t>(state)]; };
  return count(JobState::kScheduled) + count(JobState::kReady) + count(JobState::kRunning) == 0;
}

Outcome World::run() {
  server_.start();
  for (const auto& actor : cast_) actor->begin();
  until(plan_.busy);
  calm_down();
  const Micros patience = timeline_.now() + kPatience;
  for (Micros next = timeline_.now(); !over() && next < patience && judge_.objections().empty();) {
    next += kLookForTheEnd;
    until(next);
  }
  if (judge_.objections().empty()) checkers_.must_be_over(server_.moment());
  look();

  Outcome outcome;
  outcome.violations = judge_.objections();
  outcome.steps = timeline_.steps();
  outcome.events = judge_.events();
  outcome.decided = judge_.decided();
  outcome.said = network_.said();
  outcome.comparisons = judge_.comparisons();
  outcome.lives = server_.lives();
  outcome.simulated = timeline_.now();
  outcome.lively = lively_;
  outcome.checked = checkers_.figures();
  return outcome;
}

}  // namespace muster::sim
