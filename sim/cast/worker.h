// Worker: a registered worker with a heart (heartbeats on a connection of their own) and hands (a
// connection for work). Takes jobs by request or by consume, runs them for a while and reports each
// once, again and again until it is answered. By its habits it also stops for a while and goes on
// as if nothing had been (a zombie), or dies and comes back as another process (a crasher).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sim/cast/actor.h"
#include "sim/cast/caller.h"
#include "sim/cast/draft.h"

namespace muster::sim {

struct WorkerHabits {
  bool zombie = false;
  bool crasher = false;
  bool consumes = false;
  uint32_t concurrency = 1;
  uint32_t ahead = 0;  // fetched beyond what runs
  uint32_t fails = 0;  // ‰ of attempts
  uint32_t releases = 0;
  uint32_t slow = 0;  // ‰ that take many seconds
  uint32_t follow_ups = 0;
  bool batches_reports = false;
};
WorkerHabits invent_habits(bool zombie, bool crasher, Random& random);

class Worker final : public Actor {
 public:
  Worker(Stage& stage, std::string name, const WorkerHabits& habits, Random random);
  void begin() override;
  void calm_down() override;
  bool restless() const override { return !held_.empty() || reports_ > 0; }

 private:
  struct Job {
    Given given;
    bool running = false;
    bool cancelled = false;
  };

  // Things planned by this process; they do not happen once it has died, and wait while it is
  // frozen.
  void later(Micros delay, std::function<void()> action);
  void born();
  void die();
  void freeze_sometimes();
  void freeze(Micros how_long);
  void crash_sometimes();

  // Session (worker_session.cc).
  std::string identity() const;
  void register_on(Caller& caller, bool hands);
  void registered(Caller& caller, bool hands, const protocol::Answer& answer);
  void renewed(LinkId link, const std::string& instance, const std::vector<LeaseToken>* held);
  void server_dropped(LinkId link);
  void beat(uint64_t beat);
  void beaten(const protocol::Answer& answer);

  // Work (worker.cc).
  void want();
  void consume();
  void take(const protocol::JsonView& assignment);
  void take_answer(const protocol::Answer& answer);
  void start_some();
  void pushed(const protocol::Answer& line);
  void cancel(LeaseToken token);

  // Reports (worker_reports.cc).
  void finish(LeaseToken token);
  void complete(const Job& job);
  void complete_batch();
  void fail(const Job& job);
  void release(const Job& job);
  void extend(const Job& job);
  void report(Report report, const Given& given, std::string_view members, uint64_t follow_ups,
              const Details& details);
  void heard(Report report, std::string_view job_id, LeaseToken token,
             const protocol::JsonView& answer);
  uint64_t add_follow_ups(const Job& job, std::string* members);

  Stage& stage_;
  const std::string name_;
  WorkerHabits habits_;
  Random random_;
  Caller heart_;
  Caller hands_;
  uint64_t life_ = 0;
  std::string instance_;
  Micros frozen_until_ = 0;
  std::map<LinkId, std::string> speaking_;     // links over which the server knows an instance
  std::map<LeaseToken, Job> held_;             // taken and not yet reported
  std::map<LeaseToken, std::string> unheard_;  // reported, not answered: job ids
  std::vector<Job> done_;                      // waiting for a report of many
  bool wanting_ = false;                       // a request for jobs is on its way
  bool ready_ = false;                         // registered on its hands
  size_t reports_ = 0;                         // without an answer
  uint64_t follow_ups_made_ = 0;
  uint64_t beat_ = 0;
};

}  // namespace muster::sim
