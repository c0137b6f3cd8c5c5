// Answer: one line from the server, seen by a client: an answer or a pushed line. A view over the
// line, which must outlive it. Everything else in it is reached by operator[], see json_view.h.
#pragma once

#include <string>
#include <string_view>

#include "model/error.h"
#include "protocol/json_view.h"

namespace muster::protocol {

class Answer {
 public:
  // Checks the whole line, its '\n' and '\r' tolerated. bad_json: not one JSON object.
  static Result<Answer> parse(std::string_view line);

  JsonView operator[](std::string_view key) const { return object_[key]; }
  const JsonView& object() const { return object_; }

  // `status`, and `type` where there is one (assign_job, no_job, error, cancel_job…); else empty.
  std::string_view status() const { return status_; }
  std::string_view type() const { return type_; }
  bool refused() const { return status_ == "error"; }
  // Of a refusal. A code that this client does not know is `internal`, its name kept in the
  // message.
  Error error() const;
  bool retryable() const { return object_["retryable"].boolean_or(false); }

  JsonView rid() const { return rid_; }  // nothing: the request had none
  JsonView sub() const { return sub_; }  // exists: a pushed line

 private:
  explicit Answer(JsonView object);
  JsonView object_;
  std::string_view status_;
  std::string_view type_;
  JsonView rid_;
  JsonView sub_;
};

// The error that an object with "code" and "message" describes: a refusal, or an item of a batch.
Error read_error(const JsonView& object);

}  // namespace muster::protocol
