#include "sim/check/checkers.h"

#include <algorithm>
#include <utility>

#include "sim/check/fact.h"
#include "sim/check/ledger.h"
#include "sim/check/lifecycle.h"
#include "sim/check/pending.h"
#include "sim/check/promises.h"
#include "sim/check/report_rules.h"

namespace muster::sim {

class Checkers::Impl {
 public:
  // Everything that is told has a place among all that is told.
  void told(const Moment& at) {
    ++ledger.stamp;
    ledger.submissions.saw_wall(at.now.wall);
  }
  When now(const Moment& at) const { return {{}, ledger.stamp, at}; }

  void applied(Sequence sequence, const Event& event, const Moment& at);
  void settle(Sequence through);
  void restarted(Sequence applied, const Moment& at);

  Ledger ledger;
  Lifecycle lifecycle{ledger};
  Pending pending;
  Sequence settled;
  Sequence durable;
  bool is_down = false;  // crashed, and what survived is not yet known

 private:
  void survived(Sequence through);
};

void Checkers::Impl::applied(Sequence sequence, const Event& event, const Moment& at) {
  ++ledger.figures.events;
  if (is_down) survived(Sequence(sequence.value() - 1));
  const Sequence expected = pending.empty() ? settled.next() : pending.newest().next();
  if (sequence != expected) {
    ledger.violations.add("sequence", "event {} follows event {}", sequence.value(),
                          expected.value() - 1);
  }
  const std::optional<WallTime> time = time_of(event);
  if (time && *time != at.now.wall) {
    ledger.violations.add("event-time", "event {} says {}, the server's wall clock is at {}",
                          sequence.value(), time->ms(), at.now.wall.ms());
  }
  if (const auto* lease = std::get_if<JobLeased>(&event)) {
    ledger.tokens.given(lease->token, lease->job, sequence);
  } else if (const auto* reserved = std::get_if<TokensReserved>(&event)) {
    ledger.tokens.reserving(reserved->end, sequence);
  }
  pending.add({sequence, ledger.stamp, at}, fact_of(event, ledger.names));
}

void Checkers::Impl::settle(Sequence through) {
  while (!pending.empty() && pending.oldest().when.sequence <= through) {
    Pending::Entry& entry = pending.oldest();
    settled = entry.when.sequence;
    lifecycle.apply(entry.fact, entry.when);
    pending.pop();
  }
  ledger.submissions.commit_ended();
}

// Of what was applied before the crash, the events up to `through` are there again.
void Checkers::Impl::survived(Sequence through) {
  is_down = false;
  if (through < durable) {
    ledger.violations.add("durable-kept",
                          "event {} was durable; after a restart the last one is {}",
                          durable.value(), through.value());
  }
  const Sequence last = pending.empty() ? settled : pending.newest();
  if (through > last) {
    ledger.violations.add("sequence", "a restart found event {}; the last one applied is {}",
                          through.value(), last.value());
  }
  settle(through);
  pending.clear();
  settled = durable = through;
  ledger.tokens.restarted();
}

void Checkers::Impl::restarted(Sequence applied, const Moment& at) {
  ++ledger.figures.restarts;
  if (is_down) survived(applied);
  settle(applied);
  if (settled != applied) {
    ledger.violations.add("sequence", "a server starts at event {}; the last one seen is {}",
                          applied.value(), settled.value());
  }
  durable = std::max(durable, applied);
  ledger.ends_before_start = ledger.ends;
  ledger.sessions.server_started(now(at));
  lifecycle.server_started(at);
}

Checkers::Checkers(const Retention& retention) : impl_(std::make_unique<Impl>()) {
  impl_->ledger.retention = retention;
}
Checkers::~Checkers() = default;

void Checkers::event(Sequence sequence, const Event& event, const Moment& at) {
  impl_->told(at);
  impl_->applied(sequence, event, at);
}

void Checkers::durable(Sequence through) {
  if (through <= impl_->durable) return;
  impl_->durable = through;
  impl_->settle(through);
}

void Checkers::crashed(const Moment& at) {
  impl_->told(at);
  impl_->is_down = true;
}

void Checkers::started(Sequence applied, const Moment& at) {
  impl_->told(at);
  impl_->restarted(applied, at);
}

void Checkers::submits(const JobSpec& job, uint64_t group, bool atomic, const Moment& at) {
  impl_->told(at);
  impl_->ledger.submissions.announced(job, group, atomic);
}

void Checkers::accepted(std::string_view job_id, uint64_t content, bool duplicate,
                        const Moment& at) {
  impl_->told(at);
  ++impl_->ledger.figures.acknowledged;
  impl_->ledger.submissions.accepted(job_id, content, duplicate);
}

void Checkers::refused(std::string_view job_id, ErrorCode code, const Moment& at) {
  impl_->told(at);
  impl_->ledger.submissions.refused(job_id, code);
}

void Checkers::session_renewed(std::string_view worker_id, std::string_view instance, Duration ttl,
                               const Moment& at) {
  impl_->told(at);
  const uint32_t holder = impl_->ledger.names.holder(worker_id, instance);
  impl_->ledger.sessions.renewed(holder, ttl, impl_->now(at), impl_->pending.oldest_stamp());
}

void Checkers::session_unconnected(std::string_view worker_id, std::string_view instance,
                                   const Moment& at) {
  impl_->told(at);
  const uint32_t holder = impl_->ledger.names.holder(worker_id, instance);
  impl_->ledger.sessions.unconnected(holder, impl_->now(at), impl_->pending.oldest_stamp());
}

void Checkers::session_said(std::string_view worker_id, std::string_view instance,
                            const SessionWords& words, const Moment& at) {
  impl_->told(at);
  Sessions& sessions = impl_->ledger.sessions;
  const uint32_t holder = impl_->ledger.names.holder(worker_id, instance);
  if (words.concurrency) sessions.width(holder, *words.concurrency);
  for (LeaseToken token : words.started) sessions.begun(holder, token, impl_->ledger.stamp);
  if (words.held) sessions.held(holder, *words.held, impl_->ledger.stamp);
}

void Checkers::assigned(const Assignment& assignment, const Moment& at) {
  impl_->told(at);
  judge_assignment(impl_->ledger, assignment);
}

void Checkers::reports(Report report, std::string_view job_id, LeaseToken token,
                       uint64_t follow_ups, const Moment& at, const Details* details) {
  impl_->told(at);
  if (report == Report::kComplete) follow_ups_sent(impl_->ledger, job_id, token, follow_ups);
  report_sent(impl_->ledger, report, job_id, token, details);
}

void Checkers::reported(Report report, std::string_view job_id, LeaseToken token,
                        const Verdict& verdict, const Moment& at) {
  impl_->told(at);
  judge_verdict(impl_->ledger, report, job_id, token, verdict);
}

void Checkers::asks(std::string_view verb, std::string_view job_id, const Moment& at) {
  impl_->told(at);
  note_asked(impl_->ledger, verb, job_id);
}

void Checkers::answered(std::string_view verb, std::string_view job_id, const Verdict& verdict,
                        const Moment& at) {
  impl_->told(at);
  judge_answer(impl_->ledger, verb, job_id, verdict);
}

void Checkers::saw(std::string_view job_id, std::string_view state, const Moment& at) {
  impl_->told(at);
  judge_seen(impl_->ledger, job_id, state);
}

void Checkers::wrong(std::string_view rule, std::string_view what) {
  impl_->ledger.violations.add(rule, "{}", what);
}

void Checkers::must_be_over(const Moment& at) {
  impl_->told(at);
  impl_->lifecycle.must_be_over(at);
}

std::array<uint64_t, kJobStates> Checkers::counts() const { return impl_->ledger.counts; }
Sequence Checkers::settled() const { return impl_->settled; }
const std::vector<std::string>& Checkers::violations() const {
  return impl_->ledger.violations.kept();
}
const Checkers::Figures& Checkers::figures() const { return impl_->ledger.figures; }

}  // namespace muster::sim
