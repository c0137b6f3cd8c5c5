// Signals of a process of one thread that has children and polls: none interrupts it, and the end
// of a child makes a descriptor readable.
#pragma once

#include <sys/signalfd.h>

#include <csignal>

#include "worker/unique_fd.h"

namespace muster::worker {

// Blocks every signal (blocked, not ignored: a TERM that reaches a child between its fork and its
// exec must wait for the defaults to be back, and an ignored one would be thrown away). The
// descriptor is readable after a SIGCHLD.
inline UniqueFd block_signals() {
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  return UniqueFd(::signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK));
}

inline void drain_signals(const UniqueFd& descriptor) {
  signalfd_siginfo info;
  while (::read(descriptor.get(), &info, sizeof info) > 0) continue;
}

}  // namespace muster::worker
