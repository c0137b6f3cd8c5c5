#include "muster/waker.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

#include "base/check.h"

namespace muster::client {

Waker::Waker() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  CHECK(fd_ >= 0, "eventfd: errno {}", errno);
}

Waker::~Waker() { ::close(fd_); }

void Waker::wake() noexcept {
  const int saved = errno;
  const uint64_t one = 1;
  // Fails only when the counter is full: then it is woken anyway.
  [[maybe_unused]] const ssize_t written = ::write(fd_, &one, sizeof one);
  errno = saved;
}

void Waker::clear() noexcept {
  uint64_t count = 0;
  // Fails only when nothing had woken it.
  [[maybe_unused]] const ssize_t got = ::read(fd_, &count, sizeof count);
}

bool Waker::woken() const noexcept {
  pollfd watched{.fd = fd_, .events = POLLIN, .revents = 0};
  return ::poll(&watched, 1, 0) == 1;
}

}  // namespace muster::client
