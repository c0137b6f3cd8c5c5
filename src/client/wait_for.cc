#include "client/wait_for.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>

#include "base/check.h"

namespace muster::client {

namespace {

// Rounded up, so that a wait never ends before its deadline.
int poll_timeout(Deadline deadline) {
  const auto now = Clock::now();
  if (deadline <= now) return 0;
  const auto left = std::chrono::ceil<Milliseconds>(deadline - now).count();
  return static_cast<int>(std::min<int64_t>(left, std::numeric_limits<int>::max()));
}

}  // namespace

Ready wait_for(int socket, short events, const Waker* waker, Deadline deadline, short* happened) {
  // poll() ignores negative descriptors.
  std::array<pollfd, 2> watched = {{
      {.fd = socket, .events = events, .revents = 0},
      {.fd = waker == nullptr ? -1 : waker->fd(), .events = POLLIN, .revents = 0},
  }};
  while (true) {
    const int timeout = poll_timeout(deadline);
    const int count = ::poll(watched.data(), watched.size(), timeout);
    CHECK(count >= 0 || errno == EINTR || errno == ENOMEM, "poll: errno {}", errno);
    if (count > 0) break;
    if (count == 0 && Clock::now() >= deadline) return Ready::kTimeout;
  }
  if (happened != nullptr) *happened = watched[0].revents;
  return watched[0].revents != 0 ? Ready::kSocket : Ready::kWoken;
}

}  // namespace muster::client
