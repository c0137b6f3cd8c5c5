#include "worker/heart.h"

#include <poll.h>

#include <algorithm>

#include "model/limits.h"
#include "protocol/answer.h"

namespace muster::worker {
namespace {

using client::Clock;
using client::Deadline;
using client::Milliseconds;

constexpr Milliseconds kBusyInterval{limits::kHeartbeatBusy.ms()};
constexpr Milliseconds kIdleInterval{limits::kHeartbeatIdle.ms()};
// An answer that takes longer will not save the lease either: try another connection.
constexpr Milliseconds kAnswerTimeout{limits::kHeartbeatBusy.ms()};

}  // namespace

Heart::Heart(client::Address server, std::string line, Inbox* inbox)
    : server_(std::move(server)),
      line_(std::move(line)),
      inbox_(inbox),
      interval_(kBusyInterval),
      thread_([this] { run(); }) {}

Heart::~Heart() {
  {
    const MutexLock lock(mutex_);
    state_.stop = true;
  }
  stopped_.wake();
  changed_.wake();
  thread_.join();
}

void Heart::set(bool open, bool busy) {
  {
    const MutexLock lock(mutex_);
    if (state_.open == open && state_.busy == busy) return;
    state_.open = open;
    state_.busy = busy;
  }
  changed_.wake();
}

Heart::State Heart::state() {
  const MutexLock lock(mutex_);
  return state_;
}

void Heart::run() {
  State now = state();
  while (!now.stop) {
    if (!now.open) {
      connection_.reset();
      now = wait_for_change(now, Deadline::max());
      continue;
    }
    Milliseconds until_next = interval_;
    if (beat()) {
      backoff_.reset();
      until_next = now.busy ? std::min(interval_, kBusyInterval) : interval_;
    } else {
      connection_.reset();
      until_next = backoff_.next(client::kCapHoldingJobs);
    }
    now = wait_for_change(now, Clock::now() + until_next);
  }
}

Heart::State Heart::wait_for_change(State seen, Deadline deadline) {
  while (true) {
    changed_.clear();
    const State now = state();
    // Jobs that ended need no beat; the next one will tell.
    const bool changed = now.stop || now.open != seen.open || (now.busy && !seen.busy);
    seen.busy = now.busy;
    if (changed || Clock::now() >= deadline) return now;
    int timeout = -1;
    if (deadline != Deadline::max()) {
      timeout = static_cast<int>(std::chrono::ceil<Milliseconds>(deadline - Clock::now()).count());
    }
    pollfd fd = {changed_.fd(), POLLIN, 0};
    ::poll(&fd, 1, timeout);
  }
}

bool Heart::beat() {
  if (!connection_) {
    auto connection =
        client::Connection::connect(server_, Clock::now() + kAnswerTimeout, &stopped_);
    if (!connection) return false;
    connection_ = std::move(*connection);
  }
  const Deadline deadline = Clock::now() + kAnswerTimeout;
  if (!connection_->send(line_, deadline)) return false;
  const auto line = connection_->receive(deadline);
  if (!line) return false;
  const auto answer = protocol::Answer::parse(*line);
  if (!answer) return false;
  const int64_t ms = (*answer)["heartbeat_ms"].integer_or(kBusyInterval.count());
  interval_ = std::clamp(Milliseconds(ms), Milliseconds(100), kIdleInterval);
  inbox_->put(HeartbeatAnswered{std::string(*line)});
  return true;
}

}  // namespace muster::worker
