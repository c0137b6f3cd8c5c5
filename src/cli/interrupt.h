// Interrupt: while it lives, SIGINT and SIGTERM wake a Waker instead of ending the process.
#pragma once

#include <atomic>
#include <csignal>
#include <thread>

#include "muster/waker.h"

namespace muster::cli {

class Interrupt {
 public:
  // Blocks both signals in the calling thread; make it before any other thread.
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  // Woken once a signal has come.
  client::Waker& waker() { return waker_; }
  // The last one; 0: none yet.
  int signal() const { return signal_; }
  // Be ready for the next.
  void clear() { waker_.clear(); }

 private:
  void listen();

  sigset_t before_;
  int signals_ = -1;  // a signalfd
  client::Waker waker_;
  client::Waker stop_;
  std::atomic<int> signal_ = 0;
  std::thread thread_;
};

}  // namespace muster::cli
