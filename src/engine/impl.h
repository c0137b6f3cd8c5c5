// Engine::Impl: the handlers of all commands over one DurableState and one VolatileState. One .cc
// per group: submit, take (requests, consumes, waiters), outcome, worker_session, operate, timer.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/engine.h"
#include "engine/state.h"
#include "engine/volatile_state.h"

namespace muster::engine {

class Engine::Impl {
 public:
  explicit Impl(const EngineConfig& config);

  DurableState& durable() { return state_; }
  const DurableState& durable() const { return state_; }
  void start(Now now);
  void handle(ReplyTo from, const Command& command, Now now, Output& output);
  Wakeup next_wakeup() const;

 private:
  // Where a report about an attempt stands against what is known of it (docs/job_lifecycle.md).
  enum class Standing : uint8_t {
    kUnknownJob,
    kRefused,    // an older token, another worker, or none where one is needed
    kRunning,    // holds the newest lease
    kExpired,    // its newest lease was taken back (late, undelivered); nobody has the job since
    kReported,   // it reported this attempt's end already (failed, released)
    kCompleted,  // it completed the job
    kCancelled,  // the job was cancelled under this lease
  };
  struct Judgement {
    Standing standing = Standing::kRefused;
    Slot* slot = nullptr;
    Error error;  // of kUnknownJob and kRefused
  };

  // Submitting (submit.cc).
  void on(const SubmitJobs& command);
  std::optional<Error> refusal(const JobSpec& spec, bool* duplicate) const;
  std::optional<Error> refusal_of_queue(std::string_view queue, size_t made) const;
  std::optional<Error> refusal_of_all(std::span<const SubmitItem> items) const;
  std::string_view submit(const JobSpec& spec);  // the id

  // Taking (take.cc, waiting.cc).
  void on(const RequestJobs& command);
  void on(const Consume& command);
  static std::optional<Error> refusal(const Wanted& wanted);
  std::optional<Error> refusal_of_taker(const RequestJobs& command) const;
  Slot* best_in(const QueueState& queue, const Wanted& wanted) const;
  Slot* best_of(const Wanted& wanted, size_t* from) const;
  void take(const Wanted& wanted, const Taker& taker, uint32_t max);  // into taken_
  bool too_late(const Slot& slot) const;                              // its deadline has passed
  void lease(Slot& slot, const Taker& taker);
  void answer_taken(ReplyTo to, bool many, bool plain);
  void add_waiter(Waiter waiter);
  void remove_waiter(uint64_t ticket);
  void answer_empty(const Waiter& waiter);
  Wanted wanted_by(const Waiter& waiter) const;
  void serve(uint64_t ticket);
  void serve_woken();
  void serve_lanes(const std::vector<std::shared_ptr<const LaneName>>& lanes);
  uint64_t first_for(const LaneName& name) const;
  void offer(ConnectionId connection);  // lines a consumer with credit up, or takes it out
  void wake(const Lane& lane);

  // Outcomes (outcome.cc, judge.cc).
  void on(const CompleteJobs& command);
  void on(const FailJob& command);
  void on(const ReleaseJob& command);
  void on(const ExtendJob& command);
  Judgement judge(const LeaseRef& ref) const;
  std::optional<Error> complete(const CompleteItem& item, bool* duplicate);
  void answer_done(const CompleteJobs& command, bool duplicate,
                   std::span<const std::string_view> follow_ups);
  std::optional<Taker> next_taker(const LeaseRef& ref);
  void answer_outcome(const LeaseRef& ref, bool duplicate);
  void end_attempt(Slot& slot, AttemptEnded ended);  // fills in what becomes of the job
  void lose(Slot& slot, Outcome outcome, bool charged);
  void fail(Slot& slot, AttemptEnded ended, bool retryable, std::optional<Duration> retry_after);
  void time_out(Slot& slot);
  void revoke(const Slot& slot);       // its worker is told that the lease is gone
  void tell_cancel(const Slot& slot);  // at once, if it wants to be told
  Duration backoff(const JobRecord& job) const;

  // Worker sessions (worker_session.cc).
  void on(const RegisterWorker& command);
  void on(const Heartbeat& command);
  void on(const ConnectionClosed& command);
  void on(const ConnectionHalfClosed& command);
  void on(const ReturnUndelivered& command);
  Session* session_of(std::string_view worker_id);  // registered ones only
  void bind(Session& session);
  void unbind(ConnectionId id, Connection& connection, const Error* why);
  void forget_pushed(ConnectionId id, const Session& session);
  void heard_from(Session& session);
  bool holds_jobs(const Session& session) const;
  Instant deadline_of(const Session& session) const;
  void set_deadline(Session& session);
  Duration heartbeat_interval(const Session& session) const;
  void drop_session(Session& session, const Error& why);
  void drop_waits(ConnectionId connection, bool answer);
  void end_consume(ConnectionId connection, const Error* why);
  void quiet_others(Session& session);
  void return_unheld(Session& session, std::span<const LeaseRef> held);

  // Operating (operate.cc, report.cc).
  void on(const GetJob& command);
  void on(const WaitJob& command);
  void on(const ListJobs& command);
  void on(const ActOnJobs& command);
  void on(const PauseQueue& command);
  void on(const GetStats& command);
  void on(const ListQueues& command);
  void on(const ListWorkers& command);
  ItemResult act(JobAction action, std::string_view job_id);
  ItemResult cancel(Slot& slot, std::string_view job_id);
  ItemResult retry(Slot& slot, std::string_view job_id);
  ItemResult remove(Slot& slot, std::string_view job_id);
  JobView view_of(const Slot& slot) const;
  void end_job_wait(uint64_t ticket, bool answered);
  void end_job_waits(JobSeq job);

  // Time (timer.cc).
  void on(const Tick& command);
  void advance(Now now);
  void arm(Slot& slot);  // sets the timers that the job's state asks for
  void set_timers(Slot& slot, Instant steady, WallTime wall);
  OrderSeq order_when_due(const Slot& slot) const;
  void fire_job_timer(Slot& slot);
  void fire_wall_timer(Slot& slot);
  void fire_waits();
  void retire();
  void retire_from(const JobList& ended, size_t kept, Duration age);
  void remove_jobs(std::span<const JobSeq> jobs);

  // Every change of durable state goes through here: applied, reported, timers set.
  void emit(const Event& event);
  void emit(Slot& slot, const Event& event);  // about this job, which lives on
  void settle(Slot& slot, std::optional<JobState> before);
  LeaseToken next_token();
  void answer(const Reply& reply) { output_->answer(from_, reply); }
  void refuse(Error error, std::string_view job_id = {});

  const EngineConfig config_;
  DurableState state_;
  VolatileState volatile_;

  // The engine's own steady time, and the outside's when it was last told.
  Instant steady_;
  Instant outside_steady_;
  WallTime wall_;

  // The command being handled.
  ReplyTo from_;
  Output* output_ = nullptr;

  // Scratch, so that hot commands allocate nothing.
  std::vector<Slot*> taken_;
  std::vector<const JobRecord*> records_;
  std::vector<std::string_view> ids_;
};

}  // namespace muster::engine
