#include "server/loop.h"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>

namespace muster::server {
namespace {

constexpr int kHandlersPerTurn = 256;
constexpr Duration kLongestSleep = Duration::hours(1);

template <class Clock>
int64_t milliseconds_of() {
  return std::chrono::floor<std::chrono::milliseconds>(Clock::now().time_since_epoch()).count();
}

}  // namespace

struct Loop::Parts {
  boost::asio::io_context context{1};
  boost::asio::signal_set signals{context};
  boost::asio::steady_timer timer{context};
  Instant timer_at = Instant::max();  // max: not armed
  std::function<void(int)> on_signal;
  std::optional<Now> now;  // read in this turn
  bool stopping = false;
};

Loop::Loop() : parts_(std::make_unique<Parts>()) {
  // A peer that hangs up is an error of one write, not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
}

Loop::~Loop() = default;

boost::asio::io_context& Loop::context() { return parts_->context; }

void Loop::stop() { parts_->stopping = true; }

void Loop::post(std::function<void()> handler) {
  boost::asio::post(parts_->context, std::move(handler));
}

Now Loop::now() {
  if (!parts_->now) {
    parts_->now = Now{Instant::from_ms(milliseconds_of<std::chrono::steady_clock>()),
                      WallTime::from_ms(milliseconds_of<std::chrono::system_clock>())};
  }
  return *parts_->now;
}

void Loop::on_signal(std::function<void(int)> handler) {
  parts_->on_signal = std::move(handler);
  parts_->signals.add(SIGTERM);
  parts_->signals.add(SIGINT);
  wait_for_signal();
}

void Loop::wait_for_signal() {
  parts_->signals.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    parts_->on_signal(signal);
    wait_for_signal();
  });
}

// An armed timer that is too early does no harm: the turn it makes arms the next. So it is set only
// when the new time is sooner, which spares a system call a turn.
void Loop::wake_at(Instant when) {
  if (when >= parts_->timer_at) return;
  const Now at = now();
  Duration delay = when - at.steady;
  if (delay < Duration()) delay = Duration();
  if (delay > kLongestSleep) delay = kLongestSleep;
  parts_->timer_at = at.steady + delay;
  parts_->timer.expires_after(std::chrono::milliseconds(delay.ms()));
  parts_->timer.async_wait([this](const boost::system::error_code& error) {
    if (!error) parts_->timer_at = Instant::max();
  });
}

void Loop::run(const std::function<Instant()>& end_of_turn) {
  const auto work = boost::asio::make_work_guard(parts_->context);
  wake_at(end_of_turn());
  while (!parts_->stopping) {
    parts_->now.reset();
    parts_->context.run_one();
    for (int i = 1; i < kHandlersPerTurn && parts_->context.poll_one() > 0; ++i) {
    }
    const Instant next = end_of_turn();
    if (next != Instant::max()) wake_at(next);
  }
}

int64_t steady_microseconds() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

}  // namespace muster::server
