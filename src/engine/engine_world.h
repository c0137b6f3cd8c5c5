// World: an engine, its replica and the checkers, driven by random steps. Every event is judged by
// RuleChecker, every answer by TurnChecker; live state is compared with replayed state by hash,
// counters with a recount, and what is listed with what was accepted. For tests.
#pragma once

#include <array>
#include <deque>
#include <memory>

#include "engine/engine.h"
#include "engine/rule_checker.h"
#include "engine/turn_checker.h"

namespace muster::engine {

// One random command: `kind` chooses the verb, the rest its arguments.
struct Step {
  uint8_t kind = 0;
  uint8_t a = 0;
  uint8_t b = 0;
  uint8_t c = 0;
};

class World : public Output {
 public:
  World();
  std::string run(const std::vector<Step>& steps);  // the first broken rule; empty: none

 private:
  using Types = std::span<const std::string_view>;
  struct Lease {
    JobSeq job;
    std::string id;
    LeaseToken token;
  };

  void event(Sequence sequence, const Event& event) override;
  void answer(ReplyTo to, const Reply& reply) override;
  void push(ConnectionId to, const Push& push) override;
  void remember_lease(const JobRecord& job);

  void handle(const Command& command, const RuleChecker::Asked& asked = {},
              uint64_t connection = 1);
  ReplyTo next_request(uint64_t connection) const {
    return {ConnectionId(connection), RequestId(requests_ + 1)};
  }

  // What each kind of step does.
  void act(const Step& step);
  void submit(const Step& step);
  void submit_batch(const Step& step);
  void request(const Step& step);
  void report(const Step& step);
  void complete_and_more(const Step& step);
  void sessions(const Step& step);
  void enlist(const Step& step);
  void close(uint64_t connection, bool half);
  void operate(const Step& step);
  void consume(const Step& step);
  void pass(const Step& step);
  void restart();

  SubmitItem item_of(const Step& step);
  uint64_t connection_of(const Step& step) const;
  void ask_workers();  // who is registered, as the engine says
  const WorkerIdentity* speaker(uint64_t connection) const;  // null: none that is alive
  std::optional<TurnChecker::Wants> next_of(const Lease& lease, uint64_t connection);
  std::string compare_lists();

  std::deque<std::string> names_;  // of this command, for views
  Now now_{Instant::from_ms(5'000), WallTime::from_ms(1'700'000'000'000)};
  std::unique_ptr<Engine> live_;
  std::unique_ptr<Engine> replica_;
  RuleChecker rules_;
  TurnChecker turns_;
  std::deque<Lease> leases_;                   // newest first
  std::map<std::string, std::string> alive_;   // registered: worker, instance
  std::map<uint64_t, WorkerIdentity> speaks_;  // connection: for whom, if that is alive
  std::map<JobSeq, JobRecord> stored_;
  std::map<std::string, QueueRecord> stored_queues_;
  std::map<uint64_t, RememberedChunk> chunks_;
  std::map<std::string, JobState> listed_;
  std::map<std::string, std::array<uint64_t, kJobStates>> by_queue_;
  std::map<std::string, std::array<uint64_t, kJobStates>> counted_;
  std::array<uint64_t, 3> closed_ = {};  // connections so far, by place
  uint64_t requests_ = 0;
  bool refused_ = false;  // the last command was
};

}  // namespace muster::engine
