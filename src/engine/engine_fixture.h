// EngineFixture: an engine under test, with commands as one-line calls and answers as short texts.
// Every event is applied to a second engine as well, as recovery would: TearDown compares the two
// by hash. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/engine.h"

namespace muster::engine {

// One line per reply or push, for comparing: "accepted a", "assign a#1", "lease_lost", "no_job"…
std::string render(const Reply& reply);
std::string render(const Push& push);

class EngineFixture : public ::testing::Test, public Output {
 protected:
  EngineFixture() : EngineFixture(EngineConfig{}) {}
  explicit EngineFixture(const EngineConfig& config);
  void TearDown() override;

  // Runs a command for a connection; the answer to it, or "" when it waits.
  std::string run(const Command& command, uint64_t connection = 1);

  // Shorthands. Job ids also name the fingerprint's content: the same id is the same content.
  std::string submit(std::string_view id, const std::function<void(JobSpec&)>& change = {});
  std::string request(std::string_view worker, std::initializer_list<std::string_view> queues = {},
                      Duration wait = {}, uint64_t connection = 1);
  std::string request_plain(std::string_view worker);
  std::string complete(std::string_view id, uint64_t token, std::string_view result = {});
  std::string complete_plain(std::string_view id, std::string_view worker);
  std::string fail(std::string_view id, uint64_t token, bool retryable = true);
  std::string release(std::string_view id, uint64_t token, Duration delay = {});
  std::string extend(std::string_view id, uint64_t token, Duration lease);
  std::string act(JobAction action, std::string_view id);
  std::string enlist(std::string_view worker, std::string_view instance, uint64_t connection = 1,
                     uint32_t concurrency = 1);
  std::string beat(std::string_view worker, std::string_view instance, uint64_t connection = 1);
  std::string state(std::string_view id);  // "running attempts=1 failures=0 losses=0"
  std::string close(uint64_t connection);

  // Lets time pass as a listening server would: in ticks of at most 100 ms.
  void pass(Duration time);
  // Restarts: the engine goes on from its replayed state, which has been through a checkpoint.
  void restart();

  // Answers and pushes to others than the caller, "connection: text", since the last call.
  std::vector<std::string> others();

  uint64_t token_of(std::string_view id) { return job(id)->token.value(); }
  const JobRecord* job(std::string_view id);  // null: not_found; until the next call

  Engine& engine() { return *engine_; }
  Now now_{Instant::from_ms(1'000'000), WallTime::from_ms(1'700'000'000'000)};

 private:
  void event(Sequence sequence, const Event& event) override;
  void answer(ReplyTo to, const Reply& reply) override;
  void push(ConnectionId to, const Push& push) override;

  EngineConfig config_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Engine> replica_;          // applies what the first one reports
  std::map<JobSeq, JobRecord> stored_jobs_;  // what the checkpoints so far amount to
  std::map<std::string, QueueRecord> stored_queues_;
  std::map<uint64_t, RememberedChunk> stored_chunks_;
  ReplyTo caller_;
  std::string answer_;
  std::vector<std::string> others_;
  JobRecord found_;
  uint64_t next_request_ = 1;
};

}  // namespace muster::engine
