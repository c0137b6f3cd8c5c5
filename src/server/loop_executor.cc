#include "server/loop_executor.h"

#include <pthread.h>
#include <signal.h>

namespace muster::server {

LoopExecutor::LoopExecutor(Loop& loop, const char* name) : loop_(loop) {
  // Signals are the loop's.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { serve(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), name);
}

LoopExecutor::~LoopExecutor() {
  {
    const MutexLock lock(mutex_);
    ending_ = true;
  }
  more_.notify_one();
  thread_.join();
}

void LoopExecutor::run(std::function<void()> work, std::function<void()> done) {
  {
    const MutexLock lock(mutex_);
    queue_.emplace_back(std::move(work), std::move(done));
  }
  more_.notify_one();
}

void LoopExecutor::serve() {
  MutexLock lock(mutex_);
  while (true) {
    while (!ending_ && queue_.empty()) more_.wait(mutex_);
    if (queue_.empty()) return;
    auto [work, done] = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    loop_.post(std::move(done));
    lock.lock();
  }
}

}  // namespace muster::server
