// What is looked at in every state, and how every state must be able to end.
#include <utility>
#include <variant>

#include "sim/small/world.h"

namespace muster::sim::small {
namespace {

constexpr int kPatience = 60;  // units in which every job must end once faults have ended

// Hands the engine's lists to the judge.
class Account : public engine::Output {
 public:
  explicit Account(Judge& judge) : judge_(judge) {}
  void event(Sequence, const Event&) override {
    judge_.check(false, "reading", "a question changed something");
  }
  void answer(ReplyTo, const Reply& reply) override {
    if (const auto* stats = std::get_if<StatsView>(&reply)) return judge_.compare(*stats);
    if (const auto* queues = std::get_if<QueueList>(&reply)) return judge_.compare(*queues);
    if (const auto* workers = std::get_if<WorkerList>(&reply)) return judge_.compare(*workers);
  }
  void push(ConnectionId, const Push&) override {}

 private:
  Judge& judge_;
};

}  // namespace

void World::inspect() {
  Account account(judge_);
  live_->handle({}, GetStats{}, now_, account);
  live_->handle({}, ListQueues{}, now_, account);
  if (config_->registered) live_->handle({}, ListWorkers{}, now_, account);
  judge_.check(live_->state_hash() == replica_->state_hash(), "replay",
               "the replayed events lead to another state");
}

void World::finish() {
  make({Verb::kRegister, {}, kFinisher, -1});
  for (int unit = 0; unit < kPatience && broken().empty(); ++unit) {
    make({Verb::kRequest, {}, kFinisher, -1});
    bool busy = false;
    for (int8_t job = 0; job < config_->jobs; ++job) {
      if (!workers_[kFinisher].held[static_cast<size_t>(job)]) continue;
      make({Verb::kComplete, {}, kFinisher, job});
      busy = true;
    }
    if (judge_.all_ended()) return;
    if (!busy) make({Verb::kPass});
  }
  judge_.check(false, "every job ends", "faults have ended, and a job does not");
}

}  // namespace muster::sim::small
