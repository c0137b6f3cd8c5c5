#include "worker/conversation.h"

#include <fmt/format.h>

#include <algorithm>

namespace muster::worker {
namespace {

constexpr Duration kWait = Duration::seconds(20);     // how long one request waits for a job
constexpr Duration kSilence = Duration::seconds(15);  // on top: then the server counts as gone
constexpr Duration kRefresh = Duration::seconds(60);  // how often what is held is compared
constexpr Duration kRetry = Duration::seconds(1);     // after a refusal without advice
constexpr Duration kNoHurry = Duration::milliseconds(200);  // after "no job" that did not wait
constexpr Duration kFinish = Duration::seconds(2);          // for the server to close after finish
constexpr int kFailedExit = 1;
constexpr int kReplacedExit = 5;

std::string named(const AttemptName& name) {
  return fmt::format("job_id={} attempt={} lease={}", name.job_id, name.attempt,
                     name.lease.value());
}

}  // namespace

std::vector<AttemptName> Conversation::held() const {
  std::vector<AttemptName> names = reports_.names();
  for (const auto& [lease, name] : running_) names.push_back(name);
  return names;
}

size_t Conversation::free_slots() const {
  return worker_.concurrency - std::min<size_t>(worker_.concurrency, running_.size());
}

// ---- the connection

void Conversation::connected(Instant now) {
  if (lost_noted_) note("connected to the server again");
  lost_noted_ = false;
  // Registering again would throw out the process that has the name now.
  link_ = replaced_ ? Link::kRegistered : Link::kRegistering;
  if (!replaced_) send_register(now);
}

void Conversation::disconnected(const std::string& why) {
  const bool expected = link_ == Link::kFinishing;
  if (!expected && !lost_noted_) {
    note(fmt::format("no server: {}; {} jobs go on, trying again", why, running_.size()));
    lost_noted_ = true;
  }
  link_ = Link::kAway;
  requesting_ = false;
  answer_by_ = reports_by_ = Instant::max();
  reports_.connection_lost();
  actions_.lines.clear();
}

void Conversation::reconnect(const std::string& why) {
  disconnected(why);
  actions_.reconnect = true;
}

void Conversation::send_register(Instant now) {
  actions_.lines += register_line(worker_, held());
  link_ = Link::kRegistering;
  answer_by_ = now + kSilence;
}

void Conversation::send_request(Instant now) {
  actions_.lines += request_line(worker_, free_slots(), kWait);
  requesting_ = true;
  asked_at_ = now;
  answer_by_ = now + kWait + kSilence;
}

void Conversation::line(std::string_view text, Instant now) {
  const auto answer = protocol::Answer::parse(text);
  if (!answer) {
    return reconnect("it speaks something else than this protocol: " + answer.error().message);
  }
  if (answer->sub().exists() && !answer->rid().exists()) {  // pushed; answers may name a sub too
    if (answer->type() != "cancel_job") return;
    const auto lease = (*answer)["lease"].unsigned_integer();
    if (lease) actions_.stop.emplace_back(LeaseToken(*lease), StopReason::kCancel);
    return;
  }
  if (const auto lease = answer->rid().unsigned_integer()) {
    return report_answered(LeaseToken(*lease), *answer, now);
  }
  const std::string rid = answer->rid().string_or("");
  if (rid == kRegisterRid) return registered(*answer, now);
  if (rid == kRequestRid) return requested(*answer, now);
  note("unexpected line from the server: " + std::string(text.substr(0, 200)));
}

void Conversation::registered(const protocol::Answer& answer, Instant now) {
  answer_by_ = Instant::max();
  if (answer.refused()) {
    const Error error = answer.error();
    if (error.code == ErrorCode::kSessionReplaced) return replaced(now);
    note(fmt::format("the server refused to register this worker: {}", error.message));
    if (!answer.retryable()) return give_up("the server does not accept this worker");
    return reconnect("it is not ready");
  }
  heard_at_ = now;
  ttl_ = Duration::milliseconds(answer["ttl_ms"].integer_or(ttl_.ms()));
  has_session_ = true;
  const bool resumed = answer["resumed"].boolean_or(false);
  if (link_ == Link::kRegistering) link_ = Link::kRegistered;
  refresh_at_ = now + kRefresh;
  if (resumed || running_.empty()) return;
  note(fmt::format("the session was lost: {} jobs are no longer ours and are ended",
                   running_.size()));
  stop_all(StopReason::kLeaseLost);
}

// ---- requests

void Conversation::requested(const protocol::Answer& answer, Instant now) {
  requesting_ = false;
  answer_by_ = Instant::max();
  if (answer.refused()) {
    const Error error = answer.error();
    if (error.code == ErrorCode::kSessionUnknown) return send_register(now);
    if (error.code == ErrorCode::kSessionReplaced) return replaced(now);
    if (!answer.retryable()) note("the server refused a request for jobs: " + error.message);
    pause_until_ = now + error.retry_after.value_or(kRetry);
    return;
  }
  heard_at_ = now;
  auto assignments = read_assignments(answer);
  // It was given before the server read the registration that is under way, whose list of what is
  // held does not have it: the server takes it back, and somebody else may run it by now.
  if (link_ == Link::kRegistering && !assignments.empty()) {
    return note(fmt::format("{} jobs came while registering: the server has them back",
                            assignments.size()));
  }
  if (assignments.empty() && now < asked_at_ + kNoHurry) pause_until_ = now + kNoHurry;
  for (Assignment& assignment : assignments) take(std::move(assignment));
}

void Conversation::take(Assignment assignment) {
  const LeaseToken lease = assignment.name.lease;
  if (running_.contains(lease) || reports_.holds(lease)) return;
  if (!drain_.takes_jobs() || free_slots() == 0) {
    // It was on its way when the drain began: nobody has seen it start.
    JobEnd end;
    end.name = std::move(assignment.name);
    end.kind = EndKind::kReleased;
    reports_.add(std::move(end));
    return;
  }
  running_.emplace(lease, assignment.name);
  actions_.start.push_back(std::move(assignment));
}

// ---- reports

void Conversation::ended(JobEnd end) {
  running_.erase(end.name.lease);
  if (end.kind != EndKind::kLeaseLost) reports_.add(std::move(end));
}

void Conversation::report_answered(LeaseToken lease, const protocol::Answer& answer, Instant now) {
  if (answer.refused()) {
    const Error error = answer.error();
    if (answer.retryable()) {
      reports_.postpone(lease, now + error.retry_after.value_or(kRetry));
    } else {
      refuse_report(lease, error);
    }
  } else if (const auto end = reports_.answered(lease)) {
    actions_.reported.push_back({end->name, std::string(name(end->kind))});
  }
  reports_by_ = reports_.in_flight() ? now + kSilence : Instant::max();
}

void Conversation::refuse_report(LeaseToken lease, const Error& error) {
  const bool lost = error.code == ErrorCode::kLeaseLost || error.code == ErrorCode::kNotFound ||
                    error.code == ErrorCode::kSessionReplaced;
  if (!lost && reports_.strip(lease)) return note("the server refused a result: " + error.message);
  if (const auto end = reports_.answered(lease)) {
    const std::string_view code = info(error.code).name;
    note(fmt::format("report dropped {} code={}: {}", named(end->name), code, error.message));
    actions_.reported.push_back({end->name, std::string(code)});
  }
}

// ---- the heartbeat

void Conversation::heartbeat_answer(std::string_view text, Instant now) {
  const auto answer = protocol::Answer::parse(text);
  if (!answer) return;
  if (answer->refused()) {
    const ErrorCode code = answer->error().code;
    if (code == ErrorCode::kSessionReplaced) return replaced(now);
    if (code == ErrorCode::kSessionUnknown && link_ == Link::kRegistered) send_register(now);
    return;
  }
  heard_at_ = now;
  const std::string state = (*answer)["state"].string_or("running");
  quiet_ = state == "quiet";
  if (state == "stop" && drain_.takes_jobs()) request_drain("the server asked for it", now);
  for (const protocol::JsonView& job : (*answer)["cancel"].items()) {
    const auto lease = job["lease"].unsigned_integer();
    if (lease) actions_.stop.emplace_back(LeaseToken(*lease), StopReason::kCancel);
  }
}

// ---- the end

void Conversation::request_drain(std::string_view why, Instant now) {
  drain_.request(now);
  note(fmt::format("draining: {}; {} jobs run", why, running_.size()));
}

void Conversation::fail(const std::string& why, Instant now) {
  if (exit_code_ != 0) return;
  exit_code_ = kFailedExit;
  request_drain(why, now);
}

void Conversation::replaced(Instant now) {
  if (replaced_) return;
  replaced_ = true;
  exit_code_ = kReplacedExit;
  link_ = link_ == Link::kAway ? Link::kAway : Link::kRegistered;
  note("another process has registered as this worker: its jobs are ended, this one stops");
  stop_all(StopReason::kLeaseLost);
  if (drain_.takes_jobs()) drain_.request(now);
}

void Conversation::stop_all(StopReason reason) {
  for (const auto& [lease, name] : running_) actions_.stop.emplace_back(lease, reason);
}

void Conversation::give_up(std::string why) {
  note(std::move(why));
  actions_.exit = exit_code_ != 0 ? exit_code_ : kFailedExit;
}

void Conversation::advance_drain(Instant now) {
  drain_.advance(now);
  const Drain::Phase phase = drain_.phase();
  if (phase >= Drain::Phase::kStopping && drained_ < Drain::Phase::kStopping) {
    note(fmt::format("stopping: {} jobs are ended and handed back", running_.size()));
    stop_all(StopReason::kDrain);
  }
  drained_ = phase;
  if (drain_.impatient() && !killed_) {
    killed_ = true;
    actions_.kill_all = true;
  }
  if (phase == Drain::Phase::kWorking) return;
  if (running_.empty() && reports_.empty() && link_ != Link::kFinishing && !requesting_) {
    actions_.exit = exit_code_;
  } else if (phase == Drain::Phase::kOver) {
    give_up(fmt::format("gave up with {} jobs running and {} reports unanswered", running_.size(),
                        reports_.size()));
  }
}

void Conversation::advance_link(Instant now) {
  const bool silent = now >= answer_by_ || (reports_.in_flight() && now >= reports_by_);
  if (link_ != Link::kAway && silent) return reconnect("it does not answer");
  if (link_ != Link::kRegistered) return;
  for (const JobEnd* end : reports_.take(now)) {
    actions_.lines += report_line(worker_, *end);
    reports_by_ = now + kSilence;
  }
  if (!drain_.takes_jobs()) {
    // Jobs may be on their way to us: have the server answer what waits, and come back for the
    // rest.
    if (!requesting_) return;
    actions_.finish = true;
    link_ = Link::kFinishing;
    answer_by_ = now + kFinish;
    return;
  }
  if (requesting_) return;
  // Without a session a request would be answered too, as that of a worker that never registered.
  const bool session_in_doubt = now >= heard_at_ + ttl_ / 2;
  if (session_in_doubt || now >= refresh_at_) return send_register(now);
  if (!quiet_ && free_slots() > 0 && now >= pause_until_) send_request(now);
}

Actions Conversation::take_actions(Instant now) {
  advance_link(now);
  advance_drain(now);
  return std::exchange(actions_, {});
}

Instant Conversation::next_deadline() const {
  Instant next = std::min({drain_.next_deadline(), reports_.next_deadline(), answer_by_});
  if (reports_.in_flight()) next = std::min(next, reports_by_);
  if (link_ == Link::kRegistered && !requesting_ && drain_.takes_jobs()) {
    next = std::min(next, refresh_at_);
    if (!quiet_ && free_slots() > 0) next = std::min(next, pause_until_);
  }
  return next;
}

}  // namespace muster::worker
