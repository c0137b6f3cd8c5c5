#include "worker/progress.h"

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include "worker/steady_clock.h"

namespace muster::worker {
namespace {

std::string pairs_of(const AttemptName& name) {
  return fmt::format("job={} attempt={} lease={}", logfmt_value(name.job_id), name.attempt,
                     name.lease.value());
}

// 2026-11-24T03:30:00.123Z
std::string timestamp() {
  const int64_t ms = wall_now().ms();
  const time_t seconds = ms / 1000;
  tm parts = {};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const size_t size = ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return fmt::format("{}.{:03}Z", std::string_view(text, size), ms % 1000);
}

}  // namespace

std::string logfmt_value(std::string_view text) {
  bool plain = !text.empty();
  std::string quoted = "\"";
  for (char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (code <= ' ' || code == 0x7F || byte == '"' || byte == '=' || byte == '\\') plain = false;
    if (code < ' ' || code == 0x7F) {
      quoted += fmt::format("\\x{:02x}", code);
      continue;
    }
    if (byte == '"' || byte == '\\') quoted.push_back('\\');
    quoted.push_back(byte);
  }
  return plain ? std::string(text) : quoted + '"';
}

void Progress::write(std::string_view event, std::string_view pairs) const {
  const std::string line = fmt::format("ts={} worker={} event={} {}\n", timestamp(),
                                       logfmt_value(worker_id_), event, pairs);
  // Nobody may be reading any more; the work goes on.
  if (::write(STDERR_FILENO, line.data(), line.size()) < 0) return;
}

void Progress::note(std::string_view text) const {
  write("note", fmt::format("msg={}", logfmt_value(text)));
}

void Progress::started(const Assignment& assignment) const {
  write("start",
        fmt::format("{} queue={}", pairs_of(assignment.name), logfmt_value(assignment.queue)));
}

void Progress::ended(const JobEnd& end, Duration ran) const {
  std::string pairs =
      fmt::format("{} outcome={} ran_ms={}", pairs_of(end.name), name(end.kind), ran.ms());
  if (end.exit_code) pairs += fmt::format(" exit_code={}", *end.exit_code);
  if (end.signal) pairs += fmt::format(" signal={}", *end.signal);
  if (!end.message.empty()) pairs += fmt::format(" error={}", logfmt_value(end.message));
  write("end", pairs);
}

}  // namespace muster::worker
