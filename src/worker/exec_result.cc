#include "worker/exec_result.h"

#include <fmt/format.h>
#include <string.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.h"
#include "protocol/json_writer.h"
#include "worker/captured_text.h"

namespace muster::worker {
namespace {

constexpr size_t kAllButStreams = 1024;  // names, numbers and brackets of a result
constexpr size_t kLastLineBytes = 400;
// What shells answer for a command that is not there, or cannot be run.
constexpr int32_t kNotFound = 127;
constexpr int32_t kNotRunnable = 126;

// Shares `budget` among four sizes: who needs less than an equal share leaves the rest to the
// others.
std::array<size_t, 4> share(const std::array<size_t, 4>& needs, size_t budget) {
  std::array<size_t, 4> order = {0, 1, 2, 3};
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return needs[a] < needs[b]; });
  std::array<size_t, 4> shares = {};
  for (size_t i = 0; i < order.size(); ++i) {
    shares[order[i]] = std::min(needs[order[i]], budget / (order.size() - i));
    budget -= shares[order[i]];
  }
  return shares;
}

void write_part(std::string_view name, const std::string& part, bool utf8,
                protocol::JsonWriter& json) {
  json.member(name, utf8 ? part : base64(part));
}

void write_stream(std::string_view name, const StreamText& text, protocol::JsonWriter& json) {
  json.key(name).begin_object();
  write_part("head", text.captured.head, text.utf8, json);
  write_part("tail", text.captured.tail, text.utf8, json);
  json.member("dropped_bytes", text.captured.dropped);
  json.member("encoding", text.utf8 ? "utf8" : "base64");
  json.member("bytes", text.captured.bytes()).end_object();
}

void write_optional(std::string_view name, std::optional<int32_t> value,
                    protocol::JsonWriter& json) {
  if (value) {
    json.member(name, *value);
  } else {
    json.member_null(name);
  }
}

// The last line that is not blank, cut in front; empty: there is none.
std::string last_line(const Captured& stream) {
  std::string_view text = stream.tail.empty() ? stream.head : stream.tail;
  const size_t last = text.find_last_not_of(" \r\n\t");
  if (last == text.npos) return {};
  text = text.substr(0, last + 1);
  const size_t newline = text.find_last_of('\n');
  if (newline != text.npos) text.remove_prefix(newline + 1);
  if (text.size() > kLastLineBytes) text.remove_prefix(text.size() - kLastLineBytes);
  return std::string(text);
}

JobEnd failed_to_start(AttemptName name, const std::string& program, int error) {
  JobEnd end;
  end.name = std::move(name);
  end.kind = EndKind::kFailed;
  end.error_class = "spawn";
  end.message = fmt::format("cannot run `{}`: {}", program, strerror(error));
  end.exit_code = error == ENOENT ? kNotFound : kNotRunnable;
  ExecReport report;
  report.exit_code = end.exit_code;
  end.result = result_json(std::move(report));
  return end;
}

}  // namespace

std::string result_json(ExecReport report) {
  StreamText out = StreamText::of(std::move(report.out));
  StreamText err = StreamText::of(std::move(report.err));
  const auto shares =
      share({out.encoded_size(out.captured.head), out.encoded_size(out.captured.tail),
             err.encoded_size(err.captured.head), err.encoded_size(err.captured.tail)},
            limits::kResultBytes - kAllButStreams);
  out.cut_head(shares[0]);
  out.cut_tail(shares[1]);
  err.cut_head(shares[2]);
  err.cut_tail(shares[3]);
  std::string text;
  protocol::JsonWriter json(&text);
  json.begin_object();
  write_optional("exit_code", report.exit_code, json);
  write_optional("signal", report.signal, json);
  json.member("duration_ms", report.duration_ms).member("max_rss_bytes", report.max_rss_bytes);
  write_stream("stdout", out, json);
  write_stream("stderr", err, json);
  json.end_object();
  CHECK(text.size() <= limits::kResultBytes, "a result of {} bytes", text.size());
  return text;
}

JobEnd end_of_command(AttemptName name, const std::string& program, ExecReport report) {
  if (report.spawn_error != 0) return failed_to_start(name, program, report.spawn_error);
  JobEnd end;
  end.name = std::move(name);
  end.exit_code = report.exit_code;
  end.signal = report.signal;
  if (report.exit_code != 0) {
    end.kind = EndKind::kFailed;
    end.error_class = report.signal ? "signal" : "exit";
    end.message = report.signal ? fmt::format("ended by signal {} ({})", *report.signal,
                                              strsignal(*report.signal))
                                : fmt::format("exit code {}", report.exit_code.value_or(-1));
    const std::string line = last_line(report.err);
    if (!line.empty()) end.message += ": " + line;
  }
  end.result = result_json(std::move(report));
  return end;
}

}  // namespace muster::worker
