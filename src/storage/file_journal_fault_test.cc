// Every call to the disk fails once, or from then on, in every way; and power is cut at every call.
// What was acknowledged as durable is there afterwards, and nothing that was never appended. The
// canaries are broken on purpose and must be caught by the same checks.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "base/hash.h"
#include "storage/file_journal.h"
#include "storage/journal_script.h"
#include "storage/memory_file_system.h"

namespace muster::storage {
namespace {

constexpr FileJournalOptions kSmall = {.segment_bytes = 16 * limits::kKiB};
constexpr char kDirectory[] = "/journal";

// Switches of segments, seals, records over several blocks and larger than a segment, unsynced
// ones, restarts with and without a tail, recycled segments.
constexpr std::string_view kSteps = "aaAAsLSOaAatSRAAtaRaaaaaTSaRSaaAtRAaaTaaLaSAAAAAaAAALtAS";

// A journal that says "durable" before it is. (The server's own way to do this, answering before
// the commit is durable, has its canary with the commit queue.)
class EarlyJournal final : public Journal {
 public:
  explicit EarlyJournal(std::unique_ptr<Journal> inner) : inner_(std::move(inner)) {}
  AppendOutcome append(const JournalRecord& record, bool sync) override {
    AppendOutcome outcome = inner_->append(record, false);
    if (sync && outcome.kind == AppendOutcome::Kind::kWritten) outcome = {};
    return outcome;
  }
  AppendOutcome sync() override { return inner_->sync(); }
  AppendOutcome seal() override { return inner_->seal(); }
  StorageResult<Unit> read_from(Sequence from, const Visitor& visit) override {
    return inner_->read_from(from, visit);
  }
  StorageResult<Unit> trim(Sequence through) override { return inner_->trim(through); }
  Sequence begin() const override { return inner_->begin(); }
  Sequence end() const override { return inner_->end(); }
  uint64_t bytes() const override { return inner_->bytes(); }

 private:
  std::unique_ptr<Journal> inner_;
};

enum class Canary : uint8_t { kNone, kNoSync, kNoDirectorySync, kEarlyReply };

// Passes every call on, but those to sync that the canary leaves out.
class CanaryFile final : public File {
 public:
  CanaryFile(std::unique_ptr<File> inner, Canary canary)
      : inner_(std::move(inner)), canary_(canary) {}
  StorageResult<size_t> read(uint64_t offset, char* out, size_t size) override {
    return inner_->read(offset, out, size);
  }
  StorageResult<size_t> write(uint64_t offset, std::string_view bytes) override {
    return inner_->write(offset, bytes);
  }
  StorageResult<Unit> sync() override {
    return canary_ == Canary::kNoSync ? StorageResult<Unit>(Unit{}) : inner_->sync();
  }
  StorageResult<uint64_t> size() override { return inner_->size(); }

 private:
  std::unique_ptr<File> inner_;
  Canary canary_;
};

class CanaryFileSystem final : public FileSystem {
 public:
  CanaryFileSystem(FileSystem& inner, Canary canary) : inner_(inner), canary_(canary) {}
  StorageResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override {
    StorageResult<std::unique_ptr<File>> file = inner_.open(path, mode);
    if (!file.ok()) return file.error();
    return std::unique_ptr<File>(std::make_unique<CanaryFile>(std::move(*file), canary_));
  }
  StorageResult<Unit> rename(const std::string& from, const std::string& to) override {
    return inner_.rename(from, to);
  }
  StorageResult<Unit> remove(const std::string& path) override { return inner_.remove(path); }
  StorageResult<std::vector<std::string>> list(const std::string& directory) override {
    return inner_.list(directory);
  }
  StorageResult<Unit> make_directory(const std::string& path) override {
    return inner_.make_directory(path);
  }
  StorageResult<Unit> sync_directory(const std::string& path) override {
    return canary_ == Canary::kNoDirectorySync ? StorageResult<Unit>(Unit{})
                                               : inner_.sync_directory(path);
  }
  StorageResult<uint64_t> free_space(const std::string& path) override {
    return inner_.free_space(path);
  }
  StorageResult<std::unique_ptr<FileLock>> lock(const std::string& path) override {
    return inner_.lock(path);
  }

 private:
  FileSystem& inner_;
  Canary canary_;
};

// A disk in memory with a script on it.
class World {
 public:
  explicit World(Canary canary = Canary::kNone)
      : canary_(canary), files_(disk_, canary), script_([this] { return open(); }) {
    EXPECT_TRUE(disk_.make_directory(kDirectory).ok());
    EXPECT_TRUE(disk_.sync_directory("/").ok());
  }
  MemoryFileSystem& disk() { return disk_; }
  JournalScript& script() { return script_; }

 private:
  StorageResult<std::unique_ptr<Journal>> open() {
    StorageResult<std::unique_ptr<FileJournal>> opened =
        FileJournal::open(files_, kDirectory, kSmall);
    if (!opened.ok()) return opened.error();
    std::unique_ptr<Journal> journal = std::move(*opened);
    if (canary_ == Canary::kEarlyReply)
      journal = std::make_unique<EarlyJournal>(std::move(journal));
    return journal;
  }

  Canary canary_;
  MemoryFileSystem disk_;
  CanaryFileSystem files_;
  JournalScript script_;
};

uint64_t calls_of_whole_script() {
  World world;
  EXPECT_TRUE(world.script().run(kSteps));
  EXPECT_EQ(world.script().complaint(), "");
  return world.disk().calls();
}

// Runs the script with a fault at call `call`, cuts the power, and checks. Then goes on and does it
// once more, to see that recovery left nothing behind that shows later.
void run_with_fault(uint64_t call, Fault fault, bool from_then_on) {
  World world;
  world.disk().fail_at(call, fault, from_then_on);
  const bool finished = world.script().run(kSteps);
  ASSERT_EQ(world.script().complaint(), "");
  if (fault == Fault::kShort) {
    ASSERT_TRUE(finished) << "a short write is no failure";
  }
  world.script().forget_journal();
  world.disk().crash();
  ASSERT_EQ(world.script().check(), "");
  ASSERT_TRUE(world.script().run("aaSLaAt"));
  world.script().forget_journal();
  world.disk().crash();
  ASSERT_EQ(world.script().check(), "");
}

void every_call_fails(Fault fault, bool from_then_on) {
  // A fault adds calls (wiping, trying again), short writes most of all.
  const uint64_t last = calls_of_whole_script() + 20;
  for (uint64_t call = 3; call <= last; ++call) {
    SCOPED_TRACE(testing::Message() << "call " << call);
    run_with_fault(call, fault, from_then_on);
    if (testing::Test::HasFatalFailure()) return;
  }
}

TEST(FileJournalFault, EveryCallFailsOnce) { every_call_fails(Fault::kIo, false); }
TEST(FileJournalFault, EveryCallFailsFromThenOn) { every_call_fails(Fault::kIo, true); }
TEST(FileJournalFault, TheDiskIsFullOnceAtEveryCall) { every_call_fails(Fault::kNoSpace, false); }
TEST(FileJournalFault, TheDiskIsFullFromEveryCallOn) { every_call_fails(Fault::kNoSpace, true); }
TEST(FileJournalFault, EveryWriteIsShortOnce) { every_call_fails(Fault::kShort, false); }
TEST(FileJournalFault, EveryWriteIsShortFromThenOn) { every_call_fails(Fault::kShort, true); }

// Cuts the power at every call; 0 keeps nothing unsynced, other seeds some of it. Counts the cuts
// after which a promise was broken.
uint64_t broken_promises(Canary canary, uint64_t seed, std::string* first) {
  uint64_t broken = 0;
  const uint64_t last = calls_of_whole_script() + 1;
  for (uint64_t call = 3; call <= last; ++call) {
    World world(canary);
    world.disk().fail_at(call, Fault::kIo, true);
    world.script().run(kSteps);
    world.script().forget_journal();
    seed == 0 ? world.disk().crash() : world.disk().crash_keeping_some(mix64(seed, call));
    std::string complaint = world.script().check();
    if (complaint.empty() && world.script().run("aAS")) complaint = world.script().check();
    if (complaint.empty()) continue;
    ++broken;
    if (first->empty()) *first = testing::PrintToString(call) + ": " + complaint;
  }
  return broken;
}

TEST(FileJournalFault, PowerIsCutAtEveryCallAndAllUnsyncedIsLost) {
  std::string first;
  EXPECT_EQ(broken_promises(Canary::kNone, 0, &first), 0U) << first;
}

TEST(FileJournalFault, PowerIsCutAtEveryCallAndSomeUnsyncedIsKept) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    std::string first;
    ASSERT_EQ(broken_promises(Canary::kNone, seed, &first), 0U) << seed << " " << first;
  }
}

// The process dies at every call and the page cache lives on: everything written is there. Power is
// cut later, when the next process has built on it.
TEST(FileJournalFault, TheProcessIsKilledAtEveryCallAndPowerIsCutLater) {
  const uint64_t last = calls_of_whole_script() + 1;
  for (uint64_t call = 3; call <= last; ++call) {
    World world;
    world.disk().fail_at(call, Fault::kIo, true);
    world.script().run(kSteps);
    world.script().forget_journal();
    world.disk().clear_faults();
    ASSERT_EQ(world.script().check(), "") << call;
    ASSERT_TRUE(world.script().run("aAaLaaaaaa"));
    world.script().forget_journal();
    world.disk().crash();
    ASSERT_EQ(world.script().check(), "") << call;
  }
}

// The first process dies while it makes spares, and power is cut at every call of the second, which
// takes over files that nobody has synced.
TEST(FileJournalFault, PowerIsCutAtEveryCallAfterAKill) {
  for (uint64_t call = 3; call <= 30; ++call) {
    for (uint64_t later = 1; later <= 80; ++later) {
      World world;
      world.disk().fail_at(call, Fault::kIo, true);
      world.script().run("aAa");
      world.script().forget_journal();
      world.disk().fail_at(world.disk().calls() + later, Fault::kIo, true);
      if (world.script().check().empty()) world.script().run("aLLLa");
      world.script().forget_journal();
      world.disk().crash();
      ASSERT_EQ(world.script().check(), "") << call << " " << later;
    }
  }
}

// Power is cut during the recovery from a power cut, at every call of it.
TEST(FileJournalFault, PowerIsCutAtEveryCallOfRecovery) {
  const uint64_t whole = calls_of_whole_script();
  for (uint64_t call = 20; call <= whole; call += 7) {
    for (uint64_t again = 1; again <= 60; ++again) {
      World world;
      world.disk().fail_at(call, Fault::kIo, true);
      world.script().run(kSteps);
      world.script().forget_journal();
      world.disk().crash_keeping_some(mix64(call, again));
      world.disk().fail_at(world.disk().calls() + again, Fault::kIo, true);
      if (world.script().check().empty()) world.script().run("aA");
      world.script().forget_journal();
      world.disk().crash_keeping_some(mix64(again, call));
      ASSERT_EQ(world.script().check(), "") << call << " " << again;
    }
  }
}

TEST(FileJournalCanary, NoSyncIsCaught) {
  std::string first;
  EXPECT_GT(broken_promises(Canary::kNoSync, 0, &first), 50U);
}
TEST(FileJournalCanary, NoDirectorySyncIsCaught) {
  std::string first;
  EXPECT_GT(broken_promises(Canary::kNoDirectorySync, 0, &first), 50U);
}
TEST(FileJournalCanary, ReplyBeforeDurableIsCaught) {
  std::string first;
  EXPECT_GT(broken_promises(Canary::kEarlyReply, 0, &first), 10U);
}

}  // namespace
}  // namespace muster::storage
