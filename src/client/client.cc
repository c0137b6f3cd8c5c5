#include "muster/client.h"

#include <algorithm>
#include <utility>

#include "client/exchange.h"
#include "client/failures.h"
#include "client/job_text.h"
#include "client/read_views.h"
#include "client/requests.h"
#include "client/submission.h"
#include "model/limits.h"

namespace muster::client {

namespace {

constexpr Milliseconds kLongestWait{limits::kWaitMax.ms()};

Expected<Nothing> done(const Expected<protocol::Answer>& answer) {
  if (!answer) return answer.failure();
  return Nothing{};
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options) : exchange(std::move(options)) {}

  // A verb on many jobs: a request per batch, an outcome per job.
  Expected<std::vector<ActionOutcome>> act(std::string_view verb,
                                           std::span<const std::string> job_ids) {
    std::vector<ActionOutcome> outcomes;
    while (!job_ids.empty()) {
      const auto batch = job_ids.first(std::min(job_ids.size(), limits::kBatch));
      auto answer = exchange.ask(jobs_request(verb, batch));
      if (!answer) return answer.failure();
      const size_t before = outcomes.size();
      for (const protocol::JsonView& item : (*answer)["results"].items()) {
        outcomes.push_back(outcome(item));
      }
      if (outcomes.size() - before != batch.size()) {
        return failure(FailureKind::kBadAnswer, "the server answered for another number of jobs");
      }
      job_ids = job_ids.subspan(batch.size());
    }
    return outcomes;
  }

  Exchange exchange;

 private:
  static ActionOutcome outcome(const protocol::JsonView& item) {
    if (item["status"].string_or("") == "error") return refusal(item);
    return Acted{.job_id = item["job_id"].string_or(""),
                 .state = item["state"].string_or(""),
                 .duplicate = item["duplicate"].boolean_or(false)};
  }
};

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;
Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;

Expected<Submitted> Client::submit(const NewJob& job) {
  auto outcomes = submit_many({&job, 1});
  if (!outcomes) return outcomes.failure();
  return std::move(outcomes->front());
}

Expected<std::vector<SubmitOutcome>> Client::submit_many(std::span<const NewJob> jobs) {
  std::vector<std::string> texts;
  for (const NewJob& job : jobs) {
    NewJob named = job;
    if (named.id.empty()) named.id = random_job_id();
    auto text = job_text(named);
    if (!text) return text.failure();
    texts.push_back(*std::move(text));
  }
  return submit_in_batches(impl_->exchange, texts);
}

Expected<std::vector<SubmitOutcome>> Client::submit_many_json(std::span<std::string> jobs) {
  // What cannot be sent has its outcome at once; the rest goes without it.
  std::vector<SubmitOutcome> outcomes;
  std::vector<std::string> good;
  std::vector<size_t> places;
  for (size_t i = 0; i < jobs.size(); ++i) {
    auto id = name_job(&jobs[i]);
    outcomes.push_back(id ? SubmitOutcome(Submitted{.job_id = *id}) : SubmitOutcome(id.failure()));
    if (!id) continue;
    good.push_back(jobs[i]);
    places.push_back(i);
  }
  auto sent = submit_in_batches(impl_->exchange, good);
  if (!sent) return sent.failure();
  for (size_t i = 0; i < places.size(); ++i) outcomes[places[i]] = std::move((*sent)[i]);
  return outcomes;
}

Expected<JobInfo> Client::status(std::string_view job_id) {
  auto answer = impl_->exchange.ask(job_request("job_status", job_id));
  if (!answer) return answer.failure();
  return read_job(answer->object());
}

Expected<JobInfo> Client::wait(std::string_view job_id, std::optional<Milliseconds> timeout) {
  const auto begin = Clock::now();
  while (true) {
    Milliseconds turn = kLongestWait;
    if (timeout) {
      const auto spent = std::chrono::floor<Milliseconds>(Clock::now() - begin);
      turn = std::clamp(*timeout - spent, Milliseconds{0}, kLongestWait);
    }
    auto answer = impl_->exchange.ask(wait_request(job_id, turn), turn);
    if (!answer) return answer.failure();
    JobInfo job = read_job(answer->object());
    if (job.ended() || (timeout && Clock::now() - begin >= *timeout)) return job;
  }
}

Expected<JobPage> Client::list(const ListQuery& query) {
  auto answer = impl_->exchange.ask(list_request(query));
  if (!answer) return answer.failure();
  return read_page(*answer);
}

Expected<std::vector<ActionOutcome>> Client::cancel(std::span<const std::string> job_ids) {
  return impl_->act("cancel_job", job_ids);
}
Expected<std::vector<ActionOutcome>> Client::retry(std::span<const std::string> job_ids) {
  return impl_->act("retry_job", job_ids);
}
Expected<std::vector<ActionOutcome>> Client::remove(std::span<const std::string> job_ids) {
  return impl_->act("delete_job", job_ids);
}

Expected<std::vector<QueueInfo>> Client::queues() {
  auto answer = impl_->exchange.ask(plain_request("list_queues"));
  if (!answer) return answer.failure();
  std::vector<QueueInfo> queues;
  for (const protocol::JsonView& queue : (*answer)["queues"].items()) {
    queues.push_back(read_queue(queue));
  }
  return queues;
}

Expected<std::vector<WorkerInfo>> Client::workers() {
  auto answer = impl_->exchange.ask(plain_request("list_workers"));
  if (!answer) return answer.failure();
  std::vector<WorkerInfo> workers;
  for (const protocol::JsonView& worker : (*answer)["workers"].items()) {
    workers.push_back(read_worker(worker));
  }
  return workers;
}

Expected<Stats> Client::stats() {
  auto answer = impl_->exchange.ask(plain_request("stats"));
  if (!answer) return answer.failure();
  return read_stats(answer->object());
}

Expected<Nothing> Client::pause(std::string_view queue) {
  return done(impl_->exchange.ask(queue_request("queue_pause", queue)));
}
Expected<Nothing> Client::resume(std::string_view queue) {
  return done(impl_->exchange.ask(queue_request("queue_resume", queue)));
}

Expected<std::string> Client::call(std::string_view json, Milliseconds answer_within) {
  std::string line(json);
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  std::string complaint;
  const auto value = protocol::check_json(line, &complaint);
  if (!value || value->kind != protocol::JsonKind::kObject) {
    return failure(FailureKind::kBadInput, "the request is not one JSON object: " + complaint);
  }
  line += '\n';
  auto answer = impl_->exchange.ask(line, answer_within);
  if (!answer) return answer.failure();
  return std::string(answer->object().raw());
}

}  // namespace muster::client
