#include "worker/link.h"

#include <poll.h>

namespace muster::worker {
namespace {

using client::Clock;
using client::Milliseconds;

constexpr Milliseconds kConnectTimeout{5'000};
constexpr Milliseconds kSendTimeout{15'000};

}  // namespace

Link::Link(client::Address server, Inbox* inbox)
    : server_(std::move(server)), inbox_(inbox), thread_([this] { run(); }) {}

Link::~Link() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
  }
  waker_.wake();
  thread_.join();
}

void Link::send(uint64_t connection, std::string_view lines) {
  {
    const MutexLock lock(mutex_);
    if (wishes_.connection != connection) return;
    wishes_.lines.append(lines);
  }
  waker_.wake();
}

void Link::finish(uint64_t connection) {
  {
    const MutexLock lock(mutex_);
    if (wishes_.connection != connection) return;
    wishes_.finish = true;
  }
  waker_.wake();
}

void Link::reconnect(uint64_t connection) {
  {
    const MutexLock lock(mutex_);
    if (wishes_.connection != connection) return;
    wishes_.reconnect = true;
  }
  waker_.wake();
}

void Link::hold_jobs(bool holding) {
  const MutexLock lock(mutex_);
  holding_ = holding;
}

bool Link::stopping() {
  const MutexLock lock(mutex_);
  return stop_;
}

Link::Wishes Link::take_wishes() {
  const MutexLock lock(mutex_);
  Wishes taken = std::move(wishes_);
  wishes_ = {};
  wishes_.connection = connection_;
  return taken;
}

void Link::run() {
  while (!stopping()) {
    auto connection = client::Connection::connect(server_, Clock::now() + kConnectTimeout, &waker_);
    if (connection) {
      serve(*connection);
    } else if (connection.failure().kind != client::FailureKind::kInterrupted) {
      inbox_->put(Disconnected{0, connection.failure().message});
    }
    waker_.clear();
    bool holding = false;
    {
      const MutexLock lock(mutex_);
      holding = holding_;
    }
    if (!pause(backoff_.next(holding ? client::kCapHoldingJobs : client::kCapOtherwise))) return;
  }
}

void Link::serve(client::Connection& connection) {
  ++connection_;
  {
    const MutexLock lock(mutex_);
    wishes_ = {};
    wishes_.connection = connection_;
  }
  inbox_->put(Connected{connection_});
  std::string why = carry(connection);
  {
    const MutexLock lock(mutex_);
    wishes_ = {};
  }
  inbox_->put(Disconnected{connection_, std::move(why)});
}

std::string Link::carry(client::Connection& connection) {
  while (true) {
    const Wishes wishes = take_wishes();
    if (stopping() || wishes.reconnect) return "given up";
    if (!wishes.lines.empty()) {
      const auto sent = connection.send(wishes.lines, Clock::now() + kSendTimeout);
      if (!sent) return sent.failure().message;
    }
    if (wishes.finish) connection.finish_sending();
    const auto line = connection.receive(client::Deadline::max());
    if (line) {
      backoff_.reset();
      inbox_->put(LineCame{connection_, std::string(*line)});
    } else if (line.failure().kind == client::FailureKind::kInterrupted) {
      waker_.clear();
    } else {
      return line.failure().message;
    }
  }
}

bool Link::pause(Milliseconds length) {
  const auto until = Clock::now() + length;
  while (!stopping()) {
    const auto left = std::chrono::ceil<Milliseconds>(until - Clock::now());
    if (left.count() <= 0) return true;
    pollfd fd = {waker_.fd(), POLLIN, 0};
    ::poll(&fd, 1, static_cast<int>(left.count()));
    if (fd.revents != 0) waker_.clear();
  }
  return false;
}

}  // namespace muster::worker
