// Link: the connection over which a worker registers, asks for jobs and reports, in a thread of its
// own that moves lines and knows none of them. It connects by itself, again and again with jitter,
// until it is destroyed; what comes goes to the inbox.
#pragma once

#include <string>
#include <thread>

#include "base/mutex.h"
#include "muster/backoff.h"
#include "muster/connection.h"
#include "worker/inbox.h"

namespace muster::worker {

class Link {
 public:
  // `inbox` outlives the link.
  Link(client::Address server, Inbox* inbox);
  ~Link();  // closes the connection at once
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // All for one connection, and without effect when that is no longer the current one.
  void send(uint64_t connection, std::string_view lines);
  void finish(uint64_t connection);     // sends what there is, and no more
  void reconnect(uint64_t connection);  // gives it up; a Disconnected may or may not follow
  // Tries again sooner while there are jobs whose leases run on.
  void hold_jobs(bool holding);

 private:
  // What the main thread wants, waiting for the link's own.
  struct Wishes {
    uint64_t connection = 0;
    std::string lines;
    bool finish = false;
    bool reconnect = false;
  };

  void run();
  void serve(client::Connection& connection);
  std::string carry(client::Connection& connection);  // until it ends; why it did
  bool pause(client::Milliseconds length);            // false: stopping
  Wishes take_wishes();
  bool stopping();

  client::Address server_;
  Inbox* inbox_;
  client::Waker waker_;
  client::Backoff backoff_;
  uint64_t connection_ = 0;  // the thread's own
  Mutex mutex_;
  Wishes wishes_ GUARDED_BY(mutex_);
  bool stop_ GUARDED_BY(mutex_) = false;
  bool holding_ GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace muster::worker
