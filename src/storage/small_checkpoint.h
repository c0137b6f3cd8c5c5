// For tests: a checkpoint small enough to know each of its keys and values by heart.
#pragma once

#include <memory>
#include <string>

#include "model/checkpoint.h"
#include "model/limits.h"
#include "storage/store_batch.h"
#include "storage/store_keys.h"

namespace muster::storage {

// One ready job (1), one running (2), one queue and one chunk with one remembered id.
inline JobRecord small_job(uint64_t seq, JobState state) {
  JobRecord job;
  job.seq = JobSeq(seq);
  job.order = OrderSeq(seq);
  job.state = state;
  job.text = SharedBytes(seq == 1 ? "one\"payload\":1" : "two\"payload\":2");
  job.id_size = 3;
  job.submitted_at = WallTime::from_ms(1'700'000'000'000);
  job.lane = std::make_shared<LaneName>(LaneName{"mail", "exec", false});
  job.options = std::make_shared<JobOptions>();
  return job;
}

inline CheckpointImage small_image() {
  CheckpointImage image;
  image.marks = {Sequence(5), JobSeq(3), OrderSeq(3), LeaseToken(1'048'577), 0, 1};
  image.jobs = {{small_job(1, JobState::kReady), {}}, {small_job(2, JobState::kRunning), {}}};
  QueueRecord queue;
  queue.name = "mail";
  queue.paused = true;
  queue.jobs[2] = 1;
  queue.totals.submitted = 2;
  image.queues = {queue};
  image.chunks = {{0, {{0x1111, 0x2222, WallTime::from_ms(3)}}}};
  return image;
}

inline std::string key_of(KeyKind kind, uint64_t number) {
  std::string key;
  numbered_key(kind, number, &key);
  return key;
}
inline std::string key_of_ready(uint64_t order) {
  std::string key;
  ready_key({"mail", "exec", false}, limits::kDefaultPriority, OrderSeq(order), &key);
  return key;
}

// Puts `content` under `key` with the checksum that belongs to it.
inline void put_content(const std::string& key, std::string_view content, StoreBatch* batch) {
  std::string value;
  begin_value(&value);
  value += content;
  finish_value(key, &value);
  batch->put(key, value);
}

}  // namespace muster::storage
