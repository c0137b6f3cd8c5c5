// Submitting: what is accepted, what is a duplicate, what is refused.
#include <array>
#include <charconv>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "base/mutant.h"
#include "engine/impl.h"

namespace muster::engine {
namespace {

// "j-<n>", in a buffer that the caller keeps.
std::string_view server_id(JobSeq job, std::array<char, 24>& buffer) {
  std::memcpy(buffer.data(), "j-", 2);
  const auto [end, error] =
      std::to_chars(buffer.data() + 2, buffer.data() + buffer.size(), job.value());
  CHECK(error == std::errc{}, "job number {} is too long", job.value());
  return {buffer.data(), static_cast<size_t>(end - buffer.data())};
}

Error conflict(std::string_view id) {
  return {ErrorCode::kConflict,
          "job_id \"" + std::string(id) + "\" is taken by a job with other content; use another id",
          {}};
}

}  // namespace

void Engine::Impl::on(const SubmitJobs& command) {
  if (!command.batch) {
    const SubmitItem& item = command.items.front();
    bool duplicate = false;
    if (item.error != nullptr) return refuse(*item.error, item.job.id);
    if (auto error = refusal(item.job, &duplicate)) return refuse(std::move(*error), item.job.id);
    answer(Accepted{duplicate ? item.job.id : submit(item.job), duplicate});
    return;
  }
  if (command.atomic && !MUSTER_MUTANT(half_a_batch)) {
    if (auto error = refusal_of_all(command.items)) return refuse(std::move(*error));
  }
  ids_.clear();
  std::vector<uint32_t> duplicates;
  std::vector<BatchError> errors;
  uint32_t index = 0;
  for (const SubmitItem& item : command.items) {
    bool duplicate = false;
    std::optional<Error> error;
    if (item.error != nullptr) error = *item.error;
    if (!error) error = refusal(item.job, &duplicate);
    if (error) {
      errors.push_back({index, std::move(*error)});
      ids_.emplace_back();
    } else {
      if (duplicate) duplicates.push_back(index);
      ids_.push_back(duplicate ? item.job.id : submit(item.job));
    }
    ++index;
  }
  answer(AcceptedBatch{ids_, duplicates, errors});
}

// Why no more queues can be made, if this is a new one and `made` others come with it.
std::optional<Error> Engine::Impl::refusal_of_queue(std::string_view queue, size_t made) const {
  if (state_.queues().size() + made < config_.queues) return std::nullopt;
  if (state_.find_queue(queue) != nullptr) return std::nullopt;
  return Error{ErrorCode::kTooLarge,
               "queue: there are " + std::to_string(config_.queues) +
                   " queues, as many as there may be; use one of them",
               {}};
}

// Why this job cannot be accepted; `duplicate`: it has been already.
std::optional<Error> Engine::Impl::refusal(const JobSpec& spec, bool* duplicate) const {
  if (spec.id.empty()) return refusal_of_queue(spec.queue, 0);
  const Slot* slot = state_.find(spec.id);
  if (server_named(spec.id)) {
    // A resend of what the server named is recognised while the job lives.
    if (slot != nullptr && slot->job.fingerprint == spec.fingerprint) {
      *duplicate = true;
      return std::nullopt;
    }
    return Error{ErrorCode::kBadRequest,
                 "job_id: \"j-<number>\" is the server's own form of an id; use another",
                 {}};
  }
  uint64_t fingerprint = 0;
  if (slot != nullptr) {
    fingerprint = slot->job.fingerprint;
  } else if (const RememberedId* remembered = state_.find_remembered(spec.id)) {
    fingerprint = remembered->fingerprint;
  } else {
    return refusal_of_queue(spec.queue, 0);
  }
  if (fingerprint != spec.fingerprint && !MUSTER_MUTANT(other_content_is_duplicate)) {
    return conflict(spec.id);
  }
  *duplicate = true;
  return std::nullopt;
}

// The first reason why not all of them can be accepted together.
std::optional<Error> Engine::Impl::refusal_of_all(std::span<const SubmitItem> items) const {
  std::map<std::string_view, uint64_t> named;
  std::set<std::string_view> new_queues;
  for (size_t index = 0; index < items.size(); ++index) {
    const SubmitItem& item = items[index];
    bool duplicate = false;
    std::optional<Error> error;
    if (item.error != nullptr) error = *item.error;
    if (!error) error = refusal(item.job, &duplicate);
    if (!error && !item.job.id.empty()) {
      const auto [found, fresh] = named.emplace(item.job.id, item.job.fingerprint);
      if (!fresh && found->second != item.job.fingerprint) error = conflict(item.job.id);
    }
    if (!error && !duplicate && !new_queues.contains(item.job.queue)) {
      error = refusal_of_queue(item.job.queue, new_queues.size());
      if (state_.find_queue(item.job.queue) == nullptr) new_queues.insert(item.job.queue);
    }
    if (!error) continue;
    error->message = "jobs[" + std::to_string(index) + "]: " + error->message;
    return error;
  }
  return std::nullopt;
}

std::string_view Engine::Impl::submit(const JobSpec& spec) {
  std::array<char, 24> buffer;
  JobSubmitted event;
  event.job = state_.marks().next_job;
  event.spec = spec;
  event.named = !spec.id.empty();
  if (!event.named) event.spec.id = server_id(event.job, buffer);
  event.at = wall_;
  if (spec.run_at && *spec.run_at > wall_) {
    event.due_at = *spec.run_at;
  } else if (spec.delay > Duration()) {
    event.due_at = wall_ + spec.delay;
  } else {
    event.order = state_.marks().next_order;
  }
  emit(event);
  Slot* slot = state_.find(event.job);
  settle(*slot, std::nullopt);
  return slot->job.id();
}

}  // namespace muster::engine
