// Checkpoints in a RocksDB whose files rot: whatever byte of whatever file is damaged, a start is
// refused or finds exactly one of the checkpoints that were written, and knows which one.
#include <fmt/core.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "storage/checkpoint_world.h"
#include "storage/rocks_faults.h"
#include "storage/rocks_store.h"

namespace muster::storage {
namespace {

namespace fs = std::filesystem;

constexpr int kCheckpoints = 5;
// So many of them reach table files, the others stay in the log. One more, and RocksDB would merge
// them in the background, and wait a second whenever that meets the damage.
constexpr int kTables = 2;

struct Outcomes {
  int refused = 0;
  int newest = 0;
  int older = 0;  // an earlier checkpoint, or none: the journal fills it, or the server refuses
};

// The end of a table file, where RocksDB trusts bytes that it has not checked (table_end.h): two
// bits of every byte, the highest being the flag that ends RocksDB in an assertion (the properties'
// number of restarts). rocks_guard_test flips all of them, without a store around.
constexpr uint64_t kEndOfTable = 160;

uint64_t positions_in(const std::string& file) {
  if (file.starts_with("MANIFEST")) return UINT64_MAX;  // says which tables there are: every byte
  if (file.ends_with(".sst") || file.ends_with(".log") || file == "CURRENT") return 50;
  return 5;  // texts for people, and settings
}

class CheckpointRot : public testing::Test {
 protected:
  CheckpointRot() {
    root_ = testing::TempDir() + "checkpoint_rot" + std::to_string(::getpid());
    fs::remove_all(root_);
    fs::create_directory(root_);
  }
  ~CheckpointRot() override { fs::remove_all(root_); }

  std::string intact() const { return root_ + "/intact"; }
  std::string damaged() const { return root_ + "/damaged"; }

  // Rewrites the damaged directory as it was, but for one bit.
  void flip(const std::string& file, uint64_t position, int bit) {
    fs::remove_all(damaged());
    fs::copy(intact(), damaged());
    std::fstream stream(damaged() + "/" + file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(position));
    const int byte = stream.get();
    stream.seekp(static_cast<std::streamoff>(position));
    stream.put(static_cast<char>(byte ^ (1 << bit)));
  }

  void write_checkpoints() {
    World world(3);
    written_[Sequence()] = Contents();
    for (int n = 0; n < kCheckpoints; ++n) {
      const auto env = env_of(std::make_shared<DiskState>());
      auto store = open_rocks_store(intact(), env.get());
      ASSERT_TRUE(store.ok()) << store.error().message;
      // A store opened anew puts what its log held into a table file; the last ones stay in a log.
      for (; n < kCheckpoints; ++n) {
        const Sequence before = world.contents().marks.applied;
        while (world.contents().marks.applied == before) world.change();
        ASSERT_TRUE(write_checkpoint(**store, world.capture()).ok());
        written_[world.contents().marks.applied] = world.contents();
        if (n < kTables) break;
      }
    }
    newest_ = world.contents().marks.applied;
  }

  void open_and_judge(const std::string& what, Outcomes* outcomes) {
    const auto env = env_of(std::make_shared<DiskState>());
    auto store = open_rocks_store(damaged(), env.get());
    if (!store.ok()) {
      EXPECT_NE(store.error().message.find(damaged()), std::string::npos) << what;
      ++outcomes->refused;
      return;
    }
    const auto loaded = load(**store);
    if (!loaded.ok()) {
      EXPECT_NE(loaded.error().message.find("store"), std::string::npos) << what;
      ++outcomes->refused;
      return;
    }
    const Contents found = *loaded ? **loaded : Contents();
    const auto expected = written_.find(*loaded ? found.marks.applied : Sequence());
    ASSERT_NE(expected, written_.end()) << what << ": a checkpoint that nobody wrote";
    expect_same(expected->second, found);
    ++(expected->first == newest_ ? outcomes->newest : outcomes->older);
  }

  void flip_and_judge(const std::string& file, uint64_t position, int bit, Outcomes* outcomes) {
    flip(file, position, bit);
    const std::string what = fmt::format("{} at {} bit {}", file, position, bit);
    SCOPED_TRACE(what);
    open_and_judge(what, outcomes);
  }

  std::string root_;
  std::map<Sequence, Contents> written_;
  Sequence newest_;
};

TEST_F(CheckpointRot, IsRefusedOrFindsACheckpointThatWasWritten) {
  write_checkpoints();
  Outcomes unharmed;
  fs::copy(intact(), damaged());
  open_and_judge("nothing", &unharmed);
  ASSERT_EQ(unharmed.newest, 1);
  std::map<std::string, Outcomes> outcomes;  // by kind of file
  Random random(5);
  for (const auto& entry : fs::directory_iterator(intact())) {
    const std::string file = entry.path().filename().string();
    const uint64_t size = entry.file_size();
    const std::string kind =
        file.find('.') != std::string::npos ? file.substr(file.find('.')) : file.substr(0, 7);
    const uint64_t positions = std::min(size, positions_in(file));
    for (uint64_t i = 0; i < positions; ++i) {
      flip_and_judge(file, size * i / positions, static_cast<int>(random.below(8)),
                     &outcomes[kind]);
      if (HasFailure()) return;
    }
    for (uint64_t i = 0; kind == ".sst" && i < kEndOfTable; ++i) {
      for (int bit : {7, static_cast<int>(random.below(7))}) {
        flip_and_judge(file, size - kEndOfTable + i, bit, &outcomes["end"]);
        if (HasFailure()) return;
      }
    }
  }
  for (const auto& [kind, seen] : outcomes) {
    RecordProperty(kind, fmt::format("{} refused, {} newest, {} older", seen.refused, seen.newest,
                                     seen.older));
  }
  EXPECT_GE(outcomes[".sst"].refused, 75);
  EXPECT_EQ(outcomes["end"].refused, kTables * 2 * kEndOfTable);
  EXPECT_EQ(outcomes["end"].newest + outcomes["end"].older, 0);
  EXPECT_EQ(outcomes[".sst"].older, 0);
  EXPECT_GT(outcomes[".log"].older, 0);
  EXPECT_GT(outcomes["OPTIONS"].newest, 0);
  EXPECT_GE(outcomes["MANIFES"].refused, 25);
  EXPECT_EQ(outcomes[".log"].newest, 0);
}

TEST_F(CheckpointRot, AMissingFileIsNeverAWrongAnswer) {
  write_checkpoints();
  Outcomes outcomes;
  for (const auto& entry : fs::directory_iterator(intact())) {
    fs::remove_all(damaged());
    fs::copy(intact(), damaged());
    fs::remove(damaged() / entry.path().filename());
    open_and_judge("without " + entry.path().filename().string(), &outcomes);
  }
  EXPECT_GE(outcomes.refused, 3);  // CURRENT, the manifest, a table
}

}  // namespace
}  // namespace muster::storage
