#include "cli/exec_result.h"

#include "cli/base64.h"
#include "cli/exit_code.h"
#include "protocol/json_view.h"

namespace muster::cli {

namespace {

using protocol::JsonKind;
using protocol::JsonView;

std::optional<int> small(const JsonView& value) {
  const std::optional<int64_t> number = value.integer();
  if (!number || *number < 0 || *number > 255) return std::nullopt;
  return static_cast<int>(*number);
}

CapturedStream read_stream(const JsonView& stream) {
  const bool base64 = stream["encoding"].string_or("") == "base64";
  const auto bytes = [&](const char* key) {
    std::string text = stream[key].string_or("");
    // What cannot be decoded is shown as it came rather than not at all.
    return base64 ? decode_base64(text).value_or(text) : text;
  };
  return {.head = bytes("head"),
          .tail = bytes("tail"),
          .dropped = stream["dropped_bytes"].unsigned_integer().value_or(0)};
}

}  // namespace

std::optional<ExecResult> read_exec_result(std::string_view result) {
  const auto value = protocol::check_json(result);
  if (!value || value->kind != JsonKind::kObject) return std::nullopt;
  const JsonView object(*value);
  if (!object["stdout"].is(JsonKind::kObject) && !object["exit_code"].exists()) return std::nullopt;
  ExecResult read{.exit_code = small(object["exit_code"]),
                  .signal = small(object["signal"]),
                  .duration = {},
                  .max_rss_bytes = object["max_rss_bytes"].unsigned_integer(),
                  .out = read_stream(object["stdout"]),
                  .err = read_stream(object["stderr"])};
  if (const auto ms = object["duration_ms"].integer()) read.duration = client::Milliseconds(*ms);
  return read;
}

int exit_code_of(const client::JobInfo& job) {
  const bool completed = job.state == "completed";
  std::optional<int> code;
  std::optional<int> signal;
  if (const auto result = read_exec_result(job.result)) {
    code = result->exit_code;
    signal = result->signal;
  } else if (!completed && !job.history.empty()) {
    code = job.history.back().exit_code;
    signal = job.history.back().signal;
  }
  if (signal) return kSignalBase + *signal;
  // A job that did not complete must not look as if it had.
  if (code && (*code != 0 || completed)) return *code;
  return completed ? kOk : kFailed;
}

}  // namespace muster::cli
