// Operator: people and tools: cancels, retries, deletes, pauses and resumes queues, looks at jobs,
// waits for them, lists. What it paused it resumes when trouble is over.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "sim/cast/actor.h"
#include "sim/cast/caller.h"

namespace muster::sim {

class Operator final : public Actor {
 public:
  Operator(Stage& stage, Random random)
      : stage_(stage), random_(random), caller_(stage, random.fork(1), {}) {}
  void begin() override;
  void calm_down() override;
  bool restless() const override { return resuming_ > 0; }

 private:
  void meddle();
  void act(std::string_view verb, const std::string& job_id);
  void look(const std::string& job_id);
  void pause(bool paused);
  void resume_all();

  Stage& stage_;
  Random random_;
  Caller caller_;
  size_t resuming_ = 0;
};

}  // namespace muster::sim
