// Inbox: what the other threads of a worker have to tell its main thread, in order. The only thing
// that threads of a worker share, next to the Outbox of each connection. Its descriptor is for the
// poll loop.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/mutex.h"
#include "muster/waker.h"

namespace muster::worker {

// Connections are numbered from 1; 0 is none. Lines of a connection that the main thread has
// already given up carry its old number.
struct Connected {
  uint64_t connection = 0;
};
struct Disconnected {  // or could not be made
  uint64_t connection = 0;
  std::string why;
};
struct LineCame {
  uint64_t connection = 0;
  std::string line;
};
struct HeartbeatAnswered {
  std::string line;
};
using Message = std::variant<Connected, Disconnected, LineCame, HeartbeatAnswered>;

class Inbox {
 public:
  void put(Message message) {
    {
      const MutexLock lock(mutex_);
      messages_.push_back(std::move(message));
    }
    waker_.wake();
  }
  std::vector<Message> take() {
    waker_.clear();
    const MutexLock lock(mutex_);
    return std::exchange(messages_, {});
  }
  int fd() const { return waker_.fd(); }

 private:
  Mutex mutex_;
  std::vector<Message> messages_ GUARDED_BY(mutex_);
  client::Waker waker_;
};

}  // namespace muster::worker
