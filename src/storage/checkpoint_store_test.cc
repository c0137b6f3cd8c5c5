#include "storage/checkpoint_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>

#include "storage/checkpoint_world.h"
#include "storage/memory_store.h"
#include "storage/rocks_faults.h"
#include "storage/rocks_store.h"
#include "storage/small_checkpoint.h"
#include "storage/store_keys.h"

namespace muster::storage {
namespace {

TEST(CheckpointStore, ANewStoreHasNoMarks) {
  MemoryStore store;
  const auto loaded = load(store);
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(*loaded);
}

// One round: changes, and a checkpoint that is written or, now and then, comes to nothing.
void expect_round(World& world, Store& store, Contents* written, bool fails) {
  world.change();
  CheckpointImage image = world.capture();
  if (fails) {
    world.merge_back(std::move(image));
  } else {
    ASSERT_TRUE(write_checkpoint(store, image).ok());
    *written = world.contents();
  }
  const auto loaded = load(store);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  expect_same(*written, *loaded ? **loaded : Contents());
}

TEST(CheckpointStore, LoadsWhatManyImagesSay) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    World world(seed);
    MemoryStore store;
    Contents written;
    for (int round = 0; round < 60; ++round) {
      expect_round(world, store, &written, round % 7 == 3);
      if (HasFailure()) FAIL() << "seed " << seed << ", round " << round;
    }
  }
}

TEST(CheckpointStore, LoadsWhatManyImagesSayFromRocks) {
  const std::string directory = testing::TempDir() + "images" + std::to_string(::getpid());
  std::filesystem::remove_all(directory);
  const auto env = env_of(std::make_shared<DiskState>());
  World world(99);
  Contents written;
  for (int reopened = 0; reopened < 6; ++reopened) {
    auto store = open_rocks_store(directory, env.get());
    ASSERT_TRUE(store.ok()) << store.error().message;
    for (int round = 0; round < 15; ++round) {
      expect_round(world, **store, &written, round % 7 == 3);
      if (HasFailure()) FAIL() << "opened " << reopened << " times, round " << round;
    }
  }
  std::filesystem::remove_all(directory);
}

// A store that remembers its writes.
class RecordingStore : public MemoryStore {
 public:
  StorageResult<Unit> write(const StoreBatch& batch) override {
    batches.push_back(batch);
    return MemoryStore::write(batch);
  }
  std::vector<StoreBatch> batches;
};

TEST(CheckpointStore, WritesABodyOnceAndMovesItsHeader) {
  RecordingStore store;
  CheckpointImage image = small_image();
  ASSERT_TRUE(write_checkpoint(store, image).ok());
  JobRecord job = small_job(1, JobState::kRunning);
  image = CheckpointImage{
      image.marks, {{job, StoredPosition::of(image.jobs[0].record)}}, {}, {}, {}, 0};
  ASSERT_TRUE(write_checkpoint(store, image).ok());
  std::vector<std::string> writes;
  store.batches[1].replay(
      [&](std::string_view key, std::string_view) { writes.push_back("put " + describe_key(key)); },
      [&](std::string_view key) { writes.push_back("remove " + describe_key(key)); });
  EXPECT_EQ(writes, (std::vector<std::string>{
                        "remove ready job of queue mail, type exec, priority 1000, order 1",
                        "put job 1", "put marks", "remove checkpoint 1", "put checkpoint 2"}));
}

// Files below the store may lose checkpoints from the middle (damage in RocksDB's manifest does,
// see checkpoint_rot_test): whatever set of them is lost, only an unbroken beginning is accepted.
TEST(CheckpointStore, LostCheckpointsAreMissed) {
  constexpr unsigned kWritten = 8;
  World world(4);
  RecordingStore store;
  for (unsigned n = 0; n < kWritten; ++n) {
    world.change();
    ASSERT_TRUE(write_checkpoint(store, world.capture()).ok());
  }
  for (unsigned kept = 0; kept < 1U << kWritten; ++kept) {
    MemoryStore remains;
    for (unsigned n = 0; n < kWritten; ++n) {
      ASSERT_TRUE((kept >> n & 1) == 0 || remains.write(store.batches[n]).ok());
    }
    const bool unbroken = (kept & (kept + 1)) == 0;
    const auto loaded = load(remains);
    ASSERT_EQ(loaded.ok(), unbroken) << kept;
    EXPECT_TRUE(unbroken || loaded.error().kind == StorageErrorKind::kCorrupt);
  }
}

TEST(CheckpointStore, AFailedCheckpointChangesNothing) {
  World world(1);
  MemoryStore store;
  world.change();
  ASSERT_TRUE(write_checkpoint(store, world.capture()).ok());
  const Contents before = world.contents();
  world.change();
  const CheckpointImage image = world.capture();
  store.fail_writes(StorageError{StorageErrorKind::kNoSpace, "full"});
  const auto failed = write_checkpoint(store, image);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind, StorageErrorKind::kNoSpace);
  expect_same(before, **load(store));
  store.fail_writes(std::nullopt);
  ASSERT_TRUE(write_checkpoint(store, image).ok());
  expect_same(world.contents(), **load(store));
}

TEST(CheckpointStore, SharesWhatIsEqual) {
  CheckpointImage image;
  image.marks.next_job = JobSeq(10);
  image.marks.next_order = OrderSeq(10);
  for (uint64_t seq = 1; seq < 10; ++seq) {
    JobRecord job;
    job.seq = JobSeq(seq);
    job.order = OrderSeq(seq);
    job.text = SharedBytes("id");
    job.id_size = 2;
    job.state = JobState::kRunning;
    job.lane = std::make_shared<LaneName>(LaneName{"q", seq % 2 == 0 ? "a" : "b", false});
    JobOptions options;
    options.max_lost = seq % 3 == 0 ? 7 : 3;
    job.options = std::make_shared<JobOptions>(options);
    job.worker = std::make_shared<WorkerIdentity>(WorkerIdentity{"w", "i"});
    image.jobs.push_back({job, {}});
  }
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, image).ok());
  const auto loaded = load(store);
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  std::set<const void*> lanes, options, workers;
  for (const auto& [seq, job] : (*loaded)->jobs) {
    lanes.insert(job.lane.get());
    options.insert(job.options.get());
    workers.insert(job.worker.get());
  }
  EXPECT_EQ(lanes.size(), 2U);
  EXPECT_EQ(options.size(), 2U);
  EXPECT_EQ(workers.size(), 1U);
}

// The content under `from`, made to belong to `to`.
void copy_value(Store& store, const std::string& from, const std::string& to, StoreBatch* batch) {
  const std::string value = **store.get(from);
  std::string copy;
  begin_value(&copy);
  copy += *open_value(from, value);
  finish_value(to, &copy);
  batch->put(to, copy);
}

struct Spoiling {
  std::function<void(Store&, StoreBatch*)> spoil;
  const char* message;
};

TEST(CheckpointStore, NamesWhatDoesNotFit) {
  const std::string body = key_of(KeyKind::kBody, 1);
  const std::string other = key_of(KeyKind::kOther, 2);
  const std::string ready = key_of_ready(1);
  const std::vector<Spoiling> spoilings = {
      {[&](Store&, StoreBatch* b) { b->remove(body); }, "job 1 has no body"},
      {[&](Store&, StoreBatch* b) { b->remove(other); }, "job 2 has a body and no header"},
      {[&](Store&, StoreBatch* b) { b->remove("M"); }, "marks are missing"},
      {[&](Store&, StoreBatch* b) { b->remove(key_of(KeyKind::kCheckpoint, 1)); },
       "checkpoint 1 is missing"},
      {[&](Store&, StoreBatch* b) { b->remove("F"); }, "the format version is missing"},
      {[&](Store&, StoreBatch* b) { b->remove(key_of(KeyKind::kRemembered, 0)); },
       "chunk 0 of remembered ids is missing"},
      {[&](Store& s, StoreBatch* b) { copy_value(s, ready, key_of_ready(2), b); },
       "a second header of job 1"},
      {[&](Store& s, StoreBatch* b) { copy_value(s, ready, key_of_ready(3), b); },
       "job 1 is newer than the marks"},
      {[&](Store& s, StoreBatch* b) { copy_value(s, other, key_of(KeyKind::kOther, 1), b); },
       "job 1: holds job 2"},
      {[&](Store& s, StoreBatch* b) { b->put(key_of_ready(2), **s.get(ready)); },
       "ready job of queue mail, type exec, priority 1000, order 2: checksum does not match"},
      {[&](Store& s, StoreBatch* b) { b->put("Qother", **s.get("Qmail")); },
       "queue other: checksum does not match"},
      {[&](Store& s, StoreBatch* b) { copy_value(s, "F", body, b); },
       "body of job 1: id is cut short"},
      {[&](Store& s, StoreBatch* b) { copy_value(s, body, ready, b); }, "ready job of queue mail"},
      {[&](Store& s, StoreBatch* b) { copy_value(s, other, "Jx", b); }, "malformed key"},
      {[&](Store& s, StoreBatch* b) { copy_value(s, ready, "W\xff", b); }, "malformed key"},
  };
  for (const Spoiling& spoiling : spoilings) {
    MemoryStore store;
    ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
    ASSERT_TRUE(load(store).ok());
    StoreBatch batch;
    spoiling.spoil(store, &batch);
    ASSERT_TRUE(store.write(batch).ok());
    const auto loaded = load(store);
    ASSERT_FALSE(loaded.ok()) << spoiling.message;
    EXPECT_EQ(loaded.error().kind, StorageErrorKind::kCorrupt) << spoiling.message;
    EXPECT_NE(loaded.error().message.find(spoiling.message), std::string::npos)
        << loaded.error().message << " instead of " << spoiling.message;
  }
}

TEST(CheckpointStore, ANewerFormatIsRefused) {
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  std::string value;
  begin_value(&value);
  value += '\x02';
  finish_value("F", &value);
  StoreBatch batch;
  batch.put("F", value);
  ASSERT_TRUE(store.write(batch).ok());
  const auto loaded = load(store);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().kind, StorageErrorKind::kVersion);
}

// Every bit of every value, and every shorter value: refused, with the key's meaning in the
// message.
TEST(CheckpointStore, EveryDamagedValueIsNamed) {
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  std::map<std::string, std::string> pairs;
  (void)store
      .scan("",
            [&](std::string_view key, std::string_view value) {
              pairs.emplace(key, value);
              return StorageResult<Unit>(Unit());
            })
      .ok();
  ASSERT_EQ(pairs.size(), 9U);
  for (const auto& [key, value] : pairs) {
    for (size_t i = 0; i < value.size() * 9; ++i) {
      std::string damaged = value;
      if (i < value.size() * 8) {
        damaged[i / 8] = static_cast<char>(damaged[i / 8] ^ (1 << (i % 8)));
      } else {
        damaged.resize(i - value.size() * 8);
      }
      StoreBatch batch;
      batch.put(key, damaged);
      ASSERT_TRUE(store.write(batch).ok());
      const auto loaded = load(store);
      ASSERT_FALSE(loaded.ok()) << describe_key(key) << " at bit " << i;
      EXPECT_EQ(loaded.error().kind, StorageErrorKind::kCorrupt);
      EXPECT_NE(loaded.error().message.find(describe_key(key)), std::string::npos);
    }
    StoreBatch batch;
    batch.put(key, value);
    ASSERT_TRUE(store.write(batch).ok());
  }
}

// The worked example of docs/storage.md. Bytes on people's disks: these lines never change.
TEST(CheckpointStore, GoldenBytes) {
  MemoryStore store;
  ASSERT_TRUE(write_checkpoint(store, small_image()).ok());
  std::string lines;
  (void)store
      .scan("",
            [&](std::string_view key, std::string_view value) {
              lines += hex_of(key) + " = " + hex_of(value) + "\n";
              return StorageResult<Unit>(Unit());
            })
      .ok();
  EXPECT_EQ(lines,
            "420000000000000001 = c33d24fd036f6e65227061796c6f6164223a31\n"
            "420000000000000002 = 670076a40374776f227061796c6f6164223a32\n"
            "430000000000000001 = 04dee381\n"
            "46 = e763d29501\n"
            "4a0000000000000002 = "
            "db1d5988046d61696c046578656300000003e8000000000000000200020380a0abfef962\n"
            "4d = 1dfee17f05030381804000010001\n"
            "516d61696c = 66c2608e010700000100000000020000000000000000\n"
            "520000000000000000 = ae0c483701111100000000000022220000000000000300000000000000\n"
            "57046d61696c046578656300000003e80000000000000001 = 78d243d300010280a0abfef962\n");
}

}  // namespace
}  // namespace muster::storage
