// Judge: the witness of the server's process. Passes what it sees to the checkers, replays every
// settled event into an engine of its own and compares the two: state by hash, counters with the
// checkers' recount.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "sim/check/checkers.h"
#include "sim/moment.h"
#include "sim/server_process.h"
#include "storage/event_codec.h"

namespace muster::sim {

class Judge final : public Witness {
 public:
  // `written_is_settled`: with async durability, where no power is cut, what is written survives.
  Judge(const engine::EngineConfig& config, bool written_is_settled, Checkers& checkers,
        std::function<Moment()> moment);

  // Witness
  void attempted(const storage::JournalRecord& record) override;
  void found_no_space() override { pending_.pop_back(); }
  void written(Sequence through) override;
  void synced(Sequence through) override;
  void applied(Sequence sequence, const Event& event) override;
  void died() override;
  void serves(server::Namespace& space) override;
  void objects(const std::string& what) override;

  // Compares the live engine with the replica if both stand at one event.
  void compare(const engine::Engine& live);

  const std::vector<std::string>& objections() const { return objections_; }
  uint64_t events() const { return events_; }    // applied
  uint64_t decided() const { return decided_; }  // a hash of all events written, in order
  uint64_t comparisons() const { return comparisons_; }
  const engine::Engine& replica() const { return *replica_; }

 private:
  struct Pending {
    Sequence first;
    uint32_t count;
    std::string events;
    Sequence last() const { return Sequence(first.value() + count - 1); }
  };

  void settle(Sequence through);
  void replay(const Pending& record);
  void recount();

  const bool written_is_settled_;
  Checkers& checkers_;
  const std::function<Moment()> moment_;
  std::unique_ptr<engine::Engine> replica_;
  storage::EventDecoder decoder_;
  std::deque<Pending> pending_;                                     // written, not yet settled
  std::map<std::string, std::array<uint64_t, kJobStates>> queues_;  // the replica's counters
  std::vector<std::string> spare_;
  std::vector<std::string> objections_;
  uint64_t events_ = 0;
  uint64_t decided_ = 0;
  uint64_t comparisons_ = 0;
};

}  // namespace muster::sim
