// Producer: submits jobs, one at a time or in batches, atomic or not, named or not. What was not
// answered is sent again as it was; what is refused for pressure is sent again later.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "sim/cast/actor.h"
#include "sim/cast/caller.h"
#include "sim/cast/draft.h"

namespace muster::sim {

class Producer final : public Actor {
 public:
  Producer(Stage& stage, std::string name, Random random);
  void begin() override;
  bool restless() const override { return open_ > 0; }

 private:
  struct Submission {
    Drafts drafts;
    std::string members;
    uint64_t group = 0;
    bool batch = false;
    bool atomic = false;
    bool named = true;
  };
  using Shared = std::shared_ptr<Submission>;

  void submit();
  void plan_next();
  Shared invent();
  void send(const Shared& submission);
  void again_later(const Shared& submission);
  void answered(const Shared& submission, const protocol::Answer& answer);
  void answered_batch(const Submission& submission, const protocol::Answer& answer);

  Stage& stage_;
  const std::string name_;
  Random random_;
  const bool plain_work_;  // there is somebody who does the class project's jobs
  Caller caller_;
  uint64_t made_ = 0;
  size_t open_ = 0;  // submissions that may be repeated, without an answer yet
};

}  // namespace muster::sim
