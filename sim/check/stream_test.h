// Stream: writes by hand what a server and its clients would have said, for the checkers' own
// tests. Everything is right unless a test says something else through emit() or `checkers`.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sim/check/checkers.h"

namespace muster::sim {

class Stream {
 public:
  Stream() {
    at.now.wall = WallTime::from_ms(1'700'000'000'000);
    start();
  }

  // Time.
  void pass(Duration time) {
    at.now.steady = at.now.steady + time;
    at.now.wall = at.now.wall + time;
    at.listened = at.listened + time;
  }
  void pause(Duration time) {  // of the server
    at.now.steady = at.now.steady + time;
    at.now.wall = at.now.wall + time;
    ++at.pauses;
  }
  void jump(Duration time) { at.now.wall = at.now.wall + time; }

  // The server.
  void start() {
    sequence_ = checkers.settled().value();
    reserved_ += limits::kTokenRange;
    token_ = reserved_ - limits::kTokenRange + 1;
    emit(TokensReserved{LeaseToken(reserved_)});
    checkers.started(Sequence(sequence_), at);
  }
  void crash() { checkers.crashed(at); }
  Sequence apply(const Event& event) {  // not durable
    checkers.event(Sequence(++sequence_), event, at);
    return Sequence(sequence_);
  }
  void commit() { checkers.durable(Sequence(sequence_)); }
  void emit(const Event& event) {
    apply(event);
    commit();
  }

  // Jobs: spec() for tests to change, then submit(). `timed` types may go to unregistered workers.
  JobSpec spec(std::string_view id) const {
    JobSpec job;
    job.id = id;
    job.job_type = "send";
    job.body = R"("payload":1)";
    return job;
  }
  JobSubmitted submission(const JobSpec& job) {
    JobSubmitted event;
    event.job = JobSeq(++job_);
    event.spec = job;
    event.named = true;
    event.at = at.now.wall;
    const bool later = job.delay > Duration() || (job.run_at && *job.run_at > at.now.wall);
    if (later) {
      event.due_at = job.run_at.value_or(at.now.wall + job.delay);
    } else {
      event.order = OrderSeq(++order_);
    }
    return event;
  }
  static uint64_t content(const JobSpec& job) {
    return content_of(job.queue, job.job_type, job.body);
  }
  JobSeq submit(const JobSpec& job) {
    checkers.submits(job, 0, false, at);
    emit(submission(job));
    checkers.accepted(job.id, content(job), false, at);
    return JobSeq(job_);
  }
  JobSeq submit(std::string_view id) { return submit(spec(id)); }
  JobSeq submit_timed(std::string_view id) {
    JobSpec job = spec(id);
    job.job_type = "sleep";
    job.duration = Duration::seconds(5);
    return submit(job);
  }

  // Workers.
  static constexpr Duration kTtl = limits::kSessionTtl;
  void beat(std::string_view worker, std::string_view instance = "i1") {
    checkers.session_renewed(worker, instance, kTtl, at);
  }
  JobLeased leased(JobSeq job, std::string_view worker) {
    JobLeased event;
    event.job = job;
    event.token = LeaseToken(token_++);
    event.worker_id = worker;
    event.instance = "i1";
    event.lease = kTtl;
    event.at = at.now.wall;
    return event;
  }
  LeaseToken lease(JobSeq job, std::string_view worker) {
    beat(worker);
    const JobLeased event = leased(job, worker);
    emit(event);
    return event.token;
  }
  LeaseToken lease_timed(JobSeq job, std::string_view worker, bool tokenless = false) {
    JobLeased event = leased(job, worker);
    event.instance = {};
    event.lease = limits::kUnregisteredLease;
    event.tokenless = tokenless;
    emit(event);
    return event.token;
  }
  void read(std::string_view id, std::string_view worker, LeaseToken token, uint32_t attempt = 1) {
    checkers.assigned({worker, "i1", id, token, attempt, content(spec(id))}, at);
  }

  // Reports, as sent.
  void says(Report report, std::string_view id, LeaseToken token) {
    checkers.reports(report, id, token, 0, at);
  }
  void says(Report report, std::string_view id, LeaseToken token, const Details& details) {
    checkers.reports(report, id, token, 0, at, &details);
  }
  // And as answered.
  void hears(Report report, std::string_view id, LeaseToken token, const Verdict& verdict) {
    checkers.reported(report, id, token, verdict, at);
  }
  static constexpr Verdict kOk = {true, false, ErrorCode::kInternal, {}};
  static constexpr Verdict kDuplicate = {true, true, ErrorCode::kInternal, {}};
  static constexpr Verdict kLost = {false, false, ErrorCode::kLeaseLost, {}};
  static constexpr Verdict kNotFound = {false, false, ErrorCode::kNotFound, {}};

  void completes(JobSeq job, LeaseToken token) { emit(JobCompleted{job, token, {}, at.now.wall}); }
  void complete(JobSeq job, std::string_view id, LeaseToken token) {
    says(Report::kComplete, id, token);
    completes(job, token);
    hears(Report::kComplete, id, token, kOk);
  }
  AttemptEnded end(JobSeq job, LeaseToken token, Outcome outcome) const {
    AttemptEnded event;
    event.job = job;
    event.token = token;
    event.outcome = outcome;
    event.charged = outcome == Outcome::kFailed || outcome == Outcome::kTimedOut ||
                    outcome == Outcome::kLost || outcome == Outcome::kLeaseExpired;
    event.at = at.now.wall;
    return event;
  }
  // A failure that is retried after `pause`.
  AttemptEnded failure(JobSeq job, LeaseToken token, Duration pause) const {
    AttemptEnded event = end(job, token, Outcome::kFailed);
    event.after = After::kScheduled;
    event.reason = ScheduleReason::kRetry;
    event.keep_order = false;
    event.due_at = at.now.wall + pause;
    return event;
  }
  JobReady ready(JobSeq job) { return {job, OrderSeq(++order_)}; }

  // What the checkers must say: nothing, or exactly this rule, once.
  void expect_none() const {
    for (const std::string& violation : checkers.violations()) ADD_FAILURE() << violation;
  }
  void expect(std::string_view rule) const {
    ASSERT_FALSE(checkers.violations().empty()) << "expected " << rule;
    const std::string& first = checkers.violations().front();
    EXPECT_TRUE(first.starts_with(std::string(rule) + ": ")) << rule << " / " << first;
    for (size_t i = 1; i < checkers.violations().size(); ++i) {
      ADD_FAILURE() << "also: " << checkers.violations()[i];
    }
  }

  Checkers checkers;
  Moment at;

  OrderSeq next_order() { return OrderSeq(++order_); }
  OrderSeq order() const { return OrderSeq(order_); }  // the newest

 private:
  uint64_t sequence_ = 0;
  uint64_t job_ = 0;
  uint64_t order_ = 0;
  uint64_t token_ = 1;
  uint64_t reserved_ = 0;
};

inline Duration ms(int64_t n) { return Duration::milliseconds(n); }
inline Duration seconds(int64_t n) { return Duration::seconds(n); }

}  // namespace muster::sim
