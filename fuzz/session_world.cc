#include "fuzz/session_world.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "protocol/answer.h"
#include "storage/file_journal.h"

namespace muster::fuzz {
namespace {

constexpr std::string_view kDirectory = "/journal";
constexpr Duration kTurn = limits::kSteadyPerTurn;
constexpr Duration kObjectCheck = Duration::seconds(1);
constexpr int kMostTurns = 2000;  // of one input, so that none takes for ever

// A store that outlives the namespace that was given it.
class LentStore : public storage::Store {
 public:
  explicit LentStore(storage::Store& to) : to_(to) {}
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

}  // namespace

SessionWorld::SessionWorld() {
  CHECK(files_.make_directory(std::string(kDirectory)).ok() && files_.sync_directory("/").ok(),
        "a directory in memory");
  start();
}

void SessionWorld::start() {
  auto journal = storage::FileJournal::open(
      files_, std::string(kDirectory),
      {.segment_bytes = 4 * limits::kRecordAlignment, .spare_segments = 0, .term = 0});
  CHECK(journal.ok(), "the journal cannot be opened: {}", journal.error().message);
  auto space =
      server::Namespace::recovered({}, std::move(*journal), std::make_unique<LentStore>(store_));
  CHECK(space.ok(), "no recovery: {}", space.error().message);
  space_ = std::move(*space);
  const auto known = hashes_.find(space_->engine().applied());
  CHECK(known == hashes_.end() || known->second == space_->engine().state_hash(),
        "after event {} the replayed state is another than the live one was",
        space_->engine().applied().value());
  server_.emplace(server::ServerConfig{}, *space_,
                  server::Server::World{.transport = *this,
                                        .commit_thread = commit_thread_,
                                        .background = background_,
                                        .disk_low = [] { return false; },
                                        .release_reserve = [] {},
                                        .microseconds = [] { return int64_t{0}; }},
                  now_);
  next_object_check_ = Instant::max();
}

// The process is gone, with its connections; a new one begins.
void SessionWorld::restart(const std::optional<uint64_t>& expected_hash) {
  server_.reset();
  space_.reset();
  commit_thread_ = {};
  background_ = {};
  sent_.clear();
  for (auto& connection : connections_) connection.reset();
  start();
  CHECK(!expected_hash || *expected_hash == space_->engine().state_hash(),
        "the replayed state is another than the live one was");
  // What was not durable never happened: its numbers are given anew.
  hashes_.erase(hashes_.upper_bound(space_->engine().applied()), hashes_.end());
}

void SessionWorld::note_hash() {
  hashes_[space_->engine().applied()] = space_->engine().state_hash();
}

SessionWorld::Connection& SessionWorld::open(size_t place) {
  auto& connection = connections_[place];
  if (!connection) {
    connection = std::make_unique<Connection>();
    connection->id = ConnectionId(++last_connection_);
    server_->opened(connection->id);
  }
  return *connection;
}

SessionWorld::Connection* SessionWorld::find(ConnectionId id) {
  for (auto& connection : connections_) {
    if (connection && connection->id == id) return &*connection;
  }
  return nullptr;
}

void SessionWorld::say(size_t place, std::string_view bytes) {
  Connection& connection = open(place);
  if (!connection.readable || connection.input_ended || connection.finished || bytes.empty())
    return;
  model_receive(connection, bytes);
  connection.readable = server_->receive(connection.id, bytes, now_);
  turn();
}

void SessionWorld::model_receive(Connection& connection, std::string_view bytes) {
  if (!std::exchange(connection.any_bytes, true)) {
    const char first = bytes[0];
    connection.other_wire = (first >= 'A' && first <= 'Z') || first == 0x16;
  }
  if (connection.other_wire || connection.hung_up) return;
  const auto frames = connection.framer.add(bytes);
  connection.asked += frames.size();
  connection.hung_up = connection.framer.closed();
  if (!connection.framer.object_open()) {
    connection.open_since.reset();
  } else if (!frames.empty() || !connection.open_since) {
    connection.open_since = now_.steady;
  }
  if (connection.open_since && next_object_check_ == Instant::max()) {
    next_object_check_ = now_.steady + kObjectCheck;
  }
}

// What the end of a turn does to objects that were begun too long ago.
void SessionWorld::model_open_objects() {
  if (now_.steady < next_object_check_) return;
  bool open = false;
  for (auto& connection : connections_) {
    if (!connection || !connection->open_since) continue;
    if (now_.steady - *connection->open_since >= limits::kOpenObject) {
      connection->open_since.reset();
      if (connection->framer.abandon()) ++connection->asked;
    }
    open = open || connection->open_since.has_value();
  }
  next_object_check_ = open ? now_.steady + kObjectCheck : Instant::max();
}

void SessionWorld::half_close(size_t place) {
  Connection& connection = open(place);
  if (connection.input_ended || connection.finished) return;
  connection.input_ended = true;
  if (!connection.other_wire && connection.framer.abandon()) ++connection.asked;
  connection.open_since.reset();
  server_->end_of_input(connection.id, now_);
  turn();
}

void SessionWorld::close(size_t place) {
  if (!connections_[place]) return;
  const ConnectionId id = connections_[place]->id;
  connections_[place].reset();
  server_->closed(id, {}, now_);
  turn();
}

void SessionWorld::turn(Duration later) {
  now_.steady = now_.steady + later;
  now_.wall = now_.wall + later;
  model_open_objects();
  server_->end_of_turn(now_);
  CHECK(!server_->ended(), "the journal ended on a healthy disk");
  drop_finished();
  note_hash();
}

// Those with whom the server is done are closed, as the loop would.
void SessionWorld::drop_finished() {
  for (auto& connection : connections_) {
    if (!connection || !connection->finished) continue;
    const bool silent = connection->other_wire || connection->hung_up || !connection->any_bytes;
    CHECK(silent || connection->answered == connection->asked,
          "{} of {} requests were answered when the connection ended", connection->answered,
          connection->asked);
    const ConnectionId id = connection->id;
    connection.reset();
    server_->closed(id, {}, now_);
  }
}

void SessionWorld::pass(Duration time) {
  for (; time > Duration() && turns_ < kMostTurns; time = time - std::min(time, kTurn)) {
    ++turns_;
    turn(std::min(time, kTurn));
    sync();
  }
}

void SessionWorld::jump(Duration wall) {
  now_.wall = now_.wall + wall;
  turn();
}

void SessionWorld::sync() {
  do {
    commit_thread_.drain();
    background_.drain();
    turn();
  } while (commit_thread_.waiting() + background_.waiting() > 0);
}

void SessionWorld::step_background() {
  commit_thread_.step();
  background_.step();
  turn();
}

void SessionWorld::kill() {
  sync();
  restart(space_->engine().state_hash());
}

void SessionWorld::cut_power() {
  files_.crash();
  restart(std::nullopt);
}

void SessionWorld::stop() {
  for (auto& connection : connections_) {
    if (!connection) continue;
    if (!connection->other_wire && connection->framer.abandon()) ++connection->asked;
    connection->hung_up = true;  // what the server leaves unread or unanswered is not told apart
  }
  server_->stop(now_);
  for (int turns = 0; !server_->stopped(); ++turns) {
    CHECK(turns < 100, "a clean stop does not end");
    sync();
  }
  restart(space_->engine().state_hash());
}

void SessionWorld::end() {
  sync();
  for (size_t place = 0; place < kPlaces; ++place) {
    if (connections_[place]) half_close(place);
  }
  sync();
  for (const auto& connection : connections_) {
    CHECK(!connection, "connection {} asked {} times, was answered {} times, and does not end",
          connection->id.value(), connection->asked, connection->answered);
  }
  kill();
}

void SessionWorld::send(ConnectionId id, server::Chunk chunk) {
  Connection* connection = find(id);
  CHECK(connection != nullptr, "lines for connection {}, which is closed", id.value());
  sent_.emplace_back(id, chunk.bytes.size());
  if (connection->other_wire) return;
  std::string_view rest = chunk.bytes;
  CHECK(rest.ends_with('\n'), "half a line was sent");
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    check_line(*connection, rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
}

void SessionWorld::check_line(Connection& connection, std::string_view line) {
  const auto answer = protocol::Answer::parse(line);
  CHECK(answer.ok(), "not JSON: {}", line);
  CHECK(line.size() <= limits::kAnswerLine, "an answer of {} bytes", line.size());
  // A line that nobody asked for has a type and the number of its subscription.
  if (answer->sub().exists() && !answer->type().empty()) return;
  CHECK(!answer->type().empty() || !answer->status().empty(), "neither type nor status: {}", line);
  ++connection.answered;
  CHECK(connection.answered <= connection.asked, "{} answers to {} requests: {}",
        connection.answered, connection.asked, line);
}

void SessionWorld::flush() {
  for (const auto& [id, bytes] : std::exchange(sent_, {})) server_->sent(id, bytes);
}

void SessionWorld::resume_reading(ConnectionId id) {
  if (Connection* connection = find(id)) connection->readable = true;
}

void SessionWorld::finish(ConnectionId id) {
  if (Connection* connection = find(id)) connection->finished = true;
}

}  // namespace muster::fuzz
