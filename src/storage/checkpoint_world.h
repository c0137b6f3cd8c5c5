// Random checkpoints for tests: a World changes and says in images what changed, load() reads a
// store back, expect_same() compares.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "storage/checkpoint_store.h"
#include "storage/random_values.h"

namespace muster::storage {

// What a store should hold, as the visitor hands it over.
struct Contents {
  Marks marks;
  std::map<JobSeq, JobRecord> jobs;
  std::map<std::string, QueueRecord> queues;
  std::map<uint64_t, RememberedChunk> chunks;
};

inline StorageResult<std::optional<Contents>> load(Store& store) {
  Contents contents;
  bool twice = false;
  CheckpointVisitor visitor;
  visitor.job = [&](JobRecord job) {
    const JobSeq seq = job.seq;
    twice |= !contents.jobs.emplace(seq, std::move(job)).second;
  };
  visitor.queue = [&](QueueRecord queue) { contents.queues[queue.name] = queue; };
  visitor.chunk = [&](const RememberedChunk& chunk) {
    EXPECT_TRUE(contents.chunks.empty() || contents.chunks.rbegin()->first < chunk.number);
    contents.chunks[chunk.number] = chunk;
  };
  const StorageResult<std::optional<Marks>> marks = load_checkpoint(store, visitor);
  EXPECT_FALSE(twice);
  if (!marks.ok()) return marks.error();
  if (!*marks) return std::optional<Contents>();
  contents.marks = **marks;
  return std::optional(std::move(contents));
}

inline void expect_same(const Contents& expected, const Contents& found) {
  EXPECT_EQ(found.marks, expected.marks);
  EXPECT_EQ(found.queues, expected.queues);
  ASSERT_EQ(found.jobs.size(), expected.jobs.size());
  for (const auto& [seq, job] : expected.jobs) {
    const auto at = found.jobs.find(seq);
    ASSERT_NE(at, found.jobs.end()) << seq.value();
    EXPECT_EQ(hash_of(at->second), hash_of(job)) << seq.value();
    EXPECT_EQ(at->second.id(), job.id());
    EXPECT_EQ(at->second.worker == nullptr, job.worker == nullptr);
    EXPECT_EQ(at->second.history == nullptr, job.history == nullptr);
  }
  ASSERT_EQ(found.chunks.size(), expected.chunks.size());
  for (const auto& [number, chunk] : expected.chunks) {
    EXPECT_EQ(found.chunks.at(number).ids, chunk.ids);
  }
}

// A little engine: changes its contents at random and says in an image what changed.
class World {
 public:
  explicit World(uint64_t seed) : random_(seed) {
    contents_.marks.tokens_end = LeaseToken(uint64_t{1} << 20);
  }

  const Contents& contents() const { return contents_; }

  void change() {
    const uint64_t changes = random_.below(30);
    for (uint64_t i = 0; i < changes; ++i) {
      const uint64_t what = random_.below(10);
      if (what < 4) submit();
      if (what >= 4 && what < 8) alter();
      if (what >= 8) remove();
      contents_.marks.applied = contents_.marks.applied.next();
    }
    if (random_.coin()) count();
    if (random_.below(4) == 0) forget();
  }

  CheckpointImage capture() {
    CheckpointImage image;
    image.marks = contents_.marks;
    for (JobSeq seq : dirty_) {
      image.jobs.push_back({contents_.jobs.at(seq), position_of(seq)});
      stored_[seq] = StoredPosition::of(contents_.jobs.at(seq));
    }
    image.removals = std::exchange(removals_, {});
    for (const std::string& name : dirty_queues_) image.queues.push_back(contents_.queues[name]);
    for (uint64_t number : dirty_chunks_) {
      if (contents_.chunks.contains(number)) image.chunks.push_back(contents_.chunks[number]);
    }
    image.first_chunk = contents_.marks.first_remembered / limits::kIdsPerChunk;
    dirty_.clear();
    dirty_queues_.clear();
    dirty_chunks_.clear();
    return image;
  }

  // `image`, just captured, could not be written: everything in it is due again, from where it was.
  void merge_back(CheckpointImage image) {
    for (const CheckpointJob& job : image.jobs) {
      dirty_.insert(job.record.seq);
      stored_[job.record.seq] = job.previous;
      if (job.previous.kind == StoredPosition::Kind::kNone) stored_.erase(job.record.seq);
    }
    removals_ = std::move(image.removals);
    for (const QueueRecord& queue : image.queues) dirty_queues_.insert(queue.name);
    for (const RememberedChunk& chunk : image.chunks) dirty_chunks_.insert(chunk.number);
  }

 private:
  StoredPosition position_of(JobSeq seq) {
    const auto at = stored_.find(seq);
    return at == stored_.end() ? StoredPosition() : at->second;
  }

  OrderSeq next_order() {
    return std::exchange(contents_.marks.next_order, contents_.marks.next_order.next());
  }

  void submit() {
    JobRecord job;
    job.seq = std::exchange(contents_.marks.next_job, contents_.marks.next_job.next());
    job.submitted_at = random_.time();
    const std::string id = "job" + std::to_string(job.seq.value());
    job.text = SharedBytes({id, random_.text(500)});
    job.id_size = static_cast<uint8_t>(id.size());
    job.named = random_.coin();
    job.fingerprint = random_.word();
    job.priority = random_.coin() ? limits::kDefaultPriority : random_.small();
    LaneName lane{random_.coin() ? "default" : std::string(random_.text(200)), "", random_.coin()};
    if (random_.coin()) lane.job_type = random_.text(200);
    job.lane = std::make_shared<LaneName>(lane);
    job.options = std::make_shared<JobOptions>(random_.coin() ? JobOptions() : random_.options());
    if (lane.timed) job.duration = random_.duration();
    if (random_.coin()) job.order = next_order();
    job.state = job.order ? JobState::kReady : JobState::kScheduled;
    dirty_.insert(job.seq);
    contents_.jobs[job.seq] = std::move(job);
  }

  JobRecord* any() {
    if (contents_.jobs.empty()) return nullptr;
    const JobSeq from(random_.below(contents_.marks.next_job.value()));
    const auto at = contents_.jobs.lower_bound(from);
    return at == contents_.jobs.end() ? &contents_.jobs.begin()->second : &at->second;
  }

  void alter() {
    JobRecord* job = any();
    if (job == nullptr) return;
    job->state = static_cast<JobState>(1 + random_.below(6));
    if (job->state == JobState::kReady && (!job->order || random_.coin())) {
      job->order = next_order();
    }
    job->token = LeaseToken(random_.id());
    job->schedule_reason = static_cast<ScheduleReason>(random_.below(5));
    job->death_reason = static_cast<DeathReason>(random_.below(5));
    job->cancel_requested = random_.coin();
    job->lease_by_session = random_.coin();
    job->tokenless = random_.coin();
    job->attempts = random_.coin() ? 0 : random_.small();
    job->failures = random_.coin() ? 0 : random_.small();
    job->losses = random_.coin() ? 0 : random_.small();
    job->lease = random_.coin() ? Duration() : random_.duration();
    job->due_at = random_.coin() ? WallTime() : random_.time();
    job->started_at = random_.coin() ? WallTime() : random_.time();
    job->ended_at = random_.coin() ? WallTime() : random_.time();
    job->worker = random_.coin() ? nullptr : worker();
    job->history = random_.coin() ? nullptr : history();
    dirty_.insert(job->seq);
  }

  std::shared_ptr<const WorkerIdentity> worker() {
    return std::make_shared<WorkerIdentity>(
        WorkerIdentity{std::string(random_.text(3)), std::string(random_.text(3))});
  }

  std::shared_ptr<const JobHistory> history() {
    auto history = std::make_shared<JobHistory>();
    history->result = random_.text(900);
    history->attempts.resize(random_.below(4));
    for (Attempt& attempt : history->attempts) {
      attempt = {
          random_.small(), LeaseToken(random_.id()), std::string(random_.text(20)),
          random_.time(),  random_.time(),           static_cast<Outcome>(1 + random_.below(9)),
          random_.coin(),  random_.error()};
    }
    return history;
  }

  void remove() {
    const JobRecord* job = any();
    if (job == nullptr) return;
    const JobSeq seq = job->seq;
    if (stored_.contains(seq)) removals_.push_back({seq, job->lane, stored_[seq]});
    const uint64_t number = contents_.marks.end_remembered++ / limits::kIdsPerChunk;
    RememberedChunk& chunk = contents_.chunks[number];
    chunk.number = number;
    chunk.ids.push_back({random_.word(), random_.word(), random_.time()});
    dirty_chunks_.insert(number);
    stored_.erase(seq);
    dirty_.erase(seq);
    contents_.jobs.erase(seq);
  }

  void count() {
    const std::string name = random_.coin() ? "default" : std::string(random_.text(200));
    QueueRecord& queue = contents_.queues[name];
    queue.name = name;
    queue.paused = random_.coin();
    for (size_t i = 1; i < kJobStates; ++i) queue.jobs[i] = random_.word();
    queue.totals = {random_.word(), random_.word(), random_.word(), random_.word(), random_.word(),
                    random_.word(), random_.word(), random_.word(), random_.word()};
    dirty_queues_.insert(name);
  }

  // Leaps, so that whole chunks go.
  void forget() {
    Marks& marks = contents_.marks;
    if (random_.below(4) == 0) {
      while (marks.end_remembered % limits::kIdsPerChunk != 0) remember_nothing();
    }
    marks.first_remembered += random_.below(marks.end_remembered - marks.first_remembered + 1);
    const uint64_t first_chunk = marks.first_remembered / limits::kIdsPerChunk;
    contents_.chunks.erase(contents_.chunks.begin(), contents_.chunks.lower_bound(first_chunk));
  }
  void remember_nothing() {
    const uint64_t number = contents_.marks.end_remembered++ / limits::kIdsPerChunk;
    contents_.chunks[number].number = number;
    contents_.chunks[number].ids.push_back({});
    dirty_chunks_.insert(number);
  }

  Random random_;
  Contents contents_;
  std::map<JobSeq, StoredPosition> stored_;
  std::set<JobSeq> dirty_;
  std::set<std::string> dirty_queues_;
  std::set<uint64_t> dirty_chunks_;
  std::vector<CheckpointRemoval> removals_;
};

}  // namespace muster::storage
