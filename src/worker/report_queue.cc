#include "worker/report_queue.h"

#include <algorithm>

namespace muster::worker {
namespace {

constexpr size_t kAllButTexts = 256;

}  // namespace

size_t ReportQueue::weight(const JobEnd& end) {
  return kAllButTexts + end.result.size() + end.message.size();
}

void ReportQueue::add(JobEnd end) {
  const LeaseToken lease = end.name.lease;
  reports_[lease] = {std::move(end), false, Instant()};
}

std::vector<const JobEnd*> ReportQueue::take(Instant now) {
  std::vector<const JobEnd*> due;
  for (auto& [lease, report] : reports_) {
    if (report.sent || report.not_before > now) continue;
    if (in_flight_bytes_ >= kInFlightBytes) break;
    report.sent = true;
    in_flight_bytes_ += weight(report.end);
    due.push_back(&report.end);
  }
  return due;
}

void ReportQueue::unsend(Report& report) {
  if (report.sent) in_flight_bytes_ -= weight(report.end);
  report.sent = false;
}

std::optional<JobEnd> ReportQueue::answered(LeaseToken lease) {
  const auto found = reports_.find(lease);
  if (found == reports_.end()) return std::nullopt;
  unsend(found->second);
  JobEnd end = std::move(found->second.end);
  reports_.erase(found);
  return end;
}

void ReportQueue::postpone(LeaseToken lease, Instant until) {
  const auto found = reports_.find(lease);
  if (found == reports_.end()) return;
  unsend(found->second);
  found->second.not_before = until;
}

bool ReportQueue::strip(LeaseToken lease) {
  const auto found = reports_.find(lease);
  if (found == reports_.end() || found->second.end.result.empty()) return false;
  unsend(found->second);
  found->second.end.result.clear();
  return true;
}

void ReportQueue::connection_lost() {
  for (auto& [lease, report] : reports_) unsend(report);
}

std::vector<AttemptName> ReportQueue::names() const {
  std::vector<AttemptName> list;
  for (const auto& [lease, report] : reports_) list.push_back(report.end.name);
  return list;
}

Instant ReportQueue::next_deadline() const {
  Instant next = Instant::max();
  for (const auto& [lease, report] : reports_) {
    if (!report.sent && report.not_before > Instant()) next = std::min(next, report.not_before);
  }
  return next;
}

}  // namespace muster::worker
