// Hostile: somebody who means harm or knows no better: lines that are no JSON, cut in half, huge or
// deep, other protocols, verbs without their fields, reports under leases it never had. Never reads
// some of its connections. Must disturb nobody.
#pragma once

#include <string>
#include <vector>

#include "sim/cast/actor.h"
#include "sim/cast/stage.h"

namespace muster::sim {

class Hostile final : public Actor, private Peer {
 public:
  Hostile(Stage& stage, Random random) : stage_(stage), random_(random) {}
  void begin() override { annoy(); }
  void calm_down() override;

 private:
  void annoy();
  std::string nonsense();
  std::string lie();

  // Peer
  void connected(LinkId) override {}
  void line(LinkId, std::string_view) override {}
  void broken(LinkId link) override;

  Stage& stage_;
  Random random_;
  std::vector<LinkId> links_;
};

}  // namespace muster::sim
