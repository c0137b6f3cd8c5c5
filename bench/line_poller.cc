#include "bench/line_poller.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace muster::bench {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

LineConnection::LineConnection(uint16_t port, OnLine on_line)
    : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), on_line_(std::move(on_line)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd_ < 0 || ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    fail("connect");
  }
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::fcntl(fd_, F_SETFL, O_NONBLOCK);
}

LineConnection::~LineConnection() { ::close(fd_); }

void LineConnection::read() {
  std::array<char, 256 * 1024> buffer;
  const ssize_t got = ::read(fd_, buffer.data(), buffer.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) fail("the server hung up");
  std::string_view fresh(buffer.data(), static_cast<size_t>(got));
  while (!fresh.empty()) {
    const size_t newline = fresh.find('\n');
    if (newline == std::string_view::npos) {
      in_.append(fresh);
      return;
    }
    if (in_.empty()) {
      on_line_(*this, fresh.substr(0, newline));
    } else {
      in_.append(fresh.substr(0, newline));
      on_line_(*this, in_);
      in_.clear();
    }
    fresh.remove_prefix(newline + 1);
  }
}

void LineConnection::write() {
  while (sent_ < out_.size()) {
    const ssize_t put = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (put < 0) fail("send");
    sent_ += static_cast<size_t>(put);
  }
  out_.clear();
  sent_ = 0;
}

LinePoller::LinePoller() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (epoll_ < 0) fail("epoll_create1");
}

LinePoller::~LinePoller() { ::close(epoll_); }

LineConnection& LinePoller::add(uint16_t port, LineConnection::OnLine on_line) {
  connections_.push_back(std::make_unique<LineConnection>(port, std::move(on_line)));
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = connections_.back().get();
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back()->fd_, &event) != 0) fail("epoll_ctl");
  return *connections_.back();
}

void LinePoller::run_until(const std::function<bool()>& done) {
  constexpr int kSilenceMs = 10'000;
  constexpr int kRetrySendMs = 1;
  std::array<epoll_event, 256> events;
  int silent_ms = 0;
  while (!done()) {
    bool unsent = false;
    for (const auto& connection : connections_) {
      if (!connection->out_.empty()) connection->write();
      unsent = unsent || !connection->out_.empty();
    }
    const int wait_ms = unsent ? kRetrySendMs : kSilenceMs;
    const int ready = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms);
    if (ready < 0 && errno != EINTR) fail("epoll_wait");
    silent_ms = ready > 0 ? 0 : silent_ms + wait_ms;
    if (silent_ms >= kSilenceMs) throw std::runtime_error("the server has been silent for 10 s");
    for (int i = 0; i < ready; ++i) {
      static_cast<LineConnection*>(events[static_cast<size_t>(i)].data.ptr)->read();
    }
  }
}

}  // namespace muster::bench
