#include "cli/job_flags.h"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <system_error>

#include "cli/duration_text.h"
#include "protocol/json_text.h"

namespace muster::cli {

namespace {

// `5` or `0.5` (seconds, as the class project counts them) or a duration.
Read sleep_into(std::optional<client::Milliseconds>* into) {
  return [into](const std::string& text) -> std::string {
    auto value = parse_duration(text);
    if (!value) value = parse_duration(text + "s");
    if (!value) return "seconds or a duration, such as 5, 250ms or 2m";
    *into = *value;
    return {};
  };
}

// A time, or a duration from now.
Read deadline_into(std::optional<int64_t>* into) {
  return [into](const std::string& text) -> std::string {
    if (const auto from_now = parse_duration(text)) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      *into = std::chrono::duration_cast<client::Milliseconds>(now).count() + from_now->count();
      return {};
    }
    return time_into(into)(text).empty() ? "" : "a duration from now, such as 2h, or a time";
  };
}

// The contents of a file; "" and a complaint if it cannot be read.
std::string read_file(const std::string& path, std::string* complaint) {
  std::ifstream file(path == "-" ? "/dev/stdin" : path, std::ios::binary);
  if (!file) {
    *complaint = "--payload: cannot read `" + path + "`: " + std::generic_category().message(errno);
    return {};
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

void JobFlags::declare_common(Flags* flags) {
  flags->add("--queue", "NAME", "the queue it goes to (default: default)", text_into(&job_.queue));
  flags->add("--priority", "N", "smaller is sooner (default 1000)",
             number_into(&job_.priority, 0, UINT32_MAX));
  flags->add("--timeout", "DURATION", "end an attempt that runs longer",
             duration_into(&job_.timeout));
  flags->add("--deadline", "WHEN", "give up then, whatever the attempts: 2h from now, or a time",
             deadline_into(&job_.deadline));
  flags->add("--max-lost", "N", "give up after so many lost workers (default 3)",
             number_into(&job_.max_lost, 1, 1'000'000));
  flags->add("--id", "ID", "name the job; submitting it again changes nothing",
             text_into(&job_.id));
  flags->add_repeated("--tag", "TEXT", "a word to find it by; may be repeated",
                      list_into(&job_.tags));
}

void JobFlags::declare_submit(Flags* flags) {
  flags->add("--delay", "DURATION", "not before so long from now", duration_into(&job_.delay));
  flags->add("--run-at", "TIME", "not before then: 2026-11-24T06:00:00Z, '2026-11-24 06:00'",
             time_into(&job_.run_at));
  // Attempts are counted on the wire; people count what comes after the first.
  flags->add("--retries", "N", "tries after a failed first one (default 4)",
             [this](const std::string& text) -> std::string {
               uint32_t retries = 0;
               std::string expected = number_into(&retries, 0, 999'999)(text);
               if (expected.empty()) job_.max_attempts = retries + 1;
               return expected;
             });
  flags->add("--sleep", "SECONDS", "a job that only waits, instead of a command",
             sleep_into(&job_.duration));
  flags->add("--type", "NAME", "a job for a handler of that name, instead of a command",
             text_into(&job_.job_type));
  flags->add("--payload", "JSON", "what the handler gets; @FILE reads it, @- from stdin",
             text_into(&payload_));
}

std::string JobFlags::check() {
  if (job_.delay && job_.run_at) return "--delay and --run-at exclude each other; give one";
  if (!payload_) return {};
  std::string complaint;
  job_.payload =
      payload_->starts_with('@') ? read_file(payload_->substr(1), &complaint) : *payload_;
  if (complaint.empty() && !protocol::check_json(job_.payload, &complaint)) {
    complaint = "--payload: not JSON: " + complaint;
  }
  return complaint;
}

}  // namespace muster::cli
