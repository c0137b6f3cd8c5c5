#include "sim/cast/producer.h"

#include <utility>

namespace muster::sim {
namespace {

constexpr size_t kMostOpen = 8;  // while the server is away nobody piles up more

}  // namespace

Producer::Producer(Stage& stage, std::string name, Random random)
    : stage_(stage),
      name_(std::move(name)),
      random_(random),
      plain_work_(stage.plan.cast[static_cast<size_t>(Role::kPlainWorker)] > 0),
      caller_(stage, random.fork(1), Caller::Events{}) {}

void Producer::begin() {
  caller_.open();
  plan_next();
}

void Producer::plan_next() {
  const Micros every = stage_.plan.submit_every;
  stage_.timeline.after(random_.between(every / 2, every * 3 / 2), [this] { submit(); });
}

void Producer::submit() {
  if (stage_.calm) return;
  plan_next();
  if (open_ >= kMostOpen || stage_.jobs() >= stage_.plan.most_jobs) return;
  send(invent());
}

Producer::Shared Producer::invent() {
  auto submission = std::make_shared<Submission>();
  submission->batch = stage_.plan.batch > 1 && random_.chance(900);
  const size_t jobs = submission->batch ? 1 + random_.below(stage_.plan.batch) : 1;
  submission->atomic = submission->batch && random_.chance(200);
  submission->named = random_.chance(970);
  submission->group = ++stage_.groups;
  for (size_t i = 0; i < jobs; ++i) {
    const bool plain = plain_work_ && random_.chance(100);
    std::string id = submission->named || plain ? name_ + '-' + std::to_string(++made_) : "";
    submission->drafts.push_back(Draft::invent(std::move(id), plain, stage_, random_));
  }
  std::string& out = submission->members;
  if (!submission->batch) {
    out = "\"type\":\"submit_job\"," + submission->drafts.front()->members();
    return submission;
  }
  out = "\"type\":\"submit_jobs\",\"jobs\":[";
  for (const auto& draft : submission->drafts) {
    if (draft != submission->drafts.front()) out += ',';
    out += '{';
    out += draft->members();
    out += '}';
  }
  out += submission->atomic ? "],\"atomic\":true" : "]";
  return submission;
}

void Producer::send(const Shared& submission) {
  const Moment at = stage_.moment();
  for (const auto& draft : submission->drafts) {
    stage_.checkers.submits(draft->spec(), submission->group, submission->atomic, at);
    if (!draft->id().empty()) stage_.remember(draft->id());
  }
  if (submission->named) ++open_;
  caller_.ask(submission->members, submission->named,
              [this, submission](const protocol::Answer& answer) {
                if (submission->named) --open_;
                answered(submission, answer);
              });
}

void Producer::again_later(const Shared& submission) {
  if (!submission->named || stage_.calm) return;
  stage_.timeline.after(random_.between(200, 1'500) * kMillisecond,
                        [this, submission] { send(submission); });
}

void Producer::answered(const Shared& submission, const protocol::Answer& answer) {
  const Moment at = stage_.moment();
  if (answer.refused()) {
    for (const auto& draft : submission->drafts) {
      stage_.checkers.refused(draft->id(), answer.error().code, at);
    }
    if (answer.retryable()) again_later(submission);
    return;
  }
  if (submission->batch) return answered_batch(*submission, answer);
  stage_.checkers.accepted(answer["job_id"].string_or({}), submission->drafts.front()->content(),
                           answer["duplicate"].boolean_or(false), at);
}

void Producer::answered_batch(const Submission& submission, const protocol::Answer& answer) {
  const Moment at = stage_.moment();
  std::vector<bool> duplicate(submission.drafts.size());
  for (const protocol::JsonView& index : answer["duplicates"].items()) {
    const uint64_t i = index.unsigned_integer().value_or(duplicate.size());
    if (i < duplicate.size()) duplicate[i] = true;
  }
  for (const protocol::JsonView& error : answer["errors"].items()) {
    const uint64_t i = error["index"].unsigned_integer().value_or(duplicate.size());
    if (i >= duplicate.size()) continue;
    stage_.checkers.refused(submission.drafts[i]->id(), protocol::read_error(error).code, at);
  }
  size_t i = 0;
  for (const protocol::JsonView& id : answer["job_ids"].items()) {
    if (i < submission.drafts.size() && !id.is_null()) {
      stage_.checkers.accepted(id.string_or({}), submission.drafts[i]->content(), duplicate[i], at);
    }
    ++i;
  }
  if (i != submission.drafts.size()) {
    stage_.checkers.wrong("answers", "a batch of " + std::to_string(submission.drafts.size()) +
                                         " jobs got an answer for " + std::to_string(i));
  }
}

}  // namespace muster::sim
