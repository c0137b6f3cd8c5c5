// SessionWorld: a whole server without a socket, thread or clock, on a disk in memory, and up to
// four connections at a time. Counts for each connection what was asked and what was answered, and
// ends the process when a promise of docs/protocol.md or of the engine's replay is broken.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "fuzz/reference_framer.h"
#include "server/manual_executor.h"
#include "server/server.h"
#include "storage/memory_file_system.h"
#include "storage/memory_store.h"

namespace muster::fuzz {

class SessionWorld : private server::Transport {
 public:
  static constexpr size_t kPlaces = 4;  // of connections

  SessionWorld();

  void say(size_t place, std::string_view bytes);
  void half_close(size_t place);
  void close(size_t place);
  void pass(Duration time);
  void jump(Duration wall);  // the wall clock alone
  void sync();               // everything in the background is done
  void step_background();    // one piece of it is
  void kill();               // everything written, then the process is gone
  void cut_power();          // what was not synced is gone
  void stop();               // a clean stop, then a new start

  // No more input: everything asked for is answered, and the journal says what the engine knows.
  void end();

 private:
  struct Connection {
    ConnectionId id;
    ReferenceFramer framer{limits::kRequestLine};
    std::optional<Instant> open_since;  // of an object that has not ended
    bool any_bytes = false;
    bool other_wire = false;  // HTTP or TLS: nothing is asked
    bool readable = true;
    bool input_ended = false;
    bool hung_up = false;   // by the server, because of an endless line
    bool finished = false;  // the server has nothing more to say
    uint64_t asked = 0;
    uint64_t answered = 0;
  };

  // server::Transport
  void send(ConnectionId id, server::Chunk chunk) override;
  void flush() override;
  void resume_reading(ConnectionId id) override;
  void finish(ConnectionId id) override;
  void request_turn() override {}

  void start();
  void restart(const std::optional<uint64_t>& expected_hash);
  void turn(Duration later = Duration());
  void note_hash();
  void drop_finished();
  Connection& open(size_t place);
  Connection* find(ConnectionId id);
  void model_receive(Connection& connection, std::string_view bytes);
  void model_open_objects();
  void check_line(Connection& connection, std::string_view line);

  storage::MemoryFileSystem files_;
  storage::MemoryStore store_;
  server::ManualExecutor commit_thread_;
  server::ManualExecutor background_;
  std::unique_ptr<server::Namespace> space_;
  std::optional<server::Server> server_;
  std::array<std::unique_ptr<Connection>, kPlaces> connections_;
  uint64_t last_connection_ = 0;
  Now now_{Instant::from_ms(10'000), WallTime::from_ms(1'700'000'000'000)};
  Instant next_object_check_ = Instant::max();
  std::vector<std::pair<ConnectionId, size_t>> sent_;
  std::map<Sequence, uint64_t> hashes_;  // of the engine's state, by its last event
  int turns_ = 0;
};

}  // namespace muster::fuzz
