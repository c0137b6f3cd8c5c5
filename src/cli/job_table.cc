#include "cli/job_table.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>

#include "cli/duration_text.h"
#include "cli/exec_result.h"
#include "protocol/json_view.h"

namespace muster::cli {

namespace {

using client::JobInfo;
using client::Milliseconds;

std::string span_text(int64_t ms) { return duration_text(Milliseconds(ms < 0 ? 0 : ms)); }

// Ages in whole seconds: milliseconds only make a column of them restless.
std::string age_text(int64_t ms) { return ms < 1'000 ? "0s" : span_text(ms); }

// What its state alone does not say.
std::string note(const JobInfo& job, int64_t now) {
  if (job.state == "running") {
    return (job.cancel_requested ? "cancelling, " : "") + ("on " + job.worker);
  }
  if (job.state == "scheduled") {
    if (!job.due_at) return job.reason;
    return (*job.due_at > now ? "in " + span_text(*job.due_at - now) : "due") + ", " + job.reason;
  }
  if (job.state == "dead") return job.reason;
  if (job.state == "completed" && !job.worker.empty()) return "on " + job.worker;
  return {};
}

class Details {
 public:
  void add(std::string_view name, std::string_view value) {
    if (value.empty()) return;
    text_ += fmt::format("{:<10} {}\n", name, printable(value));
  }
  // A time, and how long it is ago (or ahead).
  void add_time(std::string_view name, std::optional<int64_t> at, int64_t now) {
    if (!at || *at == 0) return;
    const std::string away =
        *at <= now ? age_text(now - *at) + " ago" : "in " + span_text(*at - now);
    add(name, time_text(*at) + " (" + away + ")");
  }
  // Text that may have many lines: below its name, indented.
  void add_block(std::string_view name, const CapturedStream& stream) {
    if (stream.head.empty() && stream.tail.empty()) return;
    text_ += fmt::format("{}:\n", name);
    add_lines(stream.head);
    if (stream.dropped > 0) text_ += fmt::format("  … {} bytes were not kept\n", stream.dropped);
    add_lines(stream.tail);
  }
  std::string take() { return std::move(text_); }

 private:
  void add_lines(std::string_view lines) {
    while (!lines.empty()) {
      const size_t end = lines.find('\n');
      text_ += "  " + printable(lines.substr(0, end)) + "\n";
      lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
    }
  }
  std::string text_;
};

// argv with quotes where a shell would need them.
std::string command_text(const protocol::JsonView& command) {
  std::string text;
  for (const protocol::JsonView& word : command.items()) {
    const std::string plain = word.string_or("");
    const bool quoted =
        plain.empty() || plain.find_first_of(" \t\n\"'\\$`*?[]{}()<>|&;~#!") != std::string::npos;
    std::string shown = plain;
    if (quoted) {
      for (size_t at = 0; (at = shown.find('\'', at)) != std::string::npos; at += 4) {
        shown.replace(at, 1, "'\\''");
      }
      shown = "'" + shown + "'";
    }
    text += (text.empty() ? "" : " ") + shown;
  }
  return text;
}

void add_attempts(const JobInfo& job, Details& details) {
  for (const client::AttemptInfo& attempt : job.history) {
    std::string text = attempt.outcome;
    if (!attempt.worker.empty()) text += " on " + attempt.worker;
    if (attempt.started_at && attempt.ended_at) {
      text += " after " + span_text(*attempt.ended_at - *attempt.started_at);
    }
    if (!attempt.error.empty()) text += ": " + attempt.error;
    details.add(fmt::format("attempt {}", attempt.number), text);
  }
}

void add_result(const JobInfo& job, Details& details) {
  const auto result = read_exec_result(job.result);
  if (!result) {
    details.add("result", job.result);
    return;
  }
  if (result->exit_code) details.add("exit code", std::to_string(*result->exit_code));
  if (result->signal) details.add("signal", std::to_string(*result->signal));
  if (result->duration) details.add("took", duration_text(*result->duration));
  if (result->max_rss_bytes) {
    details.add("memory", fmt::format("{:.1f} MiB", *result->max_rss_bytes / 1048576.0));
  }
  details.add_block("stdout", result->out);
  details.add_block("stderr", result->err);
}

}  // namespace

int64_t wall_now() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<Milliseconds>(now).count();
}

Table job_table(const std::vector<JobInfo>& jobs, bool for_people, int64_t now) {
  Table table({{.title = "ID", .yields = 1},
               {.title = "STATE"},
               {.title = "QUEUE", .yields = 2},
               {.title = "TYPE", .yields = 2},
               {.title = "TRIES", .align = Table::Align::kRight},
               {.title = "AGE", .align = Table::Align::kRight},
               {.title = "NOTE", .yields = 3}});
  for (const JobInfo& job : jobs) {
    std::string submitted;
    if (job.submitted_at) {
      submitted = for_people ? age_text(now - *job.submitted_at) : time_text(*job.submitted_at);
    }
    table.add({job.id, job.state, job.queue, job.job_type, std::to_string(job.attempts), submitted,
               note(job, now)});
  }
  return table;
}

std::string job_details(const JobInfo& job, int64_t now) {
  const auto value = protocol::check_json(job.json);
  const protocol::JsonView record = value ? protocol::JsonView(*value) : protocol::JsonView();
  Details details;
  details.add("id", job.id);
  details.add("state", job.state + (job.reason.empty() ? "" : " (" + job.reason + ")") +
                           (job.cancel_requested ? ", cancel requested" : ""));
  details.add("queue", job.queue);
  details.add("type", job.job_type);
  details.add("command", command_text(record["command"]));
  details.add("duration", record["duration"].raw());
  details.add("payload", record["payload"].raw());
  details.add("tags", record["tags"].raw());
  details.add("priority", std::to_string(job.priority));
  details.add_time("submitted", job.submitted_at, now);
  details.add_time("due", job.state == "scheduled" ? job.due_at : std::nullopt, now);
  details.add_time("started", job.started_at, now);
  details.add_time("ended", job.ended_at, now);
  details.add("worker", job.worker);
  details.add("attempts", std::to_string(job.attempts));
  add_attempts(job, details);
  add_result(job, details);
  return details.take();
}

void print_jobs(Terminal& terminal, Format format, const std::vector<JobInfo>& jobs, bool details) {
  if (format == Format::kJson) {
    for (const JobInfo& job : jobs) terminal.out_line(job.json);
    return;
  }
  const bool for_people = format == Format::kTable || terminal.traits().out_is_terminal;
  const int64_t now = wall_now();
  if (details && for_people && jobs.size() == 1) return terminal.out(job_details(jobs[0], now));
  terminal.table(job_table(jobs, for_people, now), format);
}

}  // namespace muster::cli
