#include "cli/submit_stream.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "cli/exit_code.h"
#include "model/limits.h"
#include "protocol/json_writer.h"

namespace muster::cli {

namespace {

constexpr size_t kBatchBytes = 4 * limits::kMiB;  // the library cuts it for the wire
constexpr size_t kLongestLine = limits::kRequestLineMax;

// 1234567 as 1,234,567.
std::string grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

class Stream {
 public:
  Stream(Terminal& terminal, const Remote& remote, const StreamSource& source)
      : terminal_(terminal), remote_(remote), source_(source), client_(remote.client(terminal)) {}

  int run() {
    bool end = false;
    while (!end && !stopped_) {
      const std::string bytes = source_.read();
      end = bytes.empty();
      take(bytes);
      if (end && !partial_.empty()) take("\n");
      const bool full = lines_.size() >= limits::kBatch || bytes_ >= kBatchBytes;
      if (!stopped_ && (end || full || !source_.ready())) send();
    }
    terminal_.progress("");
    if (refused_ > 0 || terminal_.traits().err_is_terminal) {
      terminal_.complain(grouped(accepted_) + " accepted, " + grouped(refused_) + " refused");
    }
    return first_code_;
  }

 private:
  struct Line {
    uint64_t number = 0;
    std::string text;
  };

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const size_t end = bytes.find('\n');
      partial_ += bytes.substr(0, end);
      if (partial_.size() > kLongestLine) {
        ++line_number_;
        stop(line_number_,
             {.kind = client::FailureKind::kBadInput, .message = "longer than any server takes"});
        return;
      }
      if (end == std::string_view::npos) return;
      bytes.remove_prefix(end + 1);
      ++line_number_;
      if (partial_.find_first_not_of(" \t\r") != std::string::npos) {
        bytes_ += partial_.size();
        lines_.push_back({line_number_, std::move(partial_)});
      }
      partial_.clear();
    }
  }

  void send() {
    std::vector<std::string> jobs;
    for (Line& line : lines_) jobs.push_back(std::move(line.text));
    const auto outcomes = client_.submit_many_json(jobs);
    if (!outcomes) {
      const uint64_t first = lines_.empty() ? line_number_ : lines_.front().number;
      stop(first, outcomes.failure());
      return;
    }
    for (size_t i = 0; i < outcomes->size() && !stopped_; ++i) settle(lines_[i], (*outcomes)[i]);
    lines_.clear();
    bytes_ = 0;
    terminal_.progress(grouped(accepted_) + " accepted" +
                       (refused_ == 0 ? "" : ", " + grouped(refused_) + " refused"));
  }

  void settle(const Line& line, const client::SubmitOutcome& outcome) {
    if (outcome) {
      ++accepted_;
      print_submitted(terminal_, remote_.format(), *outcome);
    } else if (outcome.failure().retryable) {
      stop(line.number, outcome.failure());
    } else {
      ++refused_;
      note(remote_.complain(terminal_, outcome.failure(), fmt::format("line {}: ", line.number)));
    }
  }

  // What is wrong is not this line alone: from here on nothing is sent.
  void stop(uint64_t line, const client::Failure& why) {
    stopped_ = true;
    note(remote_.complain(terminal_, why, fmt::format("line {}: ", line)));
    terminal_.complain(
        fmt::format("stopped; the jobs from line {} on are to be submitted again", line));
  }
  void note(int code) {
    if (first_code_ == kOk) first_code_ = code;
  }

  Terminal& terminal_;
  const Remote& remote_;
  const StreamSource& source_;
  client::Client client_;
  std::string partial_;
  uint64_t line_number_ = 0;
  std::vector<Line> lines_;
  size_t bytes_ = 0;
  uint64_t accepted_ = 0;
  uint64_t refused_ = 0;
  int first_code_ = kOk;
  bool stopped_ = false;
};

}  // namespace

StreamSource StreamSource::stdin_of_process() {
  return {.read =
              [] {
                std::string bytes(64 * limits::kKiB, '\0');
                ssize_t got = -1;
                do {
                  got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
                } while (got < 0 && errno == EINTR);
                bytes.resize(got > 0 ? static_cast<size_t>(got) : 0);
                return bytes;
              },
          .ready =
              [] {
                pollfd watched{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
                return ::poll(&watched, 1, 0) == 1;
              }};
}

int submit_stream(Terminal& terminal, const Remote& remote, const StreamSource& source) {
  return Stream(terminal, remote, source).run();
}

void print_submitted(Terminal& terminal, Format format, const client::Submitted& submitted) {
  if (format != Format::kJson) return terminal.out_line(submitted.job_id);
  std::string line;
  protocol::JsonWriter json(&line);
  json.begin_object().member("job_id", submitted.job_id);
  json.member("duplicate", submitted.duplicate).end_object();
  terminal.out_line(line);
}

}  // namespace muster::cli
