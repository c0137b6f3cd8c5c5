// What a worker and the supervisor of one job say to each other over their socket, and its bytes:
//   worker -> supervisor   one frame with the ExecSpec, then single bytes (SupervisorOrder)
//   supervisor -> worker   one frame with the ExecReport, then the end
// A frame is a 32-bit length and so many bytes. The worker's end closing means that the worker is
// gone: the supervisor kills the whole tree. Both are the same program, so there is no version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "worker/capture.h"

namespace muster::worker {

// A command to run without a shell.
struct ExecSpec {
  std::vector<std::string> argv;         // never empty
  std::vector<std::string> environment;  // NAME=value, on top of the worker's own
  Duration grace;                        // between TERM and KILL
  bool operator==(const ExecSpec&) const = default;
};

enum class SupervisorOrder : char {
  kTerminate = 'T',  // TERM to the tree, KILL after the grace
  kKill = 'K',       // KILL at once
};

// How the command ended.
struct ExecReport {
  int spawn_error = 0;  // errno: it could not be started, and nothing below is set
  std::optional<int32_t> exit_code;
  std::optional<int32_t> signal;  // the one that ended it
  uint64_t duration_ms = 0;
  uint64_t max_rss_bytes = 0;  // of the main process and those it waited for, each for itself
  uint64_t leftovers = 0;      // descendants that outlived the main process and were killed
  uint64_t survivors = 0;      // descendants that even KILL did not end
  Captured out;
  Captured err;
  bool operator==(const ExecReport&) const = default;
};

std::string encode_frame(const ExecSpec& spec);
std::string encode_frame(const ExecReport& report);

// A frame begins with these many bytes, which say how many follow.
inline constexpr size_t kFrameHeaderBytes = 4;
size_t frame_length(std::string_view header);
// The content of a whole frame at the start of `bytes`; nothing while it is incomplete.
std::optional<std::string_view> frame_content(std::string_view bytes);
// Nothing: damaged, which only a foreign process on the socket explains.
std::optional<ExecSpec> decode_spec(std::string_view content);
std::optional<ExecReport> decode_report(std::string_view content);

}  // namespace muster::worker
