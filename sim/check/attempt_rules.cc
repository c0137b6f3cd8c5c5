#include "sim/check/attempt_rules.h"

#include <algorithm>
#include <cmath>

#include "model/limits.h"

namespace muster::sim {
namespace {

// Times are whole milliseconds (docs/protocol.md, Times), so each product may be rounded once.
constexpr double kRoundingMs = 1.0;

bool deadline_passed(const Job& job, const Moment& at) {
  const std::optional<WallTime>& deadline = options_of(job).deadline;
  return deadline && at.now.wall >= *deadline;
}

bool timed_out_by_server(const Job& job, const Moment& at) {
  const std::optional<Duration>& timeout = options_of(job).timeout;
  if (!timeout) return false;
  // After a restart the documents leave open what is left of a timeout: whichever is sooner.
  return may_be_over(job.due_from, job.due_after, at) ||
         may_be_over(job.leased, *timeout + limits::kTimeoutGrace, at);
}

bool taken_from_holder(const Ledger& ledger, const Job& job, const When& when) {
  if (!job.registered) return may_be_over(job.renewed, job.lease, when.at);
  return ledger.sessions.may_be_lost(job.holder, job.lease, when, ledger.names) != nullptr;
}

bool never_delivered(const Ledger& ledger, const Job& job, const When& when) {
  if (job.read_stamp == 0 || job.read_stamp > when.stamp) return true;
  return job.registered &&
         ledger.sessions.may_have_left_out(job.holder, job.token, job.leased_stamp, when);
}

bool said(const Job& job, Report report) { return has(job.announced, report); }

// Null: explained. Otherwise what is missing.
const char* unexplained(const Ledger& ledger, const Job& job, const End& end, const When& when) {
  switch (end.outcome) {
    case Outcome::kFailed:
      return said(job, Report::kFail) ? nullptr : "nobody reported a failure";
    case Outcome::kTimedOut:
      if (said(job, Report::kFail) && (!job.told_how || job.said_timed_out)) return nullptr;
      return timed_out_by_server(job, when.at) ? nullptr : "its time was not over";
    case Outcome::kLost:
      if (!job.registered) return "its holder has no session to lose";
      return taken_from_holder(ledger, job, when) ? nullptr : "its holder's heartbeats arrive";
    case Outcome::kLeaseExpired:
      if (job.registered) return "its holder's session renews it";
      return taken_from_holder(ledger, job, when) ? nullptr : "its lease was not over";
    case Outcome::kReleased:
      return said(job, Report::kRelease) ? nullptr : "nobody released it";
    case Outcome::kUndelivered:
      return never_delivered(ledger, job, when) ? nullptr : "its assignment was read";
    case Outcome::kCancelled: {
      const bool reported = said(job, Report::kFail) || said(job, Report::kRelease);
      if (reported || taken_from_holder(ledger, job, when)) return nullptr;
      if (timed_out_by_server(job, when.at) || never_delivered(ledger, job, when)) return nullptr;
      return "its holder neither reported nor was lost";
    }
    case Outcome::kDeadline:
      return deadline_passed(job, when.at) ? nullptr : "its deadline has not passed";
    case Outcome::kCompleted:
      break;
  }
  return "it has no such outcome";
}

void judge_charge(Ledger& ledger, const Job& job, const End& end, const When& when) {
  bool expected = false;
  switch (end.outcome) {
    case Outcome::kFailed:
    case Outcome::kTimedOut:
    case Outcome::kLeaseExpired:
      if (end.after == After::kCancelled) return;  // no budget matters any more
      expected = true;
      break;
    case Outcome::kLost: {
      const Sessions::Begun begun = ledger.sessions.had_begun(job.holder, job.token, when);
      if (end.after == After::kCancelled || begun != Sessions::Begun::kYes) return;
      expected = true;  // whether one fetched ahead had begun is not known well enough to judge
      break;
    }
    default:
      break;
  }
  if (end.charged == expected) return;
  ledger.violations.add("charge", "{}: outcome {} was {}", ledger.describe(job, when),
                        name(end.outcome), end.charged ? "charged" : "not charged");
}

struct Fates {  // what may become of the job
  bool ready = false;
  bool scheduled = false;
  ScheduleReason reason = ScheduleReason::kNone;
  bool keep_order = true;
  DeathReason death = DeathReason::kNone;        // dead, for this reason
  DeathReason other_death = DeathReason::kNone;  // or this
};

Fates fates_of_failure(const Job& job, const End& end) {
  Fates fates;
  const bool reported = said(job, Report::kFail);
  const bool used_up = job.failures + 1 >= options_of(job).retry.max_attempts;
  const bool final = reported && job.told_how && !job.retryable;
  if (reported && (!job.told_how || final)) fates.other_death = DeathReason::kNotRetryable;
  if (used_up) fates.death = DeathReason::kAttempts;
  if (used_up || final) return fates;
  fates.scheduled = true;
  fates.reason = ScheduleReason::kRetry;
  fates.keep_order = end.outcome == Outcome::kTimedOut;
  return fates;
}

Fates fates_of(const Job& job, const End& end) {
  Fates fates;
  switch (end.outcome) {
    case Outcome::kFailed:
    case Outcome::kTimedOut:
      return fates_of_failure(job, end);
    case Outcome::kLost:
    case Outcome::kLeaseExpired:
      if (end.charged && job.losses + 1 >= options_of(job).max_lost) {
        fates.death = DeathReason::kLost;
      } else {
        fates.ready = true;
      }
      return fates;
    case Outcome::kReleased:
      fates.ready = !job.told_how || job.said_after_ms <= 0;
      fates.scheduled = !job.told_how || job.said_after_ms > 0;
      fates.reason = ScheduleReason::kRelease;
      fates.keep_order = false;
      return fates;
    case Outcome::kDeadline:
      fates.death = DeathReason::kDeadline;
      return fates;
    default:
      fates.ready = true;
      return fates;
  }
}

bool is_one_of(const Fates& fates, const Job& job, const End& end, const Moment& at) {
  switch (end.after) {
    case After::kReady:
      return fates.ready;
    case After::kScheduled:
      return fates.scheduled && end.reason == fates.reason && end.keep_order == fates.keep_order;
    case After::kDead:
      if (end.death == DeathReason::kNone) return false;
      if (end.death == DeathReason::kDeadline) return deadline_passed(job, at);
      return end.death == fates.death || end.death == fates.other_death;
    case After::kCancelled:
      return false;
  }
  return false;
}

const char* word(After after) {
  constexpr const char* kWords[] = {"", "ready", "scheduled", "dead", "cancelled"};
  return kWords[static_cast<size_t>(after)];
}

void judge_fate(Ledger& ledger, const Job& job, const End& end, const When& when) {
  if (job.cancel_requested || end.after == After::kCancelled) {
    const bool stopped = end.after == After::kCancelled ||
                         (end.after == After::kDead && end.outcome == Outcome::kDeadline);
    if (job.cancel_requested && stopped) return;
    ledger.violations.add("cancel", "{}: cancel {}, and after outcome {} it is {}",
                          ledger.describe(job, when),
                          job.cancel_requested ? "was asked for" : "was not asked for",
                          name(end.outcome), word(end.after));
    return;
  }
  if (is_one_of(fates_of(job, end), job, end, when.at)) return;
  const RetryPolicy& retry = options_of(job).retry;
  ledger.violations.add(
      "budget",
      "{}: after outcome {} it is {} (reason {}, death {}, place {}), failures {} of {}, "
      "losses {} of {}",
      ledger.describe(job, when), name(end.outcome), word(end.after), name(end.reason),
      name(end.death), end.keep_order ? "kept" : "new", job.failures, retry.max_attempts,
      job.losses, options_of(job).max_lost);
}

// The pause until the job is due again, as the event gives it.
void judge_pause(Ledger& ledger, const Job& job, const End& end, const When& when) {
  if (end.after != After::kScheduled) return;
  const Duration pause = end.due_at - when.at.now.wall;
  PauseBounds bounds = {Duration::milliseconds(0), Duration::max()};
  const Report report = end.reason == ScheduleReason::kRelease ? Report::kRelease : Report::kFail;
  const bool asked = said(job, report) && job.told_how && job.said_after_ms >= 0;
  if (asked) {
    bounds.least = bounds.most = Duration::milliseconds(job.said_after_ms);
  } else if (report == Report::kFail && (job.told_how || !said(job, Report::kFail))) {
    bounds = retry_pause(options_of(job).retry, job.failures);
  }
  if (pause >= bounds.least && pause <= bounds.most) return;
  ledger.violations.add("pause", "{}: pauses for {} ms, not {} to {} ms, after {} failures before",
                        ledger.describe(job, when), pause.ms(), bounds.least.ms(), bounds.most.ms(),
                        job.failures);
}

}  // namespace

PauseBounds retry_pause(const RetryPolicy& retry, uint32_t failures) {
  if (retry.backoff.ms() == 0) return {};
  const double grown = static_cast<double>(retry.backoff.ms()) *
                       std::pow(static_cast<double>(retry.factor_milli) / 1000.0, failures);
  const double pause = std::min(grown, static_cast<double>(retry.cap.ms()));
  const double jitter = pause * static_cast<double>(retry.jitter_milli) / 1000.0;
  const double rounding = kRoundingMs * (1 + failures);
  return {Duration::milliseconds(static_cast<int64_t>(std::max(0.0, pause - jitter - rounding))),
          Duration::milliseconds(static_cast<int64_t>(pause + jitter + rounding))};
}

void judge_end(Ledger& ledger, const Job& job, const End& end, const When& when) {
  if (const char* missing = unexplained(ledger, job, end, when)) {
    const bool lost = end.outcome == Outcome::kLost;
    ledger.violations.add(lost ? "given-away" : "end", "{}: ended as {}, and {}; {} was {}",
                          ledger.describe(job, when), name(end.outcome), missing,
                          ledger.names.describe_holder(job.holder),
                          job.registered ? ledger.sessions.describe(job.holder, when)
                                         : fmt::format("given {} ms, {} ms ago", job.lease.ms(),
                                                       most_elapsed(job.renewed, when.at).ms()));
  }
  if (end.outcome == Outcome::kLost) {
    const Duration late = ledger.sessions.lateness(job.holder, job.lease, when, ledger.names);
    if (late > Duration()) {
      ledger.violations.add("late", "{}: its holder's loss was seen {} ms later than promised",
                            ledger.describe(job, when), late.ms());
    }
  }
  judge_charge(ledger, job, end, when);
  judge_fate(ledger, job, end, when);
  judge_pause(ledger, job, end, when);
}

}  // namespace muster::sim
