// Waker: lets another thread, or a signal handler, end a wait on a Connection or a Client early.
//
// It is a latch: once woken it stays so, and every wait that watches it returns at once, until the
// waiting side calls clear(). One Waker may serve several connections; it must outlive them.
#pragma once

namespace muster::client {

class Waker {
 public:
  // Takes one file descriptor; ends the process if the system has none left.
  Waker();
  ~Waker();
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  // Any thread, and signal handlers (async-signal-safe, errno is kept).
  void wake() noexcept;
  // The waiting side: forget all wake() so far. Clear first, then look at what they were about.
  void clear() noexcept;
  bool woken() const noexcept;

  // Readable while woken; for a poll of your own. Owned by the Waker.
  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

}  // namespace muster::client
