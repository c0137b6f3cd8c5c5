#include "sim/check/fact.h"

#include "base/hash.h"
#include "sim/check/checkers.h"
#include "sim/check/names.h"

namespace muster::sim {
namespace {

const JobOptions kDefaults;

// One overload a kind of event.
struct Owner {
  Names& names;

  Fact operator()(const JobSubmitted& e) const {
    NewJob job;
    job.job = e.job;
    job.order = e.order;
    job.id = e.spec.id;
    job.id_key = id_key(e.spec.id);
    job.content = content_of(e.spec.queue, e.spec.job_type, e.spec.body);
    job.asked = everything_of(e.spec, job.content);
    job.lane = names.lane(e.spec.queue, e.spec.job_type, e.spec.duration.has_value());
    job.priority = e.spec.priority;
    job.delay = e.spec.delay;
    job.run_at = e.spec.run_at;
    job.duration = e.spec.duration;
    if (e.spec.options != kDefaults) job.options = std::make_unique<JobOptions>(e.spec.options);
    job.named = e.named;
    job.at = e.at;
    job.due_at = e.due_at;
    return job;
  }
  Fact operator()(const JobLeased& e) const {
    return Lease{
        e.job,      e.token, names.holder(e.worker_id, e.instance), e.lease, !e.instance.empty(),
        e.tokenless};
  }
  Fact operator()(const JobCompleted& e) const { return Completion{e.job, e.token}; }
  Fact operator()(const AttemptEnded& e) const {
    return End{e.job,   e.token,   e.outcome,    e.after, e.reason,
               e.death, e.charged, e.keep_order, e.due_at};
  }
  Fact operator()(const EvidenceAdded& e) const { return Evidence{e.job, e.token}; }
  Fact operator()(const JobsRemoved& e) const { return Removal{{e.jobs.begin(), e.jobs.end()}}; }
  Fact operator()(const QueuePaused& e) const { return Pause{names.queue(e.queue), e.paused}; }
  template <class Plain>  // those without views are kept as they are
  Fact operator()(const Plain& e) const {
    return e;
  }
};

struct TimeOf {
  template <class E>
  std::optional<WallTime> operator()(const E& e) const {
    if constexpr (requires { e.at; }) return e.at;
    return std::nullopt;
  }
};

uint64_t word(int64_t ms) { return static_cast<uint64_t>(ms); }

}  // namespace

Fact fact_of(const Event& event, Names& names) { return std::visit(Owner{names}, event); }

std::optional<WallTime> time_of(const Event& event) { return std::visit(TimeOf{}, event); }

uint64_t content_of(std::string_view queue, std::string_view job_type, std::string_view body) {
  return hash64(body, hash64(job_type, hash64(queue)));
}

uint64_t everything_of(const JobSpec& job, uint64_t content) {
  uint64_t hash = mix64(content, job.priority);
  hash = mix64(hash, word(job.delay.ms()));
  hash = mix64(hash, word(job.run_at ? job.run_at->ms() : -1));
  hash = mix64(hash, word(job.duration ? job.duration->ms() : -1));
  const JobOptions& options = job.options;
  if (options == kDefaults) return hash;
  hash = mix64(hash, options.retry.max_attempts);
  hash = mix64(hash, word(options.retry.backoff.ms()));
  hash = mix64(hash, uint64_t{options.retry.factor_milli} << 32 | options.retry.jitter_milli);
  hash = mix64(hash, word(options.retry.cap.ms()));
  hash = mix64(hash, options.max_lost);
  hash = mix64(hash, word(options.timeout ? options.timeout->ms() : -1));
  hash = mix64(hash, word(options.deadline ? options.deadline->ms() : -1));
  return mix64(hash, word(options.result_ttl ? options.result_ttl->ms() : -1));
}

}  // namespace muster::sim
