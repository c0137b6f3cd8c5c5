// Scratch: what a decoder fills anew for each request and keeps the memory of. The command's views
// and spans point in here (or into the request).
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/command.h"
#include "protocol/decoder.h"

namespace muster::protocol {

struct Decoder::Scratch {
  Request request;
  std::string arena;  // unescaped text and bodies; never grows while a request is read
  std::vector<SubmitItem> jobs;
  std::vector<std::string_view> queues;
  std::vector<std::string_view> job_types;
  std::vector<std::string_view> ids;
  std::vector<CompleteItem> completions;
  std::vector<LeaseRef> started;
  std::vector<Progress> progress;
  std::deque<Error> errors;  // of batch items; addresses stay

  void clear() {
    arena.clear();
    jobs.clear();
    queues.clear();
    job_types.clear();
    ids.clear();
    completions.clear();
    started.clear();
    progress.clear();
    errors.clear();
  }
  template <class T>
  void set(T command) {
    request.what.template emplace<Command>(std::move(command));
  }
};

}  // namespace muster::protocol
