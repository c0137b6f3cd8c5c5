// Connection::connect: from a name to a connected socket. What happens on it is in connection.cc.
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "client/failures.h"
#include "client/wait_for.h"
#include "muster/connection.h"

namespace muster::client {

namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

std::string error_text(int error) { return std::generic_category().message(error); }

// A peer that vanished without a word (pulled cable, lost machine) is noticed within a minute.
void set_options(int socket) {
  const int on = 1;
  const int idle_s = 30;
  const int interval_s = 10;
  const int probes = 3;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(socket, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

// 0 when `socket` is connected, otherwise why not; ECANCELED when the Waker was woken.
int finish_connecting(int socket, Deadline deadline, const Waker* waker) {
  switch (wait_for(socket, POLLOUT, waker, deadline)) {
    case Ready::kWoken:
      return ECANCELED;
    case Ready::kTimeout:
      return ETIMEDOUT;
    case Ready::kSocket:
      break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

// The socket, or a negative errno.
int try_one(const addrinfo& candidate, Deadline deadline, const Waker* waker) {
  const int socket = ::socket(candidate.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return -errno;
  int error = 0;
  if (::connect(socket, candidate.ai_addr, candidate.ai_addrlen) != 0) error = errno;
  // An interrupted connect goes on by itself.
  if (error == EINPROGRESS || error == EINTR) error = finish_connecting(socket, deadline, waker);
  if (error == 0) return socket;
  ::close(socket);
  return -error;
}

}  // namespace

Expected<Connection> Connection::connect(const Address& address, Deadline deadline, Waker* waker) {
  addrinfo hints = {};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(address.host.c_str(), address.port.c_str(), &hints, &found);
  if (error != 0) {
    const std::string why = error == EAI_SYSTEM ? error_text(errno) : ::gai_strerror(error);
    return failure(FailureKind::kUnreachable,
                   "cannot find the server's host `" + address.host + "`: " + why);
  }
  const AddressList list(found, &::freeaddrinfo);
  int left = 0;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) ++left;
  int last = ECONNREFUSED;
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next, --left) {
    // An address that swallows packets must not eat the time of the next one.
    const auto now = Clock::now();
    const Deadline share = now < deadline && left > 1 ? now + (deadline - now) / left : deadline;
    const int socket = try_one(*each, share, waker);
    if (socket >= 0) {
      set_options(socket);
      return Connection(socket, waker);
    }
    if (socket == -ECANCELED) {
      return failure(FailureKind::kInterrupted, "interrupted while connecting");
    }
    last = -socket;
  }
  return failure(FailureKind::kUnreachable,
                 "cannot reach the server at " + address.text() + ": " + error_text(last));
}

}  // namespace muster::client
