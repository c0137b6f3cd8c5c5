#include "worker/runtime.h"

#include <fmt/format.h>
#include <string.h>
#include <sys/signalfd.h>

#include <algorithm>

#include "base/overload.h"
#include "worker/steady_clock.h"
#include "worker/stop_signals.h"

namespace muster::worker {

Runtime::Runtime(const WorkerConfig& config, WorkerName worker, Spawner* spawner, RunLog log)
    : worker_(std::move(worker)),
      progress_(worker_.id),
      log_(std::move(log)),
      jobs_(spawner, {config.server.text(), config.grace}),
      conversation_(worker_, config.drain_timeout, config.grace),
      signals_(stop_signals()),
      link_(config.server, &inbox_),
      heart_(config.server, heartbeat_line(worker_), &inbox_) {}

int Runtime::run() {
  while (!exit_) {
    carry_out(conversation_.take_actions(steady_now()));
    if (exit_) break;
    wait(std::min(conversation_.next_deadline(), jobs_.next_deadline()));
    take_signals();
    take_messages();
    collect_jobs();
  }
  return *exit_;
}

void Runtime::wait(Instant deadline) {
  std::vector<pollfd> fds = {{signals_.get(), POLLIN, 0}, {inbox_.fd(), POLLIN, 0}};
  jobs_.add_to(&fds);
  ::poll(fds.data(), fds.size(), poll_timeout(deadline));
}

void Runtime::take_signals() {
  signalfd_siginfo signal;
  while (::read(signals_.get(), &signal, sizeof signal) == sizeof signal) {
    const char* const abbreviation = ::sigabbrev_np(static_cast<int>(signal.ssi_signo));
    conversation_.request_drain(fmt::format("SIG{}", abbreviation == nullptr ? "?" : abbreviation),
                                steady_now());
  }
}

void Runtime::take_messages() {
  const Instant now = steady_now();
  for (Message& message : inbox_.take()) {
    std::visit(Overload{[&](const Connected& connected) {
                          connection_ = connected.connection;
                          conversation_.connected(now);
                        },
                        [&](const Disconnected& gone) {
                          if (gone.connection != connection_) return;
                          connection_ = 0;
                          conversation_.disconnected(gone.why);
                        },
                        [&](const LineCame& came) {
                          if (came.connection == connection_) conversation_.line(came.line, now);
                        },
                        [&](const HeartbeatAnswered& answered) {
                          conversation_.heartbeat_answer(answered.line, now);
                        }},
               message);
  }
}

void Runtime::collect_jobs() {
  const Instant now = steady_now();
  for (JobEnd& end : jobs_.collect(now)) {
    const auto started = started_.extract(end.name.lease);
    progress_.ended(end, started.empty() ? Duration() : now - started.mapped());
    log("end", end.name, name(end.kind));
    conversation_.ended(std::move(end));
  }
  if (jobs_.broken()) conversation_.fail("the spawner is gone, no process can be started", now);
}

void Runtime::carry_out(Actions actions) {
  const Instant now = steady_now();
  for (const std::string& text : actions.notes) progress_.note(text);
  for (const Reported& reported : actions.reported)
    log("reported", reported.name, reported.outcome);
  for (Assignment& assignment : actions.start) {
    progress_.started(assignment);
    log("start", assignment.name);
    started_.emplace(assignment.name.lease, now);
    jobs_.start(std::move(assignment), now);
  }
  for (const auto& [lease, reason] : actions.stop) jobs_.stop(lease, reason);
  if (actions.kill_all) jobs_.kill_all();
  if (!actions.lines.empty()) link_.send(connection_, actions.lines);
  if (actions.finish) link_.finish(connection_);
  if (actions.reconnect) {
    link_.reconnect(connection_);
    connection_ = 0;
  }
  heart_.set(conversation_.has_session(), conversation_.holds_jobs());
  link_.hold_jobs(conversation_.holds_jobs());
  exit_ = actions.exit;
}

void Runtime::log(std::string_view event, const AttemptName& name, std::string_view outcome) {
  if (!log_.write(event, worker_, name, outcome)) {
    conversation_.fail("the log cannot be written any more", steady_now());
  }
}

}  // namespace muster::worker
