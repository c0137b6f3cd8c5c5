// ServerProcess: the server as a process that is started, paused, stopped, killed and loses its
// power: the real session, engine, committer, checkpointer and journal on a simulated disk, network
// and clock.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/name_space.h"
#include "server/server.h"
#include "sim/disk.h"
#include "sim/moment.h"
#include "sim/network.h"
#include "sim/slow_executor.h"

namespace muster::sim {

// Hears what the process does. The judge.
class Witness : public JournalTap {
 public:
  virtual void applied(Sequence sequence, const Event& event) = 0;
  virtual void died() = 0;
  // It has recovered and listens.
  virtual void serves(server::Namespace& space) = 0;
  // It does not start although nothing on its disk was damaged by us, or a promise broke.
  virtual void objects(const std::string& what) = 0;
};

class ServerProcess {
 public:
  struct Settings {
    server::ServerConfig config;
    engine::EngineConfig engine;
    SlowExecutor::Pace sync_pace;
    SlowExecutor::Pace checkpoint_pace{500, 5'000, 20};
  };

  ServerProcess(Timeline& timeline, Random random, const Settings& settings, Network& network,
                Witness& witness);

  void start();
  // Every way to go. Each restarts after `down`.
  void kill(Micros down);            // the page cache survives
  void kill_in_a_call(Micros down);  // in the middle of what the commit thread does
  void cut_power(Micros down);       // what was not synced is lost, wholly or in part
  void stop_cleanly(Micros down);    // SIGTERM
  void pause(Micros how_long);       // SIGSTOP, SIGCONT
  void jump_wall_clock(Duration by) { wall_offset_ = wall_offset_ + by; }

  bool serving() const { return server_ != nullptr; }
  Disk& disk() { return disk_; }
  engine::Engine* engine() { return space_ ? &space_->engine() : nullptr; }
  Moment moment() const;
  Now now() const;
  uint64_t lives() const { return lives_; }

 private:
  bool awake() const { return timeline_.now() >= paused_until_; }
  bool recover();
  void listens(bool listening);
  void die(Micros down);
  void resume();
  void request_turn();
  void turn();
  void plan_wakeup();

  Timeline& timeline_;
  Random random_;
  const Settings settings_;
  Network& network_;
  Witness& witness_;
  Disk disk_;
  SlowExecutor commit_thread_;
  SlowExecutor background_;

  std::unique_ptr<server::Namespace> space_;
  std::unique_ptr<server::Server> server_;
  Duration wall_offset_;
  Micros paused_until_ = 0;
  Duration deaf_;                                     // how long no server listened, so far
  std::optional<Instant> deaf_since_ = now().steady;  // none: it listens now
  uint32_t pauses_ = 0;
  bool turn_planned_ = false;
  Micros wakeup_at_ = kNever;
  uint32_t hasty_ = 0;  // turns in a row after which it wanted the next at a time that had passed
  Micros down_after_stop_ = kNever;  // a clean stop is under way
  Micros stop_by_ = kNever;
  uint64_t life_ = 0;
  uint64_t lives_ = 0;
};

}  // namespace muster::sim
