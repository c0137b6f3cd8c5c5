// JobFlags: the flags that describe a job, shared by `submit` and `run`.
#pragma once

#include <optional>
#include <string>

#include "cli/flags.h"
#include "muster/job.h"

namespace muster::cli {

class JobFlags {
 public:
  void declare_common(Flags* flags);  // what makes sense for every job
  void declare_submit(Flags* flags);  // the rest: when it runs, other kinds than commands, retries

  // After parsing; "" if all is well.
  std::string check();

  const client::NewJob& job() const { return job_; }
  client::NewJob& job() { return job_; }

 private:
  client::NewJob job_;
  std::optional<std::string> payload_;  // as given: JSON or @FILE
};

}  // namespace muster::cli
