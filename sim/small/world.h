// World: one small world in one state: a real engine, a replica that only replays, the judge, and
// what is outside: what each worker holds and believes, which words of dead attempts are still on
// their way, how much of the budgets is left. The same moves from the start give the same world.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "sim/small/configuration.h"
#include "sim/small/judge.h"
#include "sim/small/move.h"

namespace muster::sim::small {

class World : public engine::Output {
 public:
  explicit World(const Configuration& configuration);

  std::vector<Move> moves() const;  // that are possible now
  void make(const Move& move);

  // Equal for worlds that differ in nothing that matters: see docs/small_worlds.md. Compares the
  // jobs as the engine lists them with the judge's on the way.
  uint64_t key();

  // Compares the rest of the engine's own account with the judge's, and with a replica's.
  void inspect();

  // Faults have ended: one healthy worker takes what comes, the others do no more. Every accepted
  // job must end. The world is over then.
  void finish();

  bool all_ended() const { return judge_.all_ended_here(); }  // every accepted job
  const std::string& broken() const { return judge_.broken(); }
  const std::vector<std::string>& told() const { return told_; }  // what the last move caused
  void tell() { telling_ = true; }

 private:
  static constexpr int kNobody = -1;
  static constexpr int kEverybody = -2;

  struct Worker {
    uint32_t process = 1;
    ConnectionId connection;  // none: the next word opens one
    bool registered = false;  // as it believes
    RequestId waits;          // its request that waits
    std::array<LeaseToken, kMaxJobs> held = {};
  };
  // A lease that somebody outside knows of and nobody holds any more.
  struct Stray {
    LeaseToken token;
    int worker = -1;
  };

  void event(Sequence sequence, const Event& event) override;
  void answer(ReplyTo to, const Reply& reply) override;
  void push(ConnectionId to, const Push& push) override;

  // Which moves there are (world_moves.cc).
  void add_client_moves(std::vector<Move>& moves) const;
  void add_worker_moves(std::vector<Move>& moves, int worker) const;
  void add_reports(std::vector<Move>& moves, int worker) const;
  void add_session_faults(std::vector<Move>& moves, int worker) const;
  void add_echoes(std::vector<Move>& moves, int job) const;
  void add_endings(std::vector<Move>& moves, Move move, bool undelivered) const;
  bool has_stray(int job, bool older) const;
  LeaseToken stray_of(int job, bool older) const;

  // What they do.
  void act(const Move& move);
  void submit(int job);
  void request(const Move& move);
  void report(const Move& move, int worker, LeaseToken token);
  void complete(int job, int worker, LeaseToken token);
  void echo(const Move& move);
  void enlist(int worker);
  void beat(int worker);
  void operate(const Move& move);
  void pass();
  void tick();
  void close(int worker);
  void die(int worker, bool unheard);
  void restart();
  void spend(const Move& move);
  void return_undelivered(int worker);

  void handle(const Command& command, Asked asked);
  void learn(int worker, const Reply& reply);
  void drop(int worker, int job);  // it holds the lease no more
  ConnectionId connection_of(int worker);
  SubmitItem item_of(int job) const;
  uint64_t key_of(const std::array<int, kMaxWorkers>& order) const;
  uint64_t job_key(int job, const std::array<int, kMaxWorkers>& order) const;
  uint64_t worker_key(int worker) const;
  uint64_t belief_key(int job, const std::array<int, kMaxWorkers>& order) const;

  const Configuration* config_;
  std::unique_ptr<engine::Engine> live_;
  std::unique_ptr<engine::Engine> replica_;
  Judge judge_;
  Now now_{Instant::from_ms(5'000), WallTime::from_ms(1'700'000'000'000)};
  std::array<Worker, kAllWorkers> workers_ = {};
  std::array<std::vector<Stray>, kMaxJobs> strays_;
  int faults_;
  int restarts_;
  int acts_;
  uint64_t connections_ = 0;
  uint64_t requests_ = 0;

  // The command at hand.
  int deaf_ = kNobody;   // the worker that no answer reaches
  bool durable_ = true;  // its events do
  bool listing_ = false;
  std::vector<Stray> given_;  // leases of this command; `worker` names the job

  std::array<JobRecord, kMaxJobs> records_;  // as listed last
  std::array<bool, kMaxJobs> listed_ = {};
  std::map<JobSeq, JobRecord> stored_;  // what checkpoints at restarts amount to
  std::map<std::string, QueueRecord> stored_queues_;
  std::map<uint64_t, RememberedChunk> stored_chunks_;
  bool telling_ = false;
  std::vector<std::string> told_;
};

}  // namespace muster::sim::small
