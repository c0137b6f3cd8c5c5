// What of a world matters, as one number. docs/small_worlds.md says what is left out, and why that
// loses nothing; the explorer checks it by exploring some states from two different paths.
#include <algorithm>

#include "base/hash.h"
#include "base/mutant.h"
#include "sim/small/world.h"

namespace muster::sim::small {
namespace {

class Mixer {
 public:
  void add(int64_t value) { hash_ = mix64(hash_, static_cast<uint64_t>(value) + 1); }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0x5347'6d61'6c6cULL;
};

}  // namespace

uint64_t World::key() {
  listed_ = {};
  listing_ = true;
  ListJobs list;
  list.limit = kMaxJobs + 1;
  live_->handle({}, list, now_, *this);
  listing_ = false;
  uint64_t least = UINT64_MAX;
  std::array<int, kMaxWorkers> order = {0, 1};
  do {  // workers are alike: which of them is called w1 does not matter
    least = std::min(least, key_of(order));
  } while (std::next_permutation(order.begin(), order.begin() + config_->workers));
  return least;
}

uint64_t World::key_of(const std::array<int, kMaxWorkers>& order) const {
  Mixer mixer;
  mixer.add(faults_);
  mixer.add(restarts_);
  mixer.add(acts_);
  for (int place = 0; place < config_->workers; ++place) {
    mixer.add(static_cast<int64_t>(worker_key(order[static_cast<size_t>(place)])));
  }
  std::vector<uint64_t> jobs;
  for (int job = 0; job < config_->jobs; ++job) {
    jobs.push_back(mix64(job_key(job, order), belief_key(job, order)));
  }
  // Jobs that ask for the same are alike as well; how they stand to each other is in their keys.
  if (config_->jobs_alike()) std::sort(jobs.begin(), jobs.end());
  for (uint64_t job : jobs) mixer.add(static_cast<int64_t>(job));
  for (const WaiterModel& waiter : judge_.waiters()) {
    mixer.add(std::find(order.begin(), order.end(), waiter.worker) - order.begin());
    mixer.add(workers_[static_cast<size_t>(waiter.worker)].waits == waiter.request);
    mixer.add((waiter.until - now_.steady).ms());
  }
  return mixer.hash();
}

uint64_t World::worker_key(int index) const {
  const Worker& worker = workers_[static_cast<size_t>(index)];
  const SessionModel& session = judge_.session(index);
  Mixer mixer;
  mixer.add(worker.registered);
  mixer.add(static_cast<bool>(worker.waits));
  // A session that holds nothing, and whose process lives no more or does not know that it still
  // counts, can come and go: nobody notices.
  const bool holds = session.exists && judge_.holds_running(index);
  const bool counts = holds || (session.exists && worker.registered);
  mixer.add(counts);
  if (!counts) return mixer.hash();
  mixer.add(session.registered);
  mixer.add(session.process == worker.process);
  mixer.add(session.connected);
  // An idle worker that lives beats on time.
  mixer.add(holds ? (now_.steady - session.heard).ms() : -1);
  const bool alone = session.registered && !session.connected;
  mixer.add(alone ? (now_.steady - session.abandoned).ms() : -1);
  return mixer.hash();
}

uint64_t World::job_key(int index, const std::array<int, kMaxWorkers>& order) const {
  const JobModel& job = judge_.job(index);
  Mixer mixer;
  mixer.add(job.submitted);
  mixer.add(job.removed);
  if (!listed_[static_cast<size_t>(index)]) return mixer.hash();
  const JobRecord& record = records_[static_cast<size_t>(index)];
  mixer.add(static_cast<int64_t>(record.state));
  mixer.add(static_cast<int64_t>(record.schedule_reason));
  mixer.add(record.cancel_requested);
  mixer.add(static_cast<int64_t>(job.standing));
  if (config_->has(kPlain) || config_->has(kNext)) {
    mixer.add(std::find(order.begin(), order.end(), job.worker) - order.begin());
  }
  if (record.state == JobState::kCompleted) return mixer.hash();
  mixer.add(static_cast<int64_t>(record.death_reason));
  mixer.add(record.failures);
  mixer.add(record.losses);
  mixer.add(record.lease_by_session);
  mixer.add(job.charged);
  mixer.add(job.lost_charge);
  mixer.add(job.evidence);
  mixer.add(std::find(order.begin(), order.end(), job.worker) - order.begin());
  int sooner = 0;    // its place among those that have one
  int elder = 0;     // its lease's among those that run
  int accepted = 0;  // of two that are due at once, the one accepted first goes first
  for (int other = 0; other < config_->jobs; ++other) {
    if (!listed_[static_cast<size_t>(other)]) continue;
    const JobRecord& its = records_[static_cast<size_t>(other)];
    sooner += !is_terminal(its.state) && its.order < record.order ? 1 : 0;
    accepted += (config_->has(kRetries) || !is_terminal(its.state)) && its.seq < record.seq ? 1 : 0;
    elder += its.state == JobState::kRunning && its.token < record.token ? 1 : 0;
  }
  const bool waits = !is_terminal(record.state) && !MUSTER_MUTANT(key_forgets_places);
  if (waits) mixer.add(record.order ? sooner : -1);
  const bool again = config_->has(kRetries) || !is_terminal(record.state);
  if (again && config_->schedules()) mixer.add(accepted);
  if (record.state == JobState::kScheduled) {
    mixer.add((job.due - now_.steady).ms());
    mixer.add((record.due_at - now_.wall).ms());
  }
  if (record.state == JobState::kRunning) {
    const bool session = job.process != 0;
    mixer.add(session ? judge_.session(job.worker).process == job.process : 0);
    if (!session) mixer.add((now_.steady - job.leased).ms());
    if (config_->timeout > 0) mixer.add((now_.steady - job.started).ms());
    if (config_->batch > config_->concurrency || config_->registered) mixer.add(elder);
  }
  return mixer.hash();
}

// Who believes to have it, and whether words about it are still on their way.
uint64_t World::belief_key(int index, const std::array<int, kMaxWorkers>& order) const {
  const JobModel& job = judge_.job(index);
  Mixer mixer;
  for (int place = 0; place < config_->workers; ++place) {
    const int worker = order[static_cast<size_t>(place)];
    const LeaseToken held = workers_[static_cast<size_t>(worker)].held[static_cast<size_t>(index)];
    mixer.add(!held ? 0 : held == job.newest ? 1 : 2);
    if (!config_->has(kPlain) || faults_ == 0) continue;
    const auto& strays = strays_[static_cast<size_t>(index)];
    mixer.add(std::any_of(strays.begin(), strays.end(),
                          [&](const Stray& stray) { return stray.worker == worker; }));
  }
  if (!config_->has(kPlain) && faults_ > 0 && config_->has(kEchoes)) {
    mixer.add(has_stray(index, false));
    mixer.add(has_stray(index, true));
  }
  return mixer.hash();
}

}  // namespace muster::sim::small
