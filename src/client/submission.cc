#include "client/submission.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "client/failures.h"
#include "client/requests.h"
#include "model/limits.h"

namespace muster::client {

namespace {

// Below the server's limit on a request line, with room for the words around the jobs.
constexpr size_t kBatchBytes = limits::kRequestLine - 4 * limits::kKiB;

// How many of `jobs` go into one request: at most `most`, and at least one, however large it is.
size_t batch_size(std::span<const std::string> jobs, size_t most) {
  size_t bytes = 0;
  size_t count = 0;
  for (; count < std::min(jobs.size(), most); ++count) {
    bytes += jobs[count].size() + 1;
    if (bytes > kBatchBytes && count > 0) break;
  }
  return count;
}

// One outcome per job of a batch.
Expected<std::vector<SubmitOutcome>> read_outcomes(const protocol::Answer& answer, size_t count) {
  std::vector<SubmitOutcome> outcomes;
  outcomes.reserve(count);
  for (const protocol::JsonView& id : answer["job_ids"].items()) {
    outcomes.push_back(Submitted{.job_id = id.string_or("")});
  }
  if (outcomes.size() != count) {
    return failure(FailureKind::kBadAnswer, "the server answered for another number of jobs");
  }
  for (const protocol::JsonView& index : answer["duplicates"].items()) {
    const uint64_t at = index.unsigned_integer().value_or(count);
    if (at < count && outcomes[at]) outcomes[at]->duplicate = true;
  }
  for (const protocol::JsonView& error : answer["errors"].items()) {
    const uint64_t at = error["index"].unsigned_integer().value_or(count);
    if (at < count) outcomes[at] = refusal(error);
  }
  return outcomes;
}

class Submission {
 public:
  Submission(Exchange& exchange, std::span<const std::string> jobs)
      : exchange_(exchange), jobs_(jobs) {}

  Expected<std::vector<SubmitOutcome>> run() {
    outcomes_.reserve(jobs_.size());
    while (outcomes_.size() < jobs_.size()) {
      if (pressure_) {
        // It has just been waited out in vain: no use in sending the rest.
        outcomes_.push_back(*pressure_);
        continue;
      }
      const auto rest = jobs_.subspan(outcomes_.size());
      if (auto sent = send_batch(rest.first(batch_size(rest, most_))); !sent) {
        return sent.failure();
      }
    }
    return std::move(outcomes_);
  }

 private:
  // Sends one batch, and what is refused of it only for now again, until every job has its outcome
  // or the time is up.
  Expected<Nothing> send_batch(std::span<const std::string> batch) {
    exchange_.begin_call();
    const size_t first = outcomes_.size();
    std::vector<size_t> open;  // places in outcomes_ of the jobs in the request
    for (size_t i = 0; i < batch.size(); ++i) open.push_back(first + i);
    std::vector<std::string> request(batch.begin(), batch.end());
    while (true) {
      auto outcomes = send(request);
      if (!outcomes && outcomes.failure().code == "too_large" && request.size() > 1) {
        most_ = request.size() / 2;  // the server's line limit is set lower than usual
        return Nothing{};
      }
      if (!outcomes) return outcomes.failure();
      if (outcomes_.size() == first) outcomes_.resize(first + batch.size(), Submitted{});
      take(*std::move(outcomes), &open);
      if (open.empty()) return Nothing{};
      const Failure why = outcomes_[open.front()].failure();
      if (!exchange_.pause(why)) {
        pressure_ = why;
        return Nothing{};
      }
      request.clear();
      for (const size_t place : open) request.push_back(jobs_[place]);
    }
  }

  // A refusal of the whole under pressure is one of each job.
  Expected<std::vector<SubmitOutcome>> send(const std::vector<std::string>& jobs) {
    auto answer = exchange_.ask_again(submit_request(jobs));
    if (answer) return read_outcomes(*answer, jobs.size());
    const Failure& why = answer.failure();
    const bool of_the_job = jobs.size() == 1 && why.kind == FailureKind::kRefused;
    if (!of_the_job && !(why.kind == FailureKind::kRefused && why.retryable)) return why;
    return std::vector<SubmitOutcome>(jobs.size(), why);
  }

  // Keeps the outcomes; in `open` remain the jobs that were refused only for now.
  void take(std::vector<SubmitOutcome> outcomes, std::vector<size_t>* open) {
    std::vector<size_t> still;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      const size_t place = (*open)[i];
      if (!outcomes[i] && outcomes[i].failure().retryable) still.push_back(place);
      outcomes_[place] = std::move(outcomes[i]);
    }
    *open = std::move(still);
  }

  Exchange& exchange_;
  std::span<const std::string> jobs_;
  std::vector<SubmitOutcome> outcomes_;
  size_t most_ = limits::kBatch;
  std::optional<Failure> pressure_;
};

}  // namespace

Expected<std::vector<SubmitOutcome>> submit_in_batches(Exchange& exchange,
                                                       std::span<const std::string> jobs) {
  return Submission(exchange, jobs).run();
}

}  // namespace muster::client
