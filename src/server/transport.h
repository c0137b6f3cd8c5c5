// Transport: what the server asks of the connections' other half (sockets in loop_*, a script in
// tests).
#pragma once

#include "model/ids.h"
#include "server/chunk.h"

namespace muster::server {

class Transport {
 public:
  virtual ~Transport() = default;

  // Queues `chunk` for the connection; flush() writes, once per connection and turn.
  virtual void send(ConnectionId connection, Chunk chunk) = 0;
  virtual void flush() = 0;

  // Listen for bytes again, after Server::receive() answered false.
  virtual void resume_reading(ConnectionId connection) = 0;

  // Close it once everything queued has been written; Server::closed() is called then.
  virtual void finish(ConnectionId connection) = 0;

  // Have Server::end_of_turn() called soon, though nothing else may happen.
  virtual void request_turn() = 0;
};

}  // namespace muster::server
