#include "server/loop_listener.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include "model/error.h"
#include "model/limits.h"
#include "protocol/encoder.h"
#include "server/log.h"

namespace muster::server {
namespace {

using boost::asio::posix::stream_descriptor;
using ErrorCodeOf = boost::system::error_code;

constexpr int kBacklog = 4096;
constexpr int kAcceptsPerTurn = 64;
constexpr std::chrono::milliseconds kPauseWithoutFiles{100};
constexpr Duration kComplaintInterval = Duration::seconds(10);

struct Resolved {
  sockaddr_storage address{};
  socklen_t size = 0;
};

bool is_loopback(const Resolved& resolved) {
  if (resolved.address.ss_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, &resolved.address, sizeof v4);
    return (ntohl(v4.sin_addr.s_addr) >> 24) == 127;
  }
  sockaddr_in6 v6;
  std::memcpy(&v6, &resolved.address, sizeof v6);
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

Expected<Resolved, std::string> resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (failed != 0) return fmt::format("--listen: {}: {}", host, ::gai_strerror(failed));
  Resolved out;
  std::memcpy(&out.address, found->ai_addr, found->ai_addrlen);
  out.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return out;
}

// What a listening socket is told, those it accepts inherit. Keep-alive finds peers that are gone
// without a word: after about two minutes their connection ends.
void set_options(int socket) {
  const struct {
    int level;
    int name;
    int value;
  } options[] = {{SOL_SOCKET, SO_REUSEADDR, 1},    {IPPROTO_TCP, TCP_NODELAY, 1},
                 {SOL_SOCKET, SO_KEEPALIVE, 1},    {IPPROTO_TCP, TCP_KEEPIDLE, 60},
                 {IPPROTO_TCP, TCP_KEEPINTVL, 10}, {IPPROTO_TCP, TCP_KEEPCNT, 6}};
  for (const auto& option : options) {
    ::setsockopt(socket, option.level, option.name, &option.value, sizeof option.value);
  }
}

std::string bound_address(int socket) {
  Resolved bound;
  bound.size = sizeof bound.address;
  auto* address = reinterpret_cast<sockaddr*>(&bound.address);
  char host[NI_MAXHOST] = "?";
  char port[NI_MAXSERV] = "?";
  if (::getsockname(socket, address, &bound.size) == 0) {
    ::getnameinfo(address, bound.size, host, sizeof host, port, sizeof port,
                  NI_NUMERICHOST | NI_NUMERICSERV);
  }
  const bool v6 = bound.address.ss_family == AF_INET6;
  return fmt::format("{}{}{}:{}", v6 ? "[" : "", host, v6 ? "]" : "", port);
}

}  // namespace

struct LoopListener::Parts {
  Parts(Loop& on, int socket) : loop(on), descriptor(on.context(), socket), timer(on.context()) {}

  Loop& loop;
  stream_descriptor descriptor;
  boost::asio::steady_timer timer;
  LoopConnections* connections = nullptr;
  bool closed = false;
  std::optional<Instant> complained;
};

LoopListener::LoopListener(std::unique_ptr<Parts> parts, std::string address)
    : parts_(std::move(parts)), address_(std::move(address)) {}

LoopListener::~LoopListener() = default;

Expected<std::unique_ptr<LoopListener>, std::string> LoopListener::bind(Loop& loop,
                                                                        const std::string& host,
                                                                        uint16_t port,
                                                                        bool insecure) {
  const auto resolved = resolve(host, port);
  if (!resolved.ok()) return resolved.error();
  if (!insecure && !is_loopback(*resolved)) {
    return fmt::format(
        "--listen: {} is reachable from other machines, and there is no "
        "authentication yet: use a loopback address, or say --insecure",
        host);
  }
  const int socket =
      ::socket(resolved->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return fmt::format("--listen: {}: {}", host, std::strerror(errno));
  set_options(socket);
  const auto* address = reinterpret_cast<const sockaddr*>(&resolved->address);
  if (::bind(socket, address, resolved->size) != 0) {
    const int why = errno;
    ::close(socket);
    return fmt::format("--listen: {}:{}: {}", host, port, std::strerror(why));
  }
  const std::string bound = bound_address(socket);
  return std::make_unique<LoopListener>(std::make_unique<Parts>(loop, socket), bound);
}

Expected<Unit, std::string> LoopListener::listen() {
  if (::listen(parts_->descriptor.native_handle(), kBacklog) == 0) return Unit{};
  return fmt::format("--listen: {}: {}", address_, std::strerror(errno));
}

void LoopListener::accept(LoopConnections& connections) {
  parts_->connections = &connections;
  wait();
}

void LoopListener::close() {
  parts_->closed = true;
  parts_->timer.cancel();
  parts_->descriptor.close();
}

void LoopListener::wait() {
  if (parts_->closed) return;
  parts_->descriptor.async_wait(stream_descriptor::wait_read, [this](const ErrorCodeOf& error) {
    if (!error && !parts_->closed) take_all();
  });
}

void LoopListener::take_all() {
  for (int i = 0; i < kAcceptsPerTurn; ++i) {
    if (!take_one()) return;
  }
  wait();
}

// False: there is no more for now, and somebody waits already.
bool LoopListener::take_one() {
  const int socket =
      ::accept4(parts_->descriptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      pause();
      return false;
    }
    // A connection that died in the queue is nobody's error.
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      wait();
      return false;
    }
    return true;
  }
  if (parts_->connections->size() < limits::kConnections) {
    parts_->connections->adopt(socket);
    return true;
  }
  std::string line;
  const Error full{ErrorCode::kUnavailable, "the server has as many connections as it may",
                   Duration::seconds(1)};
  protocol::encode_error({}, full, {}, &line);
  (void)::send(socket, line.data(), line.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::close(socket);
  return true;
}

// No file descriptor is left: connections wait in the system's queue until some are closed.
void LoopListener::pause() {
  const Instant now = parts_->loop.now().steady;
  if (!parts_->complained || now - *parts_->complained >= kComplaintInterval) {
    parts_->complained = now;
    log_warning("accept_paused", {{"why", std::strerror(errno)}});
  }
  parts_->timer.expires_after(kPauseWithoutFiles);
  parts_->timer.async_wait([this](const ErrorCodeOf& error) {
    if (!error) wait();
  });
}

void raise_open_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace muster::server
