// Connection: one TCP connection to a Muster server, lines out and lines in. Knows no verb.
//
// Blocking, with a deadline on every call; a Waker ends connect() and receive() early. One thread
// at a time may use a connection; other threads reach it through the Waker only. Any failure but
// kTimedOut and kInterrupted of receive() ends it: close it and make a new one (see Backoff).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "muster/failure.h"
#include "muster/waker.h"

namespace muster::client {

inline constexpr const char* kDefaultServer = "127.0.0.1:8080";

// A server's address. `text` is HOST, HOST:PORT, [IPV6]:PORT or :PORT; without a port it is 8080,
// without a host 127.0.0.1. Names are looked up by connect(), anew each time.
struct Address {
  std::string host;
  std::string port;

  static Expected<Address> parse(std::string_view text);
  std::string text() const;  // HOST:PORT, as parse() takes it
};

class Connection {
 public:
  // Tries every address that the host's name has. The lookup itself has the system's own timeout.
  // `waker` may be null; otherwise it is watched by connect() and receive() and outlives the
  // connection.
  static Expected<Connection> connect(const Address& address, Deadline deadline,
                                      Waker* waker = nullptr);
  // Takes over a connected stream socket.
  static Connection adopt(int socket, Waker* waker = nullptr);

  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  ~Connection();

  // Sends `lines` (each ends with '\n') to the last byte. Reads ahead while the server is not
  // taking any, so that long pipelines do not block each other. A failure, kTimedOut too, leaves an
  // unknown part sent: the connection is over. The Waker does not end it.
  Expected<Nothing> send(std::string_view lines, Deadline deadline);

  // The next line, without its end, followed by at least 64 readable bytes. The view lives until
  // the next call on this connection. kTimedOut and kInterrupted leave the connection as it was; a
  // line that has already come is given even when the deadline has passed or the Waker is woken.
  Expected<std::string_view> receive(Deadline deadline);

  // A line that has already come, without waiting and without a system call; none: an empty view.
  std::string_view buffered_line();

  // No more will be sent: the server answers what waits, then closes.
  void finish_sending();

  // For a poll of your own (readable: a line, or the end, may be there). Owned by the connection.
  int fd() const { return socket_; }

 private:
  explicit Connection(int socket, Waker* waker) : socket_(socket), waker_(waker) {}

  void close();
  void make_room();
  Expected<Nothing> read_some();

  int socket_ = -1;
  Waker* waker_ = nullptr;
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t begin_ = 0;    // of what was not given out yet
  size_t scanned_ = 0;  // no line end before this
  size_t end_ = 0;
};

// The longest line that receive() takes (the server's own limit on answers is 4 MiB).
inline constexpr size_t kLongestAnswer = 16 * 1024 * 1024;

}  // namespace muster::client
