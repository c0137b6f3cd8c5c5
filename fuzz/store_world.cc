#include "fuzz/store_world.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "storage/store_keys.h"

namespace muster::fuzz {
namespace {

using storage::StorageResult;

// Numbers of every magnitude, small ones in one byte.
uint64_t number(BytesIn& in) { return in.coin() ? in.byte() : in.word(); }

Duration duration(BytesIn& in) { return Duration::milliseconds(static_cast<int64_t>(number(in))); }
WallTime time(BytesIn& in) { return WallTime::from_ms(static_cast<int64_t>(number(in))); }
std::string text(BytesIn& in, size_t most) { return std::string(in.take(in.below(most + 1))); }

std::vector<std::pair<std::string, std::string>> pairs_of(storage::Store& store) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto scanned = store.scan("", [&](std::string_view key, std::string_view value) {
    pairs.emplace_back(key, value);
    return StorageResult<Unit>(Unit{});
  });
  CHECK(scanned.ok(), "a store in memory");
  return pairs;
}

}  // namespace

bool same_job(const JobRecord& a, const JobRecord& b) {
  return hash_of(a) == hash_of(b) && a.id() == b.id() && a.body() == b.body() &&
         (a.worker == nullptr) == (b.worker == nullptr) &&
         (a.history == nullptr) == (b.history == nullptr) && *a.options == *b.options;
}

JobRecord StoreWorld::make_job(BytesIn& in) {
  JobRecord job;
  job.seq = std::exchange(contents_.marks.next_job, contents_.marks.next_job.next());
  const std::string id = "j" + text(in, 20);
  job.text = SharedBytes({id, text(in, 40)});
  job.id_size = static_cast<uint8_t>(id.size());
  job.named = in.coin();
  job.fingerprint = number(in);
  job.priority = static_cast<uint32_t>(number(in));
  job.lane = std::make_shared<LaneName>(LaneName{text(in, 3), text(in, 3), in.coin()});
  job.options = std::make_shared<JobOptions>();
  job.submitted_at = time(in);
  alter(in, &job);
  return job;
}

void StoreWorld::alter(BytesIn& in, JobRecord* job) {
  job->state = static_cast<JobState>(1 + in.below(6));
  if (job->state == JobState::kReady || in.coin()) {
    job->order = std::exchange(contents_.marks.next_order, contents_.marks.next_order.next());
  }
  const uint8_t what = in.byte();
  if (what & 1) job->token = LeaseToken(number(in) & kMaxNumber);
  if (what & 2) job->lease = duration(in);
  if (what & 4) {
    JobOptions options;
    options.retry.backoff = duration(in);
    options.timeout = duration(in);
    options.deadline = time(in);
    job->options = std::make_shared<JobOptions>(options);
  }
  if (what & 8)
    job->worker = std::make_shared<WorkerIdentity>(WorkerIdentity{text(in, 4), text(in, 4)});
  if (what & 16) {
    JobHistory history;
    history.result = text(in, 20);
    history.attempts.resize(in.below(3));
    for (Attempt& attempt : history.attempts) {
      attempt.number = in.byte();
      attempt.started_at = time(in);
      attempt.outcome = static_cast<Outcome>(1 + in.below(9));
      attempt.error.message = text(in, 10);
    }
    job->history = std::make_shared<JobHistory>(std::move(history));
  }
  if (what & 32) job->attempts = static_cast<uint32_t>(number(in));
  if (what & 64) job->started_at = time(in);
  if (what & 128) job->due_at = time(in);
  job->schedule_reason = static_cast<ScheduleReason>(in.below(5));
  job->cancel_requested = in.coin();
}

void StoreWorld::fill(BytesIn& in) {
  const size_t checkpoints = 1 + in.below(2);
  for (size_t i = 0; i < checkpoints; ++i) {
    for (size_t jobs = in.below(5); jobs > 0; --jobs) {
      const JobRecord job = make_job(in);
      contents_.jobs[job.seq] = job;
    }
    if (in.coin()) {
      const std::string name = text(in, 3);
      QueueRecord& queue = contents_.queues[name];
      queue.name = name;
      queue.paused = in.coin();
      queue.jobs[1 + in.below(6)] = number(in);
      queue.totals.leased = number(in);
    }
    for (size_t ids = in.below(4); ids > 0; --ids) {
      RememberedChunk& chunk = contents_.chunks[0];
      chunk.ids.push_back({number(in), number(in), time(in)});
      ++contents_.marks.end_remembered;
    }
    contents_.marks.applied = contents_.marks.applied.plus(1 + in.byte());
    write(in);
  }
}

// Everything, as one image; some jobs have changed their place since the last one, or are gone.
void StoreWorld::write(BytesIn& in) {
  CheckpointImage image;
  for (auto at = contents_.jobs.begin(); at != contents_.jobs.end();) {
    JobRecord& job = at->second;
    const bool old = stored_.contains(job.seq);
    if (old && in.below(4) == 0) {
      image.removals.push_back({job.seq, job.lane, stored_[job.seq]});
      stored_.erase(job.seq);
      at = contents_.jobs.erase(at);
      continue;
    }
    if (old && in.coin()) alter(in, &job);
    image.jobs.push_back({job, old ? stored_[job.seq] : StoredPosition()});
    stored_[job.seq] = StoredPosition::of(job);
    ++at;
  }
  for (const auto& [name, queue] : contents_.queues) image.queues.push_back(queue);
  for (const auto& [chunk_number, chunk] : contents_.chunks) image.chunks.push_back(chunk);
  image.marks = contents_.marks;
  CHECK(storage::write_checkpoint(store_, image).ok(), "a store in memory");
}

// False: the store is empty.
StorageResult<bool> StoreWorld::load(storage::Store& store, Contents* out) {
  storage::CheckpointVisitor visitor;
  visitor.job = [&](JobRecord job) {
    const JobSeq seq = job.seq;
    CHECK(!job.id().empty() && job.lane != nullptr && job.options != nullptr, "half a job");
    CHECK(out->jobs.emplace(seq, std::move(job)).second, "job {} twice", seq.value());
  };
  visitor.queue = [&](QueueRecord queue) { out->queues[queue.name] = queue; };
  visitor.chunk = [&](const RememberedChunk& chunk) {
    CHECK(out->chunks.empty() || out->chunks.rbegin()->first < chunk.number, "out of order");
    out->chunks[chunk.number] = chunk;
  };
  const auto marks = storage::load_checkpoint(store, visitor);
  if (!marks.ok()) return marks.error();
  if (marks->has_value()) out->marks = **marks;
  return marks->has_value();
}

void StoreWorld::expect_same(const Contents& expected, const Contents& found) {
  CHECK(found.marks == expected.marks, "other marks");
  CHECK(found.queues == expected.queues, "other queues");
  CHECK(found.jobs.size() == expected.jobs.size(), "{} jobs, expected {}", found.jobs.size(),
        expected.jobs.size());
  for (const auto& [seq, job] : expected.jobs) {
    const auto at = found.jobs.find(seq);
    CHECK(at != found.jobs.end(), "job {} is missing", seq.value());
    CHECK(same_job(at->second, job), "job {} is another", seq.value());
  }
  CHECK(found.chunks.size() == expected.chunks.size(), "{} chunks", found.chunks.size());
  for (const auto& [chunk_number, chunk] : expected.chunks) {
    CHECK(found.chunks.at(chunk_number).ids == chunk.ids, "other remembered ids");
  }
}

void StoreWorld::expect_loaded() {
  Contents found;
  const auto loaded = load(store_, &found);
  CHECK(loaded.ok(), "{}", loaded.error().message);
  CHECK(*loaded, "nothing in it");
  expect_same(contents_, found);
}

void StoreWorld::damage(BytesIn& in) {
  const auto pairs = pairs_of(store_);
  if (pairs.empty()) return;
  auto [key, value] = pairs[in.below(std::min<size_t>(pairs.size(), 256))];
  const auto opened = storage::open_value(key, value);
  CHECK(opened.ok(), "a value that was just written");
  std::string content(*opened);
  storage::StoreBatch batch;
  const size_t how = in.below(5);
  if (how == 0) {
    batch.remove(key);
    CHECK(store_.write(batch).ok(), "a store in memory");
    return;
  }
  const size_t at = content.empty() ? 0 : in.below(256) % content.size();
  if (how == 1 && !content.empty()) content[at] = static_cast<char>(in.byte());
  if (how == 2) content.insert(at, in.take(in.below(12)));
  if (how == 3) content.resize(at);
  if (how == 4) {  // under another key
    const size_t place = in.below(256) % key.size();
    key[place] = static_cast<char>(in.byte());
  }
  storage::begin_value(&value);
  value += content;
  storage::finish_value(key, &value);
  batch.put(key, value);
  CHECK(store_.write(batch).ok(), "a store in memory");
}

void StoreWorld::load_what_is_left() {
  Contents found;
  const auto loaded = load(store_, &found);
  if (!loaded.ok()) {
    CHECK(!loaded.error().message.empty(), "refused without a reason");
    return;
  }
  if (!*loaded) return;
  CheckpointImage image;
  image.marks = found.marks;
  for (const auto& [seq, job] : found.jobs) image.jobs.push_back({job, {}});
  for (const auto& [name, queue] : found.queues) image.queues.push_back(queue);
  for (const auto& [chunk_number, chunk] : found.chunks) image.chunks.push_back(chunk);
  storage::MemoryStore copy;
  CHECK(storage::write_checkpoint(copy, image).ok(), "a store in memory");
  Contents again;
  const auto copied = load(copy, &again);
  CHECK(copied.ok(), "a copy of what was found is refused: {}", copied.error().message);
  expect_same(found, again);
}

}  // namespace muster::fuzz
