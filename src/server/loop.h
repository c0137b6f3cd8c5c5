// Loop: the one thread that runs sockets, parsing, engine and answers, over Boost.Asio (callbacks,
// no coroutines). A turn: wait for something, run what is ready, at most kHandlersPerTurn handlers,
// then end the turn. Clocks are read once a turn.
#pragma once

#include <functional>
#include <memory>

#include "base/time.h"

namespace boost::asio {
class io_context;
}

namespace muster::server {

class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Turns until stop() was called; `end_of_turn` says when the next must come at the latest.
  void run(const std::function<Instant()>& end_of_turn);
  void stop();

  // Any thread: runs `handler` on the loop's thread, in the next turn.
  void post(std::function<void()> handler);

  // `handler` is called with SIGTERM and SIGINT, as often as they come.
  void on_signal(std::function<void(int)> handler);

  // Of this turn. The loop's thread.
  Now now();

  boost::asio::io_context& context();  // for loop_*.cc only

 private:
  struct Parts;
  void wait_for_signal();
  void wake_at(Instant when);

  const std::unique_ptr<Parts> parts_;
};

// Microseconds of the steady clock, to measure with.
int64_t steady_microseconds();

}  // namespace muster::server
