// The signals that end a worker: blocked before it has threads, then read from a descriptor.
#pragma once

#include <sys/signalfd.h>

#include <csignal>

#include "worker/unique_fd.h"

namespace muster::worker {

// SIGTERM, SIGINT and SIGHUP, blocked in this thread and those it makes; the descriptor gives them.
inline UniqueFd stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  return UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}

}  // namespace muster::worker
