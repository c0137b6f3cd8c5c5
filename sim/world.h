// World: one simulated run: a server's process, a network, a disk, a cast and a plan of faults, and
// those who judge. One seed in, one verdict out; nothing outside has a say.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cast/actor.h"
#include "sim/cast/stage.h"
#include "sim/check/checkers.h"
#include "sim/judge.h"
#include "sim/plan.h"
#include "sim/server_process.h"

namespace muster::sim {

struct Outcome {
  std::vector<std::string> violations;  // "rule: what happened"; empty: all promises were kept
  uint64_t steps = 0;
  uint64_t events = 0;       // decided by the server
  uint64_t decided = 0;      // hash of all events written, in order
  uint64_t said = 0;         // hash of all bytes that the server said
  uint64_t comparisons = 0;  // of live state with its replay
  uint64_t lives = 0;        // of the server
  Micros simulated = 0;
  Micros lively = 0;  // seconds of it in which anything was decided
  Checkers::Figures checked;
};

class World {
 public:
  explicit World(const Plan& plan);
  ~World();

  Outcome run();

 private:
  void people();
  void plan_faults();
  void strike(const Fault& fault);
  void calm_down();
  bool over();
  void look();
  void until(Micros when);

  const Plan plan_;
  Random random_;
  Timeline timeline_;
  Network network_;
  Checkers checkers_;
  Judge judge_;
  ServerProcess server_;
  Stage stage_;
  std::vector<std::unique_ptr<Actor>> cast_;
  Micros lively_second_ = -1;
  Micros lively_ = 0;
  uint64_t events_seen_ = 0;
};

}  // namespace muster::sim
