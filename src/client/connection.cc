#include "muster/connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

#include "client/failures.h"
#include "client/wait_for.h"

namespace muster::client {

namespace {

constexpr size_t kPadding = 64;  // readable bytes behind every line, for parsers that load words
constexpr size_t kFirstCapacity = 64 * 1024;
constexpr size_t kReadAtLeast = 16 * 1024;
// Answers held while a long pipeline is being sent; beyond it the server has to wait for us.
constexpr size_t kReadAhead = 64 * 1024 * 1024;

Failure broken(const char* doing, int error) {
  return failure(FailureKind::kUnreachable, std::string("the connection broke while ") + doing +
                                                ": " + std::generic_category().message(error));
}

}  // namespace

Connection Connection::adopt(int socket, Waker* waker) {
  ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK);
  return Connection(socket, waker);
}

Connection::Connection(Connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      waker_(other.waker_),
      buffer_(std::move(other.buffer_)),
      capacity_(std::exchange(other.capacity_, 0)),
      begin_(std::exchange(other.begin_, 0)),
      scanned_(std::exchange(other.scanned_, 0)),
      end_(std::exchange(other.end_, 0)) {}

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  close();
  socket_ = std::exchange(other.socket_, -1);
  waker_ = other.waker_;
  buffer_ = std::move(other.buffer_);
  capacity_ = std::exchange(other.capacity_, 0);
  begin_ = std::exchange(other.begin_, 0);
  scanned_ = std::exchange(other.scanned_, 0);
  end_ = std::exchange(other.end_, 0);
  return *this;
}

Connection::~Connection() { close(); }

void Connection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void Connection::finish_sending() { ::shutdown(socket_, SHUT_WR); }

Expected<Nothing> Connection::send(std::string_view lines, Deadline deadline) {
  while (!lines.empty()) {
    const ssize_t sent = ::send(socket_, lines.data(), lines.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      lines.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return broken("sending", errno);
    const short read_too = end_ - begin_ < kReadAhead ? POLLIN : 0;
    short happened = 0;
    if (wait_for(socket_, static_cast<short>(POLLOUT | read_too), nullptr, deadline, &happened) ==
        Ready::kTimeout) {
      return failure(FailureKind::kTimedOut, "the server takes no more requests");
    }
    if ((happened & read_too) != 0) {
      if (auto read = read_some(); !read) return read;
    }
  }
  return Nothing{};
}

Expected<std::string_view> Connection::receive(Deadline deadline) {
  while (true) {
    if (const std::string_view line = buffered_line(); !line.empty()) return line;
    if (end_ - begin_ > kLongestAnswer) {
      return failure(FailureKind::kBadAnswer, "the server sent a line without end");
    }
    switch (wait_for(socket_, POLLIN, waker_, deadline)) {
      case Ready::kTimeout:
        return failure(FailureKind::kTimedOut, "no answer from the server in time");
      case Ready::kWoken:
        return failure(FailureKind::kInterrupted, "interrupted while waiting for the server");
      case Ready::kSocket:
        break;
    }
    if (auto read = read_some(); !read) return read.failure();
  }
}

std::string_view Connection::buffered_line() {
  while (scanned_ < end_) {
    char* const from = buffer_.get() + scanned_;
    char* const found = static_cast<char*>(std::memchr(from, '\n', end_ - scanned_));
    if (found == nullptr) {
      scanned_ = end_;
      break;
    }
    char* const start = buffer_.get() + begin_;
    std::string_view line(start, static_cast<size_t>(found - start));
    begin_ = scanned_ = static_cast<size_t>(found - buffer_.get()) + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) return line;
  }
  return {};
}

void Connection::make_room() {
  if (begin_ == end_) begin_ = scanned_ = end_ = 0;
  if (capacity_ - end_ >= kReadAtLeast + kPadding) return;
  const size_t held = end_ - begin_;
  // Moving what is held is cheap while it is the smaller half.
  if (capacity_ > 0 && held <= capacity_ / 2 && capacity_ - held >= kReadAtLeast + kPadding) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, held);
  } else {
    capacity_ = std::max(kFirstCapacity, capacity_ * 2);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    if (held > 0) std::memcpy(larger.get(), buffer_.get() + begin_, held);
    buffer_ = std::move(larger);
  }
  scanned_ -= begin_;
  begin_ = 0;
  end_ = held;
}

Expected<Nothing> Connection::read_some() {
  make_room();
  const ssize_t got = ::recv(socket_, buffer_.get() + end_, capacity_ - end_ - kPadding, 0);
  if (got > 0) {
    end_ += static_cast<size_t>(got);
    return Nothing{};
  }
  if (got == 0) return failure(FailureKind::kUnreachable, "the server closed the connection");
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return Nothing{};
  return broken("receiving", errno);
}

}  // namespace muster::client
