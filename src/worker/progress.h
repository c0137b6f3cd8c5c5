// What a worker tells people, on stderr: one line of key=value pairs per event. Pure but for the
// write; main thread only.
#pragma once

#include <string>
#include <string_view>

#include "worker/job_end.h"

namespace muster::worker {

// A value as it stands behind `key=`: quoted when it is empty or holds blanks, quotes or controls.
std::string logfmt_value(std::string_view text);

class Progress {
 public:
  explicit Progress(std::string worker_id) : worker_id_(std::move(worker_id)) {}

  void note(std::string_view text) const;
  void started(const Assignment& assignment) const;
  void ended(const JobEnd& end, Duration ran) const;

 private:
  void write(std::string_view event, std::string_view pairs) const;

  std::string worker_id_;
};

}  // namespace muster::worker
