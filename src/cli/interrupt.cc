#include "cli/interrupt.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/check.h"

namespace muster::cli {

// A thread on a signalfd rather than a handler: a handler would need a global to find the Waker.
Interrupt::Interrupt() {
  sigset_t both;
  sigemptyset(&both);
  sigaddset(&both, SIGINT);
  sigaddset(&both, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &both, &before_);
  signals_ = ::signalfd(-1, &both, SFD_CLOEXEC);
  CHECK(signals_ >= 0, "signalfd: errno {}", errno);
  thread_ = std::thread([this] { listen(); });
}

Interrupt::~Interrupt() {
  stop_.wake();
  thread_.join();
  ::close(signals_);
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void Interrupt::listen() {
  std::array<pollfd, 2> watched = {{
      {.fd = signals_, .events = POLLIN, .revents = 0},
      {.fd = stop_.fd(), .events = POLLIN, .revents = 0},
  }};
  while (true) {
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) return;
    signalfd_siginfo info = {};
    if (::read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) continue;
    signal_ = static_cast<int>(info.ssi_signo);
    waker_.wake();
  }
}

}  // namespace muster::cli
