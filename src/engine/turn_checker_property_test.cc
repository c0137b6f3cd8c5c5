// What TurnChecker does; compiled into the engine's property tests.
#include <algorithm>

#include "base/overload.h"
#include "engine/turn_checker.h"

namespace muster::engine {

void TurnChecker::check(bool holds, std::string_view rule, const std::string& what) {
  if (!holds) violations_.push_back(std::string(rule) + ": " + what);
}

bool TurnChecker::accepts(const Wants& wants, const LaneName& lane) {
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  if (!has(wants.queues, lane.queue)) return false;
  if (wants.job_types.empty()) return lane.timed || !wants.timed_only;
  return has(wants.job_types, lane.job_type);
}

void TurnChecker::begin(Now now) {
  if (outside_) steady_ = steady_ + std::min(now.steady - *outside_, Duration::milliseconds(250));
  outside_ = now.steady;
  now_ = now;
}

void TurnChecker::asks(ReplyTo who, Wants wants, Duration wait) {
  waiting_.push_back({who, std::move(wants), steady_ + wait});
}

void TurnChecker::consumes(ConnectionId connection, Wants wants, uint32_t credit) {
  asks_to_consume_ = connection;
  asked_ = {std::move(wants), credit, {}};
}

void TurnChecker::closes(ConnectionId connection) {
  std::erase_if(waiting_, [&](const Waiting& w) { return w.who.connection == connection; });
  consumers_.erase(connection);
}

void TurnChecker::half_closes(ConnectionId connection) { consumers_.erase(connection); }

// A registration that names what is held: its other leases go back.
void TurnChecker::registers(const WorkerIdentity& worker, const std::set<LeaseToken>* held) {
  for (const auto& [seq, job] : jobs_) {
    if (!job.running || held == nullptr || job.holder != worker) continue;
    if (!held->contains(job.token)) unheld_.emplace_back(seq, job.token);
  }
}

void TurnChecker::check_held() {
  for (const auto& [seq, token] : unheld_) {
    check(!jobs_[seq].running || jobs_[seq].token != token, "held",
          "a lease that never arrived was kept");
  }
  unheld_.clear();
}

void TurnChecker::ended(JobSeq job, bool ready) {
  Job& known = jobs_[job];
  known.ready = ready;
  known.running = false;
  for (auto& [connection, consumer] : consumers_) consumer.unfinished.erase(job);
}

void TurnChecker::on(const Event& event) {
  std::visit(Overload{
                 [&](const JobSubmitted& e) {
                   const LaneName lane{std::string(e.spec.queue), std::string(e.spec.job_type),
                                       e.spec.duration.has_value()};
                   jobs_[e.job] = {lane, static_cast<bool>(e.order), false, {}, {}};
                 },
                 [&](const JobReady& e) { jobs_[e.job].ready = true; },
                 [&](const JobRequeued& e) { jobs_[e.job].ready = true; },
                 [&](const JobLeased& e) {
                   Job& job = jobs_[e.job];
                   job.ready = false;
                   job.running = true;
                   job.token = e.token;
                   job.holder = {std::string(e.worker_id), std::string(e.instance)};
                 },
                 [&](const JobCompleted& e) { ended(e.job, false); },
                 [&](const AttemptEnded& e) { ended(e.job, e.after == After::kReady); },
                 [&](const JobCancelled& e) { ended(e.job, false); },
                 [&](const JobDied& e) { ended(e.job, false); },
                 [&](const JobsRemoved& e) {
                   for (JobSeq job : e.jobs) jobs_.erase(job);
                 },
                 [&](const QueuePaused& e) {
                   paused_.erase(std::string(e.queue));
                   if (e.paused) paused_.emplace(e.queue);
                 },
                 [](const auto&) {},
             },
             event);
}

void TurnChecker::given(const Wants& wants, JobSeq seq) {
  const Job& job = jobs_[seq];
  check(accepts(wants, job.lane), "selection", "a job was given to one who does not take it");
  check(job.holder == wants.worker, "selection",
        "a job was leased to another than it was given to");
}

// Whoever is given a job, nobody who has waited for longer could have had it.
void TurnChecker::answered(ReplyTo who, const Reply& reply) {
  if (std::holds_alternative<muster::Consuming>(reply)) {
    check(asks_to_consume_ == who.connection, "credit", "a consume began that nobody asked for");
    if (consumers_.contains(who.connection)) {
      asked_.unfinished = consumers_[who.connection].unfinished;
    }
    consumers_[who.connection] = std::move(asked_);
    return;
  }
  const auto waiting = std::find_if(waiting_.begin(), waiting_.end(),
                                    [&](const Waiting& w) { return w.who == who; });
  if (waiting == waiting_.end()) return;
  std::vector<const JobRecord*> jobs;
  if (const auto* assigned = std::get_if<Assigned>(&reply)) {
    jobs.assign(assigned->jobs.begin(), assigned->jobs.end());
  } else if (const auto* done = std::get_if<Done>(&reply); done != nullptr && done->next) {
    jobs.push_back(done->next);
  }
  for (const JobRecord* job : jobs) {
    given(waiting->wants, job->seq);
    for (auto older = waiting_.begin(); older != waiting; ++older) {
      check(!accepts(older->wants, jobs_[job->seq].lane), "turns",
            "a job was given to one who came later");
    }
  }
  waiting_.erase(waiting);
}

void TurnChecker::pushed(ConnectionId to, const Push& push) {
  if (std::holds_alternative<ConsumeEnded>(push)) {
    consumers_.erase(to);
    return;
  }
  const auto* job = std::get_if<PushedJob>(&push);
  if (job == nullptr) return;
  const auto consumer = consumers_.find(to);
  check(consumer != consumers_.end(), "credit", "a job was pushed to nobody");
  if (consumer == consumers_.end()) return;
  given(consumer->second.wants, job->job->seq);
  consumer->second.unfinished.insert(job->job->seq);
  check(consumer->second.unfinished.size() <= consumer->second.credit, "credit",
        "a job was pushed beyond the credit");
}

void TurnChecker::check_nobody_starves() {
  for (const auto& [seq, job] : jobs_) {
    if (!job.ready || paused_.contains(job.lane.queue)) continue;
    for (const Waiting& waiting : waiting_) {
      check(!accepts(waiting.wants, job.lane), "no waiter starves",
            "a request waits while a job is ready for it");
    }
    for (const auto& [connection, consumer] : consumers_) {
      check(consumer.unfinished.size() >= consumer.credit || !accepts(consumer.wants, job.lane),
            "no waiter starves", "a consumer has credit while a job is ready for it");
    }
  }
}

void TurnChecker::end() {
  asks_to_consume_ = ConnectionId();
  check_held();
  check_nobody_starves();
}

void TurnChecker::restarted(Now now) {
  outside_ = now.steady;
  waiting_.clear();
  consumers_.clear();
}

void TurnChecker::ticked() {
  for (const Waiting& waiting : waiting_) {
    check(waiting.until > steady_, "waits end", "a request waits for longer than it asked for");
  }
}

const WorkerIdentity* TurnChecker::holder_of(JobSeq job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() || !found->second.running ? nullptr : &found->second.holder;
}

const std::string* TurnChecker::queue_of(JobSeq job) const {
  const auto found = jobs_.find(job);
  return found == jobs_.end() ? nullptr : &found->second.lane.queue;
}

}  // namespace muster::engine
