#include "server/server.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <set>
#include <string>

#include "server/manual_executor.h"
#include "storage/memory_journal.h"
#include "storage/memory_store.h"

namespace muster::server {
namespace {

// Connections as strings: what was sent stands in `got`, and counts as handed to the socket unless
// the connection is stuck.
class FakeTransport : public Transport {
 public:
  void send(ConnectionId id, Chunk chunk) override {
    if (stuck.contains(id)) {
      waiting[id].push_back(std::move(chunk));
      return;
    }
    got[id] += chunk.bytes;
    sent.emplace_back(id, chunk.bytes.size());
  }
  void flush() override {
    for (const auto& [id, bytes] : std::exchange(sent, {})) server->sent(id, bytes);
  }
  void resume_reading(ConnectionId id) override { readable.insert(id); }
  void finish(ConnectionId id) override { finished.insert(id); }
  void request_turn() override { ++turns_requested; }

  Server* server = nullptr;
  std::map<ConnectionId, std::string> got;
  std::map<ConnectionId, std::vector<Chunk>> waiting;
  std::set<ConnectionId> stuck;
  std::set<ConnectionId> readable;
  std::set<ConnectionId> finished;
  std::vector<std::pair<ConnectionId, size_t>> sent;
  int turns_requested = 0;
};

constexpr ConnectionId kA{1};
constexpr ConnectionId kB{2};

class ServerTest : public testing::Test {
 protected:
  void SetUp() override { start(); }

  void start() {
    auto space = Namespace::recovered({}, std::make_unique<SharedJournal>(journal_, journal_full_),
                                      std::make_unique<SharedStore>(store_));
    ASSERT_TRUE(space.ok()) << space.error().message;
    space_ = std::move(*space);
    server_.emplace(config_, *space_,
                    Server::World{.transport = transport_,
                                  .commit_thread = commit_thread_,
                                  .background = background_,
                                  .disk_low = [this] { return disk_low_; },
                                  .release_reserve = [this] { ++reserves_released_; },
                                  .microseconds = [] { return int64_t{0}; }},
                    now_);
    transport_.server = &*server_;
    server_->opened(kA);
    server_->opened(kB);
  }

  // The connection says a line; the turn ends; nothing is synced yet.
  void say(ConnectionId id, std::string_view text) {
    server_->receive(id, std::string(text) + "\n", now_);
    turn();
  }
  void turn(Duration later = Duration()) {
    now_.steady = now_.steady + later;
    now_.wall = now_.wall + later;
    server_->end_of_turn(now_);
  }
  void sync() {
    do {
      commit_thread_.drain();
      turn();
    } while (commit_thread_.waiting() > 0);
  }
  std::string got(ConnectionId id) { return std::exchange(transport_.got[id], {}); }
  std::string ask(ConnectionId id, std::string_view text) {
    say(id, text);
    sync();
    return got(id);
  }
  std::string state_of(std::string_view job) {
    const std::string record =
        ask(kB, R"({"type":"job_status","job_id":")" + std::string(job) + "\"}");
    const std::string key = "\"state\":\"";
    const size_t at = record.find(key);
    if (at == std::string::npos) return record;
    const size_t begin = at + key.size();
    return record.substr(begin, record.find('"', begin) - begin);
  }

  // Outlive a restart of the server.
  class SharedJournal : public storage::Journal {
   public:
    SharedJournal(storage::Journal& to, const bool& full) : to_(to), full_(full) {}
    storage::AppendOutcome append(const storage::JournalRecord& record, bool sync) override {
      if (full_) return {storage::AppendOutcome::Kind::kNoSpace, "full"};
      return to_.append(record, sync);
    }
    storage::AppendOutcome sync() override { return to_.sync(); }
    storage::AppendOutcome seal() override { return to_.seal(); }
    storage::StorageResult<Unit> read_from(Sequence from, const Visitor& visit) override {
      return to_.read_from(from, visit);
    }
    storage::StorageResult<Unit> trim(Sequence through) override { return to_.trim(through); }
    Sequence begin() const override { return to_.begin(); }
    Sequence end() const override { return to_.end(); }
    uint64_t bytes() const override { return to_.bytes(); }

   private:
    storage::Journal& to_;
    const bool& full_;
  };
  class SharedStore : public storage::Store {
   public:
    explicit SharedStore(storage::Store& to) : to_(to) {}
    storage::StorageResult<std::optional<std::string>> get(std::string_view key) override {
      return to_.get(key);
    }
    storage::StorageResult<Unit> write(const storage::StoreBatch& batch) override {
      return to_.write(batch);
    }
    storage::StorageResult<Unit> scan(std::string_view prefix, const Visitor& visit) override {
      return to_.scan(prefix, visit);
    }

   private:
    storage::Store& to_;
  };

  ServerConfig config_;
  Now now_{Instant::from_ms(10'000), WallTime::from_ms(1'700'000'000'000)};
  storage::MemoryJournal journal_;
  storage::MemoryStore store_;
  FakeTransport transport_;
  ManualExecutor commit_thread_;
  ManualExecutor background_;
  bool disk_low_ = false;
  bool journal_full_ = false;
  int reserves_released_ = 0;
  std::unique_ptr<Namespace> space_;
  std::optional<Server> server_;
};

constexpr std::string_view kSubmit = R"({"type":"submit_job","job_id":"job1","duration":5})";
constexpr std::string_view kRequest = R"({"type":"request_job","worker_id":"w"})";
constexpr std::string_view kWaiting = R"({"type":"request_job","worker_id":"w","wait_ms":60000})";

TEST_F(ServerTest, AnswersOnlyWhatIsDurable) {
  say(kA, kSubmit);
  turn();
  EXPECT_EQ(got(kA), "");
  sync();
  EXPECT_EQ(got(kA), "{\"status\":\"accepted\",\"job_id\":\"job1\"}\n");
}

TEST_F(ServerTest, AReadWaitsForTheEventsItSaw) {
  say(kA, kSubmit);
  say(kB, R"({"type":"job_status","job_id":"job1"})");
  EXPECT_EQ(got(kB), "");
  sync();
  EXPECT_NE(got(kB).find("\"state\":\"ready\""), std::string::npos);
  say(kB, R"({"type":"job_status","job_id":"job1"})");
  EXPECT_NE(got(kB), "");  // nothing has happened since: at once
}

TEST_F(ServerTest, AJobGoesToTheWorkerThatWaits) {
  say(kA, kWaiting);
  EXPECT_EQ(ask(kB, kSubmit), "{\"status\":\"accepted\",\"job_id\":\"job1\"}\n");
  EXPECT_NE(got(kA).find("\"job_id\":\"job1\""), std::string::npos);
  EXPECT_EQ(state_of("job1"), "running");
}

TEST_F(ServerTest, AnAssignmentThatWasNotSentReturnsAtOnce) {
  ask(kB, kSubmit);
  say(kA, kRequest);  // leased, and not yet durable
  EXPECT_EQ(got(kA), "");
  server_->closed(kA, {}, now_);
  turn();
  EXPECT_EQ(state_of("job1"), "ready");
}

TEST_F(ServerTest, AnAssignmentLeftInTheSocketsQueueReturnsAtOnce) {
  ask(kB, kSubmit);
  transport_.stuck.insert(kA);
  ask(kA, kRequest);
  ASSERT_EQ(transport_.waiting[kA].size(), 1U);
  EXPECT_EQ(state_of("job1"), "running");
  server_->closed(kA, transport_.waiting[kA][0].deliveries, now_);
  EXPECT_EQ(state_of("job1"), "ready");
}

TEST_F(ServerTest, AClosedConnectionOfTheClassProjectMeansNothing) {
  ask(kB, kSubmit);
  EXPECT_EQ(ask(kA, kRequest), "{\"type\":\"assign_job\",\"job_id\":\"job1\",\"duration\":5}\n");
  server_->closed(kA, {}, now_);
  turn();
  EXPECT_EQ(state_of("job1"), "running");
  EXPECT_EQ(ask(kB, R"({"type":"job_complete","job_id":"job1","worker_id":"w"})"),
            "{\"status\":\"ok\",\"job_id\":\"job1\"}\n");
}

TEST_F(ServerTest, AClosedWaiterGetsNoJob) {
  say(kA, kWaiting);
  server_->closed(kA, {}, now_);
  ask(kB, kSubmit);
  EXPECT_EQ(state_of("job1"), "ready");
}

TEST_F(ServerTest, TellsTheEngineTheTimeOftenEnough) {
  ask(kB, kSubmit);
  ask(kA, kRequest);
  // A lease of 30 s, in the steps that next_wakeup() asks for: nobody else makes turns.
  Instant end = now_.steady + Duration::seconds(31);
  int turns = 0;
  while (now_.steady < end) {
    const Instant next = server_->next_wakeup(now_);
    if (next == Instant::max()) break;  // the lease is over
    ASSERT_LE(next, now_.steady + limits::kSteadyPerTurn);
    turn(std::max(next - now_.steady, Duration::milliseconds(1)));
    commit_thread_.drain();
    ++turns;
  }
  EXPECT_LT(turns, 600);
  EXPECT_GE(now_.steady, end - Duration::milliseconds(1100));
  EXPECT_EQ(state_of("job1"), "ready");
}

TEST_F(ServerTest, APausedServerAgesNoLease) {
  ask(kB, kSubmit);
  ask(kA, kRequest);
  turn(Duration::hours(1));
  EXPECT_EQ(state_of("job1"), "running");
}

TEST_F(ServerTest, HasNothingToDoWhenIdle) {
  ask(kB, kSubmit);
  turn(limits::kSealAfter);
  sync();
  turn();
  EXPECT_EQ(server_->next_wakeup(now_), Instant::max());
}

// Otherwise the loop would spin until the disk has answered.
TEST_F(ServerTest, AsksForNoTurnWhileItWaitsForASlowProbe) {
  disk_low_ = true;
  turn();
  background_.drain();
  turn(Duration::seconds(1));  // the gate is closed, and the next probe on its way
  ASSERT_EQ(background_.waiting(), 1U);
  turn(Duration::seconds(2));
  EXPECT_GT(server_->next_wakeup(now_), now_.steady);
  background_.drain();
  EXPECT_LE(server_->next_wakeup(now_), now_.steady);
}

// Nor while it stops, when no probe is made.
TEST_F(ServerTest, AsksForNoTurnThatWouldDoNothingWhileItStops) {
  disk_low_ = true;
  turn();
  background_.drain();
  turn();
  server_->stop(now_);
  turn(Duration::seconds(2));
  EXPECT_GT(server_->next_wakeup(now_), now_.steady);
}

TEST_F(ServerTest, HalfCloseEndsTheConnectionBehindTheLastAnswer) {
  say(kA, kSubmit);
  server_->end_of_input(kA, now_);
  turn();
  EXPECT_TRUE(transport_.finished.empty());  // its answer is not durable yet
  sync();
  EXPECT_NE(got(kA), "");
  EXPECT_TRUE(transport_.finished.contains(kA));
}

TEST_F(ServerTest, AFullDiskRefusesSubmissionsAndNothingElse) {
  ask(kB, kSubmit);
  disk_low_ = true;
  turn(Duration::seconds(2));
  background_.drain();
  turn();
  EXPECT_NE(ask(kB, R"({"type":"submit_job","job_id":"job2","duration":5})").find("disk_low"),
            std::string::npos);
  EXPECT_NE(ask(kA, kRequest).find("assign_job"), std::string::npos);
  disk_low_ = false;
  for (int i = 0; i < 4; ++i) {
    turn(Duration::seconds(1));
    background_.drain();
  }
  turn();
  EXPECT_NE(ask(kB, R"({"type":"submit_job","job_id":"job2","duration":5})").find("accepted"),
            std::string::npos);
}

TEST_F(ServerTest, AJournalWithoutSpaceRefusesSubmissionsUntilThereIsRoom) {
  journal_full_ = true;
  say(kA, kSubmit);
  commit_thread_.drain();
  turn();
  turn();
  background_.drain();
  EXPECT_EQ(reserves_released_, 1);
  say(kB, R"({"type":"submit_job","job_id":"job2","duration":5})");
  journal_full_ = false;
  turn(Duration::seconds(1));
  sync();
  EXPECT_EQ(got(kA), "{\"status\":\"accepted\",\"job_id\":\"job1\"}\n");
  EXPECT_NE(got(kB).find("disk_low"), std::string::npos);
  for (int i = 0; i < 4; ++i) turn(Duration::seconds(1));
  EXPECT_NE(ask(kB, R"({"type":"submit_job","job_id":"job2","duration":5})").find("accepted"),
            std::string::npos);
}

TEST_F(ServerTest, ACheckpointWithoutSpaceGetsTheReserve) {
  ask(kB, kSubmit);
  store_.fail_writes(storage::StorageError{storage::StorageErrorKind::kNoSpace, "full"});
  server_->stop(now_);
  sync();
  background_.drain();
  turn();
  background_.drain();
  EXPECT_EQ(reserves_released_, 1);
  store_.fail_writes(std::nullopt);
  turn(Duration::seconds(2));
  background_.drain();
  turn();
  sync();
  for (const ConnectionId id : {kA, kB}) server_->closed(id, {}, now_);
  turn();
  sync();
  EXPECT_TRUE(server_->stopped());
}

TEST_F(ServerTest, AStopLosesNothing) {
  say(kA, kWaiting);
  say(kB, kWaiting);
  say(kB, kSubmit);
  server_->stop(now_);
  turn();
  EXPECT_FALSE(server_->stopped());
  for (int i = 0; i < 10; ++i) {
    commit_thread_.drain();
    background_.drain();
    turn();
  }
  EXPECT_NE(got(kB).find("accepted"), std::string::npos);
  EXPECT_NE(got(kA), "");
  EXPECT_EQ(transport_.finished.size(), 2U);
  server_->closed(kA, {}, now_);
  server_->closed(kB, {}, now_);
  turn();
  EXPECT_TRUE(server_->stopped());

  start();
  EXPECT_EQ(space_->recovery().events_replayed, 0U);
  EXPECT_EQ(state_of("job1"), "running");  // it went to the first that waited
}

TEST_F(ServerTest, AStuckReaderIsNotReadUntilItTakesItsAnswers) {
  transport_.stuck.insert(kA);
  const std::string hello = "{\"type\":\"hello\"}\n";
  std::string many;
  while (many.size() < limits::kReadPerTurn) many += hello;
  int reads = 0;
  while (server_->receive(kA, many, now_)) {
    turn();
    ASSERT_LT(++reads, 100);
  }
  turn();
  size_t queued = 0;
  for (const Chunk& chunk : transport_.waiting[kA]) queued += chunk.bytes.size();
  EXPECT_GE(queued, limits::kUnsentBytes);
  EXPECT_LT(queued, limits::kUnsentBytes + limits::kMiB);
  EXPECT_EQ(transport_.readable.count(kA), 0U);
  server_->sent(kA, queued);
  EXPECT_GT(transport_.turns_requested, 0);
  turn();
  EXPECT_EQ(transport_.readable.count(kA), 1U);
}

// Each could have kUnsentBytes; together they may not.
TEST_F(ServerTest, ManyStuckReadersTogetherKeepLittleAndDisturbNobody) {
  constexpr uint64_t kReaders = 100;
  const std::string hello = "{\"type\":\"hello\"}\n";
  std::string many;
  while (many.size() < limits::kReadPerTurn) many += hello;
  size_t queued = 0;
  for (uint64_t reader = 100; reader < 100 + kReaders; ++reader) {
    const ConnectionId id(reader);
    server_->opened(id);
    transport_.stuck.insert(id);
    for (int reads = 0; reads < 20 && server_->receive(id, many, now_); ++reads) turn();
    turn();
    for (const Chunk& chunk : transport_.waiting[id]) queued += chunk.bytes.size();
  }
  EXPECT_GE(queued, limits::kUnsentAll);
  EXPECT_LT(queued, limits::kUnsentAll + limits::kUnsentBytes +
                        kReaders * (limits::kUnsentCrowded + limits::kMiB / 64));
  EXPECT_NE(ask(kA, kSubmit).find("accepted"), std::string::npos);
  // They go, and so does what they had not read.
  for (uint64_t reader = 100; reader < 100 + kReaders; ++reader) {
    server_->closed(ConnectionId(reader), {}, now_);
  }
  transport_.stuck.insert(kA);
  server_->receive(kA, many, now_);
  turn();
  size_t again = 0;
  for (const Chunk& chunk : transport_.waiting[kA]) again += chunk.bytes.size();
  EXPECT_GT(again, limits::kUnsentBytes / 2);
}

}  // namespace
}  // namespace muster::server
