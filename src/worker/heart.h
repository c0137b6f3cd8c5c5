// Heart: the heartbeat of a worker's session, on a thread and connection of its own, so that
// neither a long answer nor a busy main thread delays it. Beats only while told that the session is
// open; its answers go to the inbox.
#pragma once

#include <string>
#include <thread>

#include "base/mutex.h"
#include "muster/backoff.h"
#include "muster/connection.h"
#include "worker/inbox.h"

namespace muster::worker {

class Heart {
 public:
  // `line`: the request of one beat. `inbox` outlives the heart.
  Heart(client::Address server, std::string line, Inbox* inbox);
  ~Heart();
  Heart(const Heart&) = delete;
  Heart& operator=(const Heart&) = delete;

  // `open`: there is a session. `busy`: it has jobs; the first beat after becoming so is at once.
  void set(bool open, bool busy);

 private:
  struct State {
    bool open = false;
    bool busy = false;
    bool stop = false;
  };

  void run();
  // Waits, until `deadline` at most, for the state to differ from `seen` in what matters.
  State wait_for_change(State seen, client::Deadline deadline);
  bool beat();  // false: no answer came
  State state();

  client::Address server_;
  std::string line_;
  Inbox* inbox_;
  client::Waker changed_;  // what is to be done
  client::Waker stopped_;  // ends waits for the server, too
  client::Backoff backoff_;
  std::optional<client::Connection> connection_;
  client::Milliseconds interval_{0};  // as the server said last
  Mutex mutex_;
  State state_ GUARDED_BY(mutex_);
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace muster::worker
