// For the tests of the event codec: whether two events are the same in every field.
#pragma once

#include <tuple>
#include <type_traits>
#include <variant>
#include <vector>

#include "model/event.h"

namespace muster::storage {

// Every field of an event, to compare by; events themselves are views and have no equality.
inline auto fields(const JobSubmitted& e) {
  const JobSpec& s = e.spec;
  return std::make_tuple(e.job, e.order, e.named, e.at, e.due_at, s.id, s.queue, s.job_type,
                         s.priority, s.delay, s.run_at, s.options, s.duration, s.fingerprint,
                         s.body);
}
inline auto fields(const JobReady& e) { return std::make_tuple(e.job, e.order); }
inline auto fields(const JobLeased& e) {
  return std::make_tuple(e.job, e.token, e.worker_id, e.instance, e.lease, e.tokenless, e.at);
}
inline auto fields(const LeaseExtended& e) { return std::make_tuple(e.job, e.lease); }
inline auto fields(const JobCompleted& e) {
  return std::make_tuple(e.job, e.token, e.result, e.at);
}
inline auto fields(const AttemptEnded& e) {
  return std::make_tuple(e.job, e.token, e.outcome, e.charged, e.error, e.result, e.after, e.reason,
                         e.keep_order, e.death, e.due_at, e.at);
}
inline auto fields(const EvidenceAdded& e) { return std::make_tuple(e.job, e.token, e.error); }
inline auto fields(const CancelRequested& e) { return std::make_tuple(e.job); }
inline auto fields(const JobCancelled& e) { return std::make_tuple(e.job, e.at); }
inline auto fields(const JobDied& e) { return std::make_tuple(e.job, e.death, e.at); }
inline auto fields(const JobRequeued& e) { return std::make_tuple(e.job, e.order, e.at); }
inline auto fields(const JobsRemoved& e) {
  return std::make_tuple(std::vector<JobSeq>(e.jobs.begin(), e.jobs.end()), e.at);
}
inline auto fields(const QueuePaused& e) { return std::make_tuple(e.queue, e.paused); }
inline auto fields(const TokensReserved& e) { return std::make_tuple(e.end); }

inline bool same(const Event& a, const Event& b) {
  if (a.index() != b.index()) return false;
  return std::visit(
      [&b](const auto& left) {
        return fields(left) == fields(std::get<std::decay_t<decltype(left)>>(b));
      },
      a);
}

}  // namespace muster::storage
