// Server: the order of things, without a socket or a thread: bytes -> session -> engine ->
// committer -> commit queue -> transport. The loop (or a test, or the simulator) calls it on one
// thread and ends every turn with end_of_turn().
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "engine/output.h"
#include "server/checkpointer.h"
#include "server/commit_queue.h"
#include "server/committer.h"
#include "server/config.h"
#include "server/name_space.h"
#include "server/pressure.h"
#include "server/session.h"
#include "server/transport.h"

namespace muster::server {

class Server : private SessionHost, private engine::Output {
 public:
  // What the server reaches of the world. All must outlive it, and the executors must have finished
  // before it dies.
  struct World {
    Transport& transport;
    Executor& commit_thread;
    Executor& background;
    // Both on the background thread: whether the disk is nearly full (every second or so), and give
    // what is held in reserve to who ran out of room.
    std::function<bool()> disk_low;
    std::function<void()> release_reserve;
    Checkpointer::Stopwatch microseconds;
    // Sees each event as it is applied, long before it is durable; null: nobody.
    std::function<void(Sequence, const Event&)> observer = {};
  };

  // `space` has been recovered; the engine starts now.
  Server(const ServerConfig& config, Namespace& space, const World& world, Now now);
  ~Server() override = default;

  // From the transport. receive() answers whether more bytes are welcome now.
  void opened(ConnectionId connection);
  bool receive(ConnectionId connection, std::string_view bytes, Now now);
  void end_of_input(ConnectionId connection, Now now);
  void sent(ConnectionId connection, size_t bytes);
  // It is gone, with these assignments not handed to the socket.
  void closed(ConnectionId connection, const std::vector<Delivery>& undelivered, Now now);

  void end_of_turn(Now now);
  // When the next turn must come, at the latest.
  Instant next_wakeup(Now now) const;

  // A clean stop: no more input; waiting requests are answered, then everything is synced and
  // sealed, and a last checkpoint written. stopped() says when that is done and all answers have
  // left.
  void stop(Now now);
  bool stopped() const;

  // The journal ended, and why: nothing is answered any more, the process must exit.
  const std::optional<std::string>& ended() const { return committer_.ended(); }

  size_t connections() const { return sessions_.size(); }

 private:
  // SessionHost
  void handle(ReplyTo from, const Command& command, Now now) override;
  Sequence applied() const override { return engine_.applied(); }
  Pressure::Gate gate() const override { return pressure_.gate(); }
  Error refusal() const override { return pressure_.refusal(); }
  protocol::ServerFacts facts(Now now) const override;
  protocol::Decoder& decoder() override { return decoder_; }
  void touched(Session& session) override;
  void unsent_changed(ptrdiff_t bytes) override { unsent_ += static_cast<size_t>(bytes); }
  bool crowded() const override { return unsent_ >= limits::kUnsentAll; }

  // engine::Output
  void event(Sequence sequence, const Event& event) override;
  void answer(ReplyTo to, const Reply& reply) override;
  void push(ConnectionId to, const Push& push) override;

  Session* find(ConnectionId connection);
  Session& get(ConnectionId connection);
  void tick();
  void check_open_objects();
  void resume_held_up();
  bool probes() const;  // may ask the disk when the next probe is due
  void probe_disk();
  void update_pressure();
  void settle_touched();
  void finish_those_over();
  void look_for_space();

  const ServerConfig config_;
  engine::Engine& engine_;
  const World world_;
  protocol::Decoder decoder_;
  CommitQueue queue_;
  Committer committer_;
  Checkpointer checkpointer_;
  Pressure pressure_;

  size_t unsent_ = 0;  // bytes of answers of all sessions; outlives them
  std::unordered_map<ConnectionId, std::unique_ptr<Session>> sessions_;
  Session* current_ = nullptr;  // whose command is being handled
  std::vector<ConnectionId> touched_;
  std::vector<ConnectionId> held_up_;
  std::vector<ConnectionId> finishing_;  // over, but chunks of theirs still wait in the queue
  Now now_;
  const Instant started_;
  Instant next_object_check_ = Instant::max();  // none has an open object
  Instant last_tick_;
  Instant next_probe_;
  bool probing_ = false;
  bool probed_low_ = false;  // written by the background thread while probing_
  bool disk_low_ = false;
  bool out_of_space_ = false;  // a write found none, and no checkpoint has worked since
  bool stopping_ = false;
};

}  // namespace muster::server
