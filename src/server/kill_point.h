// KillPoint: a test's way to end the server at the worst moment. MUSTER_KILL_AT=sync:3 in the
// environment makes the process kill itself (SIGKILL) the third time that it has written a record
// and not yet synced it. Named points, each on the path between a command and its durable answer:
//   write       before a record is written
//   sync        a record is written, and not synced
//   checkpoint  before a checkpoint is written to the store
//   trim        a checkpoint is written, and the journal it replaces is still there
// tests/kill_loop.py uses it; without the variable nothing of this exists at run time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/journal.h"
#include "storage/store.h"

namespace muster::server {

struct KillPoint {
  enum class Where : uint8_t { kWrite, kSync, kCheckpoint, kTrim };
  Where where = Where::kWrite;
  uint64_t pass = 1;  // which pass of the point is the last
  bool operator==(const KillPoint&) const = default;
};

// "sync:3". The error says what was expected.
Expected<KillPoint, std::string> parse_kill_point(std::string_view text);

// Called at the point; in a server it does not return.
using Die = std::function<void()>;
void die_by_sigkill();

// The same journal and store, but one call into them is the last.
std::unique_ptr<storage::Journal> with_kill_point(std::unique_ptr<storage::Journal> journal,
                                                  KillPoint point, Die die);
std::unique_ptr<storage::Store> with_kill_point(std::unique_ptr<storage::Store> store,
                                                KillPoint point, Die die);

}  // namespace muster::server
