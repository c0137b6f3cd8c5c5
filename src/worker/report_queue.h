// ReportQueue: what this worker still owes the server about ended jobs. A report is kept and sent
// again over every new connection until the server has answered it. Pure; owned by the main thread.
#pragma once

#include <map>
#include <vector>

#include "worker/job_end.h"

namespace muster::worker {

class ReportQueue {
 public:
  void add(JobEnd end);

  // Reports to send now: those that were never sent over this connection and whose pause is over,
  // the oldest first, as long as less than `kInFlightBytes` are unanswered.
  std::vector<const JobEnd*> take(Instant now);

  // The server answered; gives the report back, which is done with. Nothing: there is no such
  // report.
  std::optional<JobEnd> answered(LeaseToken lease);
  // The server cannot take it now; it will be sent again then.
  void postpone(LeaseToken lease, Instant until);
  // The server refuses it as it is: it will be sent again without its result. False: it had none.
  bool strip(LeaseToken lease);
  // What was sent may not have arrived.
  void connection_lost();

  bool empty() const { return reports_.empty(); }
  size_t size() const { return reports_.size(); }
  bool in_flight() const { return in_flight_bytes_ > 0; }
  bool holds(LeaseToken lease) const { return reports_.contains(lease); }
  std::vector<AttemptName> names() const;
  Instant next_deadline() const;  // of those that wait for their time; max: none does

  // Beyond it the server is waited for, so that sending never blocks on a full socket for long.
  static constexpr size_t kInFlightBytes = 1024 * 1024;

 private:
  struct Report {
    JobEnd end;
    bool sent = false;
    Instant not_before;
  };
  static size_t weight(const JobEnd& end);
  void unsend(Report& report);

  std::map<LeaseToken, Report> reports_;  // tokens grow: in order of their starts
  size_t in_flight_bytes_ = 0;
};

}  // namespace muster::worker
