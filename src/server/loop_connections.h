// LoopConnections: the sockets behind the sessions. Waits for a socket to be ready, then reads
// without blocking, at most limits::kReadPerTurn per connection and turn; writes once per
// connection and turn.
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "base/time.h"
#include "server/loop.h"
#include "server/server.h"
#include "server/transport.h"

namespace muster::server {

class LoopConnections : public Transport {
 public:
  explicit LoopConnections(Loop& loop);
  ~LoopConnections() override;

  // Whose sessions they are; before the first adopt().
  void serve(Server& server) { server_ = &server; }

  // Takes over an accepted, non-blocking socket.
  void adopt(int socket);
  size_t size() const { return connections_.size(); }

  // Transport
  void send(ConnectionId id, Chunk chunk) override;
  void flush() override;
  void resume_reading(ConnectionId id) override;
  void finish(ConnectionId id) override;
  void request_turn() override;

 private:
  struct Connection;
  using Ptr = std::shared_ptr<Connection>;

  void wait_readable(const Ptr& connection);
  void wait_writable(const Ptr& connection);
  void readable(const Ptr& connection);
  void write(const Ptr& connection);
  void all_written(const Ptr& connection);
  void linger(const Ptr& connection);
  void lose(const Ptr& connection);
  void gone(const Ptr& connection);

  Loop& loop_;
  Server* server_ = nullptr;
  std::unordered_map<ConnectionId, Ptr> connections_;
  std::vector<Ptr> dirty_;  // have something to write in this turn
  ConnectionId last_;
  std::unique_ptr<char[]> buffer_;  // what a read fills; sessions copy what they keep
  bool turn_requested_ = false;
};

}  // namespace muster::server
