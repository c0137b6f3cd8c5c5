// Checkers: judge the simulated world by the promises of the documents (docs/job_lifecycle.md,
// docs/protocol.md, docs/storage.md), from a model of their own; they never ask the server what
// should be.
//
// Told of two things: the server's event stream, which says what was decided, and what clients say
// and hear, which is all that promises are about. Events count when they are settled: durable, or
// found by a restart; those that a crash took never happened. One thread; pure.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/counters.h"
#include "model/error.h"
#include "model/event.h"
#include "model/ids.h"
#include "model/job.h"
#include "model/limits.h"
#include "sim/moment.h"

namespace muster::sim {

// The verb of a report about an attempt.
enum class Report : uint8_t { kComplete, kFail, kRelease, kExtend };

// What a report says beside its verb.
struct Details {
  std::string_view worker_id;     // who reports, where no token says it; empty: not told
  std::optional<Duration> after;  // as sent: retry_after_ms, delay_ms or lease_ms
  bool retryable = true;          // of a failure
  bool timed_out = false;         // of a failure
};

// What a registration or heartbeat says beside being there.
struct SessionWords {
  std::optional<uint32_t> concurrency;                   // as registered
  std::span<const LeaseToken> started = {};              // of a heartbeat
  std::optional<std::span<const LeaseToken>> held = {};  // of a registration that has `held`
};

// What a client read in the answer to a report.
struct Verdict {
  bool ok = false;
  bool duplicate = false;
  ErrorCode code = ErrorCode::kInternal;  // when not ok
  std::string_view state;                 // where the answer names one, else empty
};

// An assignment as its receiver reads it.
struct Assignment {
  std::string_view worker_id;
  std::string_view instance;  // empty: not registered
  std::string_view job_id;
  LeaseToken token;  // none: the class project's form
  uint32_t attempt = 0;
  uint64_t content = 0;  // content_of() what came with it: queue, type, body
};

// What a client asks a job to be, as far as others can tell later: queue, job type, body.
uint64_t content_of(std::string_view queue, std::string_view job_type, std::string_view body);

// How many ended jobs the server was told to keep, where it is not the documented number.
struct Retention {
  uint64_t finished = limits::kFinishedKept;  // completed and cancelled
  uint64_t dead = limits::kDeadKept;
};

class Checkers {
 public:
  explicit Checkers(const Retention& retention = {});
  ~Checkers();
  Checkers(const Checkers&) = delete;
  Checkers& operator=(const Checkers&) = delete;

  // The event stream. Sequences are consecutive but for a crash, after which they go on behind what
  // survived.
  void event(Sequence sequence, const Event& event, const Moment& at);  // applied by the server
  void durable(Sequence through);  // on disk, as the simulated disk knows
  void crashed(const Moment& at);  // of what is not durable any beginning may have survived
  // A server has recovered all events up to `applied`, and listens.
  void started(Sequence applied, const Moment& at);

  // Submissions. Each is announced before it is sent, again when it is sent again; an id may be
  // empty (the server names the job). `atomic` ones stand together: none or all of a group exist.
  void submits(const JobSpec& job, uint64_t group, bool atomic, const Moment& at);
  void accepted(std::string_view job_id, uint64_t content, bool duplicate, const Moment& at);
  // The answer of a whole submission was an error: none of the group may exist by that request.
  void refused(std::string_view job_id, ErrorCode code, const Moment& at);

  // Workers. A session's heartbeat (or registration) counts when its last byte has reached the
  // server; so does the end of its last connection.
  void session_renewed(std::string_view worker_id, std::string_view instance, Duration ttl,
                       const Moment& at);
  void session_unconnected(std::string_view worker_id, std::string_view instance, const Moment& at);
  // May be told just before session_renewed(). What is never told is judged leniently: without
  // concurrency any charge of a lost job, without `held` any return of an undelivered one.
  void session_said(std::string_view worker_id, std::string_view instance,
                    const SessionWords& words, const Moment& at);
  void assigned(const Assignment& assignment, const Moment& at);
  // `follow_ups`: the group announced with submits() that this completion carries; 0: none. They
  // exist exactly when the completion does. Without `details` pauses, retryable and timed_out are
  // judged leniently.
  void reports(Report report, std::string_view job_id, LeaseToken token, uint64_t follow_ups,
               const Moment& at, const Details* details = nullptr);
  void reported(Report report, std::string_view job_id, LeaseToken token, const Verdict& verdict,
                const Moment& at);

  // Operations by hand: announced before they are sent, and their answers.
  void asks(std::string_view verb, std::string_view job_id, const Moment& at);  // cancel_job…
  void answered(std::string_view verb, std::string_view job_id, const Verdict& verdict,
                const Moment& at);
  // The state that an answer to job_status or wait_job named; empty: not_found.
  void saw(std::string_view job_id, std::string_view state, const Moment& at);

  // A rule that only the caller could see broken, and what happened.
  void wrong(std::string_view rule, std::string_view what);

  // Once faults have stopped for long enough: every job must have ended.
  void must_be_over(const Moment& at);

  // By the checkers' own count of settled events: what a recount of the server must give.
  std::array<uint64_t, kJobStates> counts() const;
  Sequence settled() const;

  // Rules broken so far, as "rule: what happened"; empty: none. At most a hundred are kept.
  const std::vector<std::string>& violations() const;

  // What was checked, for the report.
  struct Figures {
    uint64_t events = 0;
    uint64_t leases = 0;             // given, renewed by report or ended
    uint64_t acknowledged = 0;       // submissions
    uint64_t stale_words = 0;        // reports under a token that was no longer valid
    uint64_t double_executions = 0;  // each with a recorded cause
    uint64_t restarts = 0;
  };
  const Figures& figures() const;

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace muster::sim
