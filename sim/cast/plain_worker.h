// PlainWorker: the class project's worker: one connection for each message, no token, no heartbeat.
// Sometimes hangs up before it has read the answer to a completion, sometimes completes long after
// its time, sometimes twice.
#pragma once

#include <string>
#include <string_view>

#include "sim/cast/actor.h"
#include "sim/cast/stage.h"

namespace muster::sim {

class PlainWorker final : public Actor, private Peer {
 public:
  PlainWorker(Stage& stage, std::string name, Random random)
      : stage_(stage), name_(std::move(name)), random_(random) {}
  void begin() override;
  void calm_down() override { prompt_ = true; }
  bool restless() const override { return !job_.empty(); }

 private:
  void talk();
  void took(std::string job_id, Micros duration, uint64_t content);
  void completed(std::string_view line);
  void hang_up(Micros pause);

  // Peer
  void connected(LinkId link) override;
  void line(LinkId link, std::string_view line) override;
  void broken(LinkId link) override;

  Stage& stage_;
  const std::string name_;
  Random random_;
  LinkId link_ = 0;
  std::string job_;  // done, and to be reported; empty: ask for one
  int repeats_ = 0;  // of a completion that was answered
  bool prompt_ = false;
};

}  // namespace muster::sim
