// Values whose checksum is right and whose content is not, as a program with a bug would leave
// them: refused, with the key's meaning and the field in the message, and never a wrong record.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "storage/checkpoint_store.h"
#include "storage/checkpoint_world.h"
#include "storage/job_codec.h"
#include "storage/memory_store.h"
#include "storage/small_checkpoint.h"

namespace muster::storage {
namespace {

std::map<std::string, std::string> pairs_of(Store& store) {
  std::map<std::string, std::string> pairs;
  const auto scanned = store.scan("", [&](std::string_view key, std::string_view value) {
    pairs.emplace(key, value);
    return StorageResult<Unit>(Unit());
  });
  EXPECT_TRUE(scanned.ok());
  return pairs;
}

std::string content_of(Store& store, const std::string& key) {
  return std::string(*open_value(key, **store.get(key)));
}

// The header of a job as it lies under its number: place first.
std::string other_header(const JobRecord& job) {
  std::string content;
  append_place(*job.lane, job.priority, job.order, &content);
  append_header(job, &content);
  return content;
}

// A key's content, and what is said about it.
struct Malformed {
  std::string key;
  std::string content;
  std::string message;
};

void expect_named(const Malformed& value) {
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  StoreBatch batch;
  put_content(value.key, value.content, &batch);
  ASSERT_TRUE(store.write(batch).ok());
  const auto loaded = load(store);
  ASSERT_FALSE(loaded.ok()) << value.message;
  EXPECT_EQ(loaded.error().kind, StorageErrorKind::kCorrupt) << value.message;
  EXPECT_NE(loaded.error().message.find(value.message), std::string::npos)
      << loaded.error().message << " instead of " << value.message;
}

TEST(CheckpointMalformed, FormatAndMarks) {
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  for (const Malformed& value : std::vector<Malformed>{
           {"F", "", "format version: malformed"},
           {"F", std::string(1, '\0'), "format version: malformed"},
           {"F", "\x01\x01", "format version: malformed"},
           {"M", "", "store: marks: applied is cut short"},
           {"M", content_of(store, "M") + '\x01', "marks: value goes on behind its last field"}}) {
    expect_named(value);
  }
}

TEST(CheckpointMalformed, CheckpointsQueuesAndRememberedIds) {
  const std::string chunk = key_of(KeyKind::kRemembered, 0);
  for (const Malformed& value : std::vector<Malformed>{
           {key_of(KeyKind::kCheckpoint, 1), "x", "checkpoint 1: has a content"},
           {key_of(KeyKind::kCheckpoint, kMaxNumber + 1), "", "malformed key"},
           {"Cx", "", "malformed key"},
           {"Qmail", "\x02", "queue mail: paused has unknown bits"},
           {"Qmail", std::string("\0\x09", 2), "queue mail: states is out of range"},
           {chunk, "", "chunk 0 of remembered ids: has the wrong length"},
           {chunk, "\x01 and no id", "chunk 0 of remembered ids: has the wrong length"},
           {chunk, "\x81\x08", "chunk 0 of remembered ids: holds 1025 ids"},
           {"Rx", "", "malformed key"}}) {
    expect_named(value);
  }
}

TEST(CheckpointMalformed, Bodies) {
  const std::string body = key_of(KeyKind::kBody, 1);
  for (const Malformed& value :
       std::vector<Malformed>{{body, "", "body of job 1: id is cut short"},
                              {body, std::string("\0one", 4), "body of job 1: id is cut short"},
                              {body, "\x04one", "body of job 1: id is cut short"},
                              {"Bx", "\x03one", "malformed key"},
                              {key_of(KeyKind::kBody, 7), "\x03six", "job 7 has a body and no"}}) {
    expect_named(value);
  }
}

TEST(CheckpointMalformed, Headers) {
  const JobRecord running = small_job(2, JobState::kRunning);
  const JobRecord ready = small_job(2, JobState::kReady);
  JobRecord later = small_job(3, JobState::kRunning);
  later.order = OrderSeq(2);
  std::string ready_place;
  append_place(*ready.lane, ready.priority, ready.order, &ready_place);
  std::string running_header;
  append_header(running, &running_header);
  const std::string other = key_of(KeyKind::kOther, 2);
  const std::string in_lane = "ready job of queue mail, type exec, priority 1000, order 1: ";
  for (const Malformed& value : std::vector<Malformed>{
           {key_of_ready(1), "", in_lane + "flags is cut short"},
           {key_of_ready(1), running_header, in_lane + "holds a job that is running"},
           {key_of_ready(1), running_header + '\0', in_lane + "header goes on behind"},
           {"W", running_header, "malformed key"},
           {other, "", "job 2: its place is cut short"},
           {other, ready_place, "job 2: flags is cut short"},
           {other, other_header(ready), "job 2: is ready, and not in its lane"},
           {key_of(KeyKind::kOther, 3), other_header(later), "job 3 is newer than the marks"},
           {"Jx", other_header(running), "malformed key"}}) {
    expect_named(value);
  }
}

TEST(CheckpointMalformed, WhatIsMissing) {
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  StoreBatch batch;
  batch.remove(key_of(KeyKind::kBody, 2));
  ASSERT_TRUE(store.write(batch).ok());
  auto loaded = load(store);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().message, "store: job 2: job 2 has no body");

  // Ids are remembered without a gap: the second chunk is here, the first is not.
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  batch = StoreBatch();
  batch.remove(key_of(KeyKind::kRemembered, 0));
  put_content(key_of(KeyKind::kRemembered, 1), std::string(1, '\0'), &batch);
  ASSERT_TRUE(store.write(batch).ok());
  loaded = load(store);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().message, "store: chunk 0 of remembered ids is missing or short");
}

TEST(CheckpointMalformed, NothingIsWrittenOverDamagedMarks) {
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  StoreBatch batch;
  put_content("M", "", &batch);
  ASSERT_TRUE(store.write(batch).ok());
  const auto before = pairs_of(store);
  const auto written = write_checkpoint(store, small_image());
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_EQ(pairs_of(store), before);
}

// An image may hold a chunk that was forgotten since: it is not brought back.
TEST(CheckpointMalformed, AForgottenChunkIsNotWritten) {
  MemoryStore store;
  CheckpointImage image = small_image();
  image.marks.first_remembered = image.marks.end_remembered = limits::kIdsPerChunk;
  image.first_chunk = 1;
  ASSERT_TRUE(write_checkpoint(store, image).ok());
  EXPECT_FALSE(store.get(key_of(KeyKind::kRemembered, 0))->has_value());
  const auto loaded = load(store);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_TRUE((*loaded)->chunks.empty());
}

// Refused with a place, or loaded: nothing else becomes of a content, whatever its bytes.
void expect_definite(Store& store, const std::string& key, const std::string& content, int* held) {
  StoreBatch batch;
  put_content(key, content, &batch);
  ASSERT_TRUE(store.write(batch).ok());
  const auto loaded = load(store);
  if (loaded.ok()) return;
  ++*held;
  EXPECT_NE(loaded.error().kind, StorageErrorKind::kIo) << loaded.error().message;
  EXPECT_EQ(loaded.error().message.rfind("store: ", 0), 0U) << loaded.error().message;
}

TEST(CheckpointMalformed, EveryByteOfManyValuesChanged) {
  World world(11);
  MemoryStore store;
  for (int round = 0; round < 3; ++round) {
    world.change();
    ASSERT_TRUE(write_checkpoint(store, world.capture()).ok());
  }
  int tried = 0;
  int refused = 0;
  for (const auto& [key, value] : pairs_of(store)) {
    const std::string content(*open_value(key, value));
    // Headers and marks begin with their numbers; behind them is text, where any byte is good.
    for (size_t i = 0; i < std::min<size_t>(content.size(), 48); ++i) {
      for (const char byte : {'\0', '\x01', '\x7f', '\x80', '\xff'}) {
        std::string changed = content;
        changed[i] = byte;
        ++tried;
        ASSERT_NO_FATAL_FAILURE(expect_definite(store, key, changed, &refused)) << i;
      }
      ++tried;
      ASSERT_NO_FATAL_FAILURE(expect_definite(store, key, content.substr(0, i), &refused)) << i;
    }
    StoreBatch batch;
    batch.put(key, value);
    ASSERT_TRUE(store.write(batch).ok());
  }
  EXPECT_GT(refused, tried / 4);
  ASSERT_TRUE(load(store).ok());
}

}  // namespace
}  // namespace muster::storage
