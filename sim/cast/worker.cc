#include "sim/cast/worker.h"

#include <fmt/format.h>

#include <utility>

namespace muster::sim {

WorkerHabits invent_habits(bool zombie, bool crasher, Random& random) {
  WorkerHabits habits;
  habits.zombie = zombie;
  habits.crasher = crasher;
  habits.consumes = random.chance(400);
  habits.concurrency = static_cast<uint32_t>(random.between(1, 40));
  habits.ahead = random.chance(300) ? static_cast<uint32_t>(random.between(1, 20)) : 0;
  habits.fails = static_cast<uint32_t>(random.between(0, 120));
  habits.releases = static_cast<uint32_t>(random.between(0, 40));
  habits.slow = random.chance(300) ? 20 : 2;
  habits.follow_ups = random.chance(300) ? 60 : 5;
  habits.batches_reports = random.chance(500);
  return habits;
}

Worker::Worker(Stage& stage, std::string name, const WorkerHabits& habits, Random random)
    : stage_(stage),
      name_(std::move(name)),
      habits_(habits),
      random_(random),
      heart_(stage, random.fork(1),
             {.connected = [this] { register_on(heart_, false); },
              .broken = [] {},
              .pushed = [this](const protocol::Answer& line) { pushed(line); },
              .server_dropped = [this](LinkId link) { server_dropped(link); }}),
      hands_(stage, random.fork(2),
             {.connected = [this] { register_on(hands_, true); },
              .broken =
                  [this] {
                    ready_ = false;
                    wanting_ = false;
                  },
              .pushed = [this](const protocol::Answer& line) { pushed(line); },
              .server_dropped = [this](LinkId link) { server_dropped(link); }}) {}

void Worker::begin() {
  stage_.timeline.after(random_.between(0, kSecond), [this] { born(); });
}

// A fresh process of this name.
void Worker::born() {
  ++life_;
  instance_ = fmt::format("{}.{}.{}", name_, life_, random_.below(1'000'000));
  heart_.open();
  hands_.open();
  if (habits_.zombie) freeze_sometimes();
  if (habits_.crasher) crash_sometimes();
}

void Worker::calm_down() {
  habits_.zombie = false;
  habits_.crasher = false;
  habits_.follow_ups = 0;
  habits_.slow = 0;
}

void Worker::later(Micros delay, std::function<void()> action) {
  stage_.timeline.after(delay, [this, life = life_, action = std::move(action)] {
    if (life != life_) return;
    if (stage_.timeline.now() < frozen_until_) {
      return later(frozen_until_ - stage_.timeline.now(), action);
    }
    action();
  });
}

// ---------------------------------------------------------------- bad habits

void Worker::freeze_sometimes() {
  later(random_.between(2, 20) * kSecond, [this] {
    if (!habits_.zombie) return;
    freeze(random_.between(1, 40) * kSecond);
    freeze_sometimes();
  });
}

void Worker::freeze(Micros how_long) {
  frozen_until_ = stage_.timeline.now() + how_long;
  heart_.freeze(true);
  hands_.freeze(true);
  stage_.timeline.after(how_long, [this] {
    if (stage_.timeline.now() < frozen_until_) return;
    heart_.freeze(false);
    hands_.freeze(false);
  });
}

void Worker::crash_sometimes() {
  later(random_.between(2, 30) * kSecond, [this] {
    if (habits_.crasher) die();
  });
}

void Worker::die() {
  ++life_;
  heart_.close();
  hands_.close();
  held_.clear();
  unheard_.clear();
  done_.clear();
  reports_ = 0;
  ready_ = false;
  wanting_ = false;
  frozen_until_ = 0;
  later(random_.between(100, 6'000) * kMillisecond, [this] { born(); });
}

// ---------------------------------------------------------------- work

void Worker::want() {
  if (!ready_ || wanting_ || habits_.consumes) return;
  const size_t most = habits_.concurrency + habits_.ahead;
  if (held_.size() >= most) return;
  const size_t free = most - held_.size();
  wanting_ = true;
  std::string members = fmt::format("\"type\":\"request_job\",\"worker_id\":\"{}\"", name_);
  if (free > 1) fmt::format_to(std::back_inserter(members), ",\"max\":{}", free);
  if (random_.chance(200)) members += ",\"select\":\"best\"";
  if (random_.chance(900)) members += ",\"wait_ms\":4000";
  hands_.ask(members, false, [this](const protocol::Answer& answer) {
    wanting_ = false;
    take_answer(answer);
  });
}

void Worker::take_answer(const protocol::Answer& answer) {
  if (answer.type() == "assign_job") {
    take(answer.object());
  } else if (answer.type() == "assign_jobs") {
    for (const protocol::JsonView& job : answer["jobs"].items()) take(job);
  } else if (answer.refused()) {
    ready_ = false;  // the session is gone: begin it anew
    later(random_.between(10, 300) * kMillisecond, [this] {
      if (hands_.up() && !ready_) register_on(hands_, true);
    });
    return;
  }
  if (answer.type() == "no_job")
    return later(random_.between(20, 200) * kMillisecond, [this] { want(); });
  want();
}

void Worker::consume() {
  const std::string members =
      fmt::format("\"type\":\"consume\",\"credit\":{}", habits_.concurrency + habits_.ahead);
  hands_.ask(members, false, [](const protocol::Answer&) {});
}

void Worker::take(const protocol::JsonView& assignment) {
  Given given = read_assignment(assignment);
  stage_.checkers.assigned({.worker_id = name_,
                            .instance = instance_,
                            .job_id = given.job_id,
                            .token = given.token,
                            .attempt = given.attempt,
                            .content = given.content},
                           stage_.moment());
  const LeaseToken token = given.token;
  held_.insert_or_assign(token, Job{std::move(given)});
  start_some();
}

// The oldest first, as many as it runs at a time.
void Worker::start_some() {
  size_t running = 0;
  for (auto& [token, job] : held_) {
    if (running++ >= habits_.concurrency) return;
    if (std::exchange(job.running, true)) continue;
    if (habits_.crasher && job.given.job_type == kPoison) {
      return later(random_.between(1, 50) * kMillisecond, [this] { die(); });
    }
    Micros time = random_.between(2, 150) * kMillisecond;
    if (random_.chance(habits_.slow)) time = random_.between(2, 25) * kSecond;
    later(time, [this, lease = token] { finish(lease); });
  }
}

void Worker::pushed(const protocol::Answer& line) {
  if (line.type() == "assign_job") return take(line.object());
  if (line.type() == "cancel_job") {
    return cancel(LeaseToken(line["lease"].unsigned_integer().value_or(0)));
  }
  if (line.type() != "consume_ended") return;
  ready_ = false;
  later(random_.between(10, 300) * kMillisecond, [this] {
    if (hands_.up() && !ready_) register_on(hands_, true);
  });
}

void Worker::cancel(LeaseToken token) {
  const auto found = held_.find(token);
  if (found != held_.end()) found->second.cancelled = true;
}

}  // namespace muster::sim
