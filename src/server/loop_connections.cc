#include "server/loop_connections.h"

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include "base/check.h"
#include "model/limits.h"

namespace muster::server {
namespace {

using boost::asio::posix::stream_descriptor;
using ErrorCode = boost::system::error_code;

constexpr size_t kChunksPerWrite = 64;
// After the last answer the peer's further bytes are read and thrown away for this long: a socket
// closed over unread bytes resets the connection, and the peer may lose the answer.
constexpr std::chrono::milliseconds kLinger{1000};

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

struct LoopConnections::Connection {
  Connection(ConnectionId number, boost::asio::io_context& context, int socket)
      : id(number), descriptor(context, socket) {}

  const ConnectionId id;
  stream_descriptor descriptor;
  std::deque<Chunk> out;
  size_t written = 0;    // bytes of out.front()
  bool dirty = false;    // on the list of this turn
  bool reading = false;  // a wait for bytes is on its way
  bool writing = false;  // a wait for room is on its way
  bool input_ended = false;
  bool finishing = false;  // close when all is written
  bool lingering = false;  // all was written: the session is over, input is thrown away
  bool lost = false;       // broken, or on its way out
  std::optional<boost::asio::steady_timer> deadline;
};

LoopConnections::LoopConnections(Loop& loop)
    : loop_(loop), buffer_(std::make_unique<char[]>(limits::kReadPerTurn)) {}

LoopConnections::~LoopConnections() = default;

void LoopConnections::adopt(int socket) {
  last_ = last_.next();
  auto connection = std::make_shared<Connection>(last_, loop_.context(), socket);
  connections_.emplace(last_, connection);
  server_->opened(last_);
  wait_readable(connection);
}

void LoopConnections::wait_readable(const Ptr& connection) {
  if (connection->reading || connection->lost) return;
  connection->reading = true;
  connection->descriptor.async_wait(stream_descriptor::wait_read,
                                    [this, connection](const ErrorCode& error) {
                                      connection->reading = false;
                                      if (!error && !connection->lost) readable(connection);
                                    });
}

void LoopConnections::wait_writable(const Ptr& connection) {
  connection->writing = true;
  connection->descriptor.async_wait(stream_descriptor::wait_write,
                                    [this, connection](const ErrorCode& error) {
                                      connection->writing = false;
                                      if (!error && !connection->lost) write(connection);
                                    });
}

void LoopConnections::readable(const Ptr& connection) {
  const ssize_t got = ::recv(connection->descriptor.native_handle(), buffer_.get(),
                             limits::kReadPerTurn, MSG_DONTWAIT);
  if (got < 0) {
    if (would_block(errno)) return wait_readable(connection);
    return lose(connection);
  }
  if (connection->lingering) return got == 0 ? lose(connection) : wait_readable(connection);
  if (got == 0) {
    connection->input_ended = true;
    server_->end_of_input(connection->id, loop_.now());
    return;
  }
  const std::string_view bytes(buffer_.get(), static_cast<size_t>(got));
  if (server_->receive(connection->id, bytes, loop_.now())) wait_readable(connection);
}

void LoopConnections::resume_reading(ConnectionId id) {
  const auto found = connections_.find(id);
  if (found == connections_.end() || found->second->input_ended) return;
  wait_readable(found->second);
}

void LoopConnections::send(ConnectionId id, Chunk chunk) {
  const auto found = connections_.find(id);
  CHECK(found != connections_.end(), "no connection {}", id.value());
  const Ptr& connection = found->second;
  connection->out.push_back(std::move(chunk));
  if (connection->dirty || connection->writing || connection->lost) return;
  connection->dirty = true;
  dirty_.push_back(connection);
}

void LoopConnections::flush() {
  for (const Ptr& connection : std::exchange(dirty_, {})) {
    connection->dirty = false;
    if (!connection->lost && !connection->writing) write(connection);
  }
}

void LoopConnections::write(const Ptr& connection) {
  auto& out = connection->out;
  while (!out.empty()) {
    std::array<iovec, kChunksPerWrite> parts;
    size_t count = 0;
    size_t offset = connection->written;
    size_t asked = 0;
    for (auto chunk = out.begin(); chunk != out.end() && count < kChunksPerWrite; ++chunk) {
      parts[count++] = {chunk->bytes.data() + offset, chunk->bytes.size() - offset};
      asked += chunk->bytes.size() - offset;
      offset = 0;
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const ssize_t put =
        ::sendmsg(connection->descriptor.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0) return would_block(errno) ? wait_writable(connection) : lose(connection);

    connection->written += static_cast<size_t>(put);
    while (!out.empty() && connection->written >= out.front().bytes.size()) {
      connection->written -= out.front().bytes.size();
      out.pop_front();
    }
    server_->sent(connection->id, static_cast<size_t>(put));
    if (static_cast<size_t>(put) < asked) return wait_writable(connection);
  }
  all_written(connection);
}

void LoopConnections::all_written(const Ptr& connection) {
  if (!connection->finishing || connection->lingering) return;
  if (connection->input_ended) {
    lose(connection);
  } else {
    linger(connection);
  }
}

void LoopConnections::finish(ConnectionId id) {
  const auto found = connections_.find(id);
  CHECK(found != connections_.end(), "no connection {}", id.value());
  found->second->finishing = true;
  if (found->second->out.empty()) all_written(found->second);
}

void LoopConnections::linger(const Ptr& connection) {
  connection->lingering = true;
  ::shutdown(connection->descriptor.native_handle(), SHUT_WR);
  wait_readable(connection);
  connection->deadline.emplace(loop_.context(), kLinger);
  connection->deadline->async_wait([this, connection](const ErrorCode& error) {
    if (!error && !connection->lost) lose(connection);
  });
}

// Told to the server in a handler of its own, never from inside a call of the server's.
void LoopConnections::lose(const Ptr& connection) {
  connection->lost = true;
  loop_.post([this, connection] { gone(connection); });
}

void LoopConnections::gone(const Ptr& connection) {
  std::vector<Delivery> undelivered;
  size_t from = connection->written;
  for (const Chunk& chunk : connection->out) {
    for (const Delivery& delivery : chunk.deliveries) {
      if (delivery.end > from) undelivered.push_back(delivery);
    }
    from = 0;
  }
  connection->deadline.reset();
  connection->descriptor.close();
  connections_.erase(connection->id);
  server_->closed(connection->id, undelivered, loop_.now());
}

void LoopConnections::request_turn() {
  if (std::exchange(turn_requested_, true)) return;
  loop_.post([this] { turn_requested_ = false; });
}

}  // namespace muster::server
