// Wanted: which jobs a taker takes, nothing left to defaults. OwnedSelection: one that is kept.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace muster::engine {

// Views, like a command's.
struct Wanted {
  std::span<const std::string_view> queues;
  std::span<const std::string_view> job_types;  // empty: all
  bool timed_only = false;                      // of all: those with a `duration`
  bool best = false;  // compare over all queues instead of taking from the first that has work

  // How many pairs of queue and job type there are to look at.
  size_t pairs() const { return queues.size() * std::max<size_t>(1, job_types.size()); }
};

class OwnedSelection {
 public:
  OwnedSelection() = default;
  explicit OwnedSelection(const Wanted& wanted);
  OwnedSelection(OwnedSelection&&) = default;
  OwnedSelection& operator=(OwnedSelection&&) = default;

  Wanted view() const { return {queue_views_, type_views_, timed_only_, best_}; }
  const std::vector<std::string>& queues() const { return queues_; }
  const std::vector<std::string>& job_types() const { return job_types_; }

 private:
  std::vector<std::string> queues_;
  std::vector<std::string> job_types_;
  std::vector<std::string_view> queue_views_;
  std::vector<std::string_view> type_views_;
  bool timed_only_ = false;
  bool best_ = false;
};

}  // namespace muster::engine
