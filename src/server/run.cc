#include "server/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "server/kill_point.h"
#include "server/log.h"
#include "server/loop.h"
#include "server/loop_connections.h"
#include "server/loop_executor.h"
#include "server/loop_listener.h"
#include "server/loop_store_guard.h"
#include "server/name_space.h"
#include "server/server.h"
#include "storage/data_directory.h"
#include "storage/file_journal.h"
#include "storage/posix_file_system.h"
#include "storage/rocks_store.h"

namespace muster::server {
namespace {

// A stop takes at most five seconds; this much of it is for answers, seal and checkpoint.
constexpr Duration kStopPatience = Duration::milliseconds(4500);
constexpr const char* kNamespace = "default";

// In memory, tokens begin with the clock: more than so many leases in every millisecond would be
// needed to run ahead of it. Stays below 2^53 until the year 2248.
constexpr uint64_t kTokensPerMs = 1024;

// What lies on disk, opened and recovered. With memory durability only `space` is set.
struct Opened {
  std::unique_ptr<storage::FileSystem> files;
  std::unique_ptr<storage::DataDirectory> directory;
  LoopStoreGuard* guard = nullptr;  // owned by the namespace
  std::unique_ptr<Namespace> space;
};

storage::StorageResult<Opened> open_in_memory(Now now) {
  engine::EngineConfig config;
  // Tokens grow over restarts although nothing remembers the last one.
  const auto wall_ms = static_cast<uint64_t>(std::max<int64_t>(now.wall.ms(), 0));
  config.first_token = LeaseToken(wall_ms * kTokensPerMs + 1);
  auto space = Namespace::recovered(config, nullptr, nullptr);
  if (!space.ok()) return space.error();
  Opened out;
  out.space = std::move(*space);
  return out;
}

// Tests only: the environment names a point at which the process ends itself (server/kill_point.h).
storage::StorageResult<Unit> add_kill_point(std::unique_ptr<storage::Journal>* journal,
                                            std::unique_ptr<storage::Store>* store) {
  const char* const wanted = std::getenv("MUSTER_KILL_AT");
  if (!wanted) return Unit{};
  const auto point = parse_kill_point(wanted);
  if (!point.ok()) {
    return storage::StorageError{storage::StorageErrorKind::kIo, point.error()};
  }
  *journal = with_kill_point(std::move(*journal), *point, die_by_sigkill);
  *store = with_kill_point(std::move(*store), *point, die_by_sigkill);
  return Unit{};
}

storage::StorageResult<Opened> open_on_disk(const ServerConfig& config) {
  Opened out;
  out.files = storage::make_posix_file_system();
  auto directory = storage::DataDirectory::open(*out.files, config.data, {});
  if (!directory.ok()) return directory.error();
  out.directory = std::move(*directory);
  const auto paths = out.directory->open_namespace(kNamespace);
  if (!paths.ok()) return paths.error();
  const bool had_ballast = out.directory->has_ballast();
  if (const auto room = out.directory->make_room_for_start(); !room.ok()) return room.error();
  if (had_ballast && !out.directory->has_ballast()) log_warning("ballast_released", {});

  auto rocks = storage::open_rocks_store(paths->store);
  if (!rocks.ok()) return rocks.error();
  auto opened = storage::FileJournal::open(*out.files, paths->journal, {});
  if (!opened.ok()) return opened.error();
  if (!(*opened)->cut().empty()) log_warning("journal_cut", {{"where", (*opened)->cut()}});
  std::unique_ptr<storage::Store> store = std::move(*rocks);
  std::unique_ptr<storage::Journal> journal = std::move(*opened);
  if (const auto added = add_kill_point(&journal, &store); !added.ok()) return added.error();
  auto guard = std::make_unique<LoopStoreGuard>(std::move(store));
  out.guard = guard.get();

  auto space = Namespace::recovered({}, std::move(journal), std::move(guard));
  if (!space.ok()) {
    // What does not fit together is said by those who know no paths.
    return storage::StorageError{
        space.error().kind,
        fmt::format("{} with {}: {}", paths->store, paths->journal, space.error().message)};
  }
  out.space = std::move(*space);
  return out;
}

// Takes the ballast back when there is room for it. Background thread.
bool disk_low(storage::DataDirectory& directory) {
  const bool had = directory.has_ballast();
  const auto has = directory.restore_ballast();
  if (!had && has.ok() && *has) log_info("ballast_restored", {});
  const auto low = directory.is_low();
  return low.ok() && *low;
}

void report_start(const ServerConfig& config, Namespace& space, const std::string& address) {
  const Recovered& recovery = space.recovery();
  log_info("listening", {{"address", address},
                         {"durability", name(config.durability)},
                         {"data", config.durability == Durability::kMemory ? "" : config.data},
                         {"jobs", fmt::to_string(space.engine().live_jobs())},
                         {"events_replayed", fmt::to_string(recovery.events_replayed)}});
  std::printf("muster server listening on %s\n", address.c_str());
  std::fflush(stdout);
}

int cannot_start(const std::string& why) {
  std::fprintf(stderr, "muster server: %s\n", why.c_str());
  return kExitCannotStart;
}

// One turn after another until the stop is done; the exit code.
int serve(Loop& loop, Server& server, LoopListener& listener) {
  std::optional<Instant> stop_by;
  bool clean = true;
  loop.on_signal([&](int signal) {
    if (stop_by) return;
    log_info("stopping", {{"signal", fmt::to_string(signal)}});
    stop_by = loop.now().steady + kStopPatience;
    listener.close();
    server.stop(loop.now());
  });
  loop.run([&] {
    const Now now = loop.now();
    server.end_of_turn(now);
    if (server.ended()) loop.stop();
    if (!stop_by) return server.next_wakeup(now);
    clean = server.stopped();
    if (clean || now.steady >= *stop_by) loop.stop();
    return std::min(server.next_wakeup(now), *stop_by);
  });
  if (const std::optional<std::string>& why = server.ended()) {
    // Threads and sockets are left to the system: after a failed sync nothing may be said or
    // written.
    log_error("journal_ended", {{"why", *why}});
    std::_Exit(kExitJournalEnded);
  }
  if (!clean) {
    // All that was answered is in the journal; the next start does the rest.
    log_warning("stop_cut_short", {});
    std::_Exit(kExitClean);
  }
  log_info("stopped", {});
  return kExitClean;
}

}  // namespace

int run_server(const ServerConfig& config) {
  raise_open_file_limit();
  Loop loop;
  // The address first: what is refused for its sake must not touch the disk. Nobody is served
  // before recovery is over.
  auto listener = LoopListener::bind(loop, config.host, config.port, config.insecure);
  if (!listener.ok()) return cannot_start(listener.error());
  auto opened =
      config.durability == Durability::kMemory ? open_in_memory(loop.now()) : open_on_disk(config);
  if (!opened.ok()) return cannot_start(opened.error().message);
  if (const auto listens = (*listener)->listen(); !listens.ok()) {
    return cannot_start(listens.error());
  }
  if (opened->guard) opened->guard->arm();

  LoopConnections connections(loop);
  std::optional<Server> server;  // dies after the threads, which are joined first
  LoopExecutor commit_thread(loop, "commit");
  LoopExecutor background(loop, "checkpoint");
  server.emplace(config, *opened->space,
                 Server::World{.transport = connections,
                               .commit_thread = commit_thread,
                               .background = background,
                               .disk_low = [&] { return disk_low(*opened->directory); },
                               .release_reserve =
                                   [&] {
                                     const auto released = opened->directory->release_ballast();
                                     if (released.ok()) log_warning("ballast_released", {});
                                   },
                               .microseconds = steady_microseconds},
                 loop.now());
  connections.serve(*server);
  (*listener)->accept(connections);
  report_start(config, *opened->space, (*listener)->address());
  return serve(loop, *server, **listener);
}

}  // namespace muster::server
