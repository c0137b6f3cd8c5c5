// RequestChecker: whether a request is one by docs/protocol.md: the grammar of slow_json and the
// tables of request_rules, applied one after the other. What protocol/decoder must agree with.
//
// Interpretations that the document leaves open, and the two have in common:
//   * the 64 bytes of a `rid`, the 200 of a tag, and sizes "of any JSON" are counted as sent, other
//     texts by what they mean;
//   * U+0000 is refused in `command` and `tags`, which become arguments and labels;
//   * a time in a string is read as sent: no escapes in it;
//   * nesting is the framer's business: nothing is claimed about texts deeper than 64.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "fuzz/request_rules.h"
#include "fuzz/slow_json.h"

namespace muster::fuzz {

struct RequestVerdict {
  enum class Kind {
    kAccepted,
    kBadJson,
    kUnknownType,
    kRefused,  // bad_request or too_large: which one comes first is the decoder's choice
  } kind = Kind::kAccepted;
  std::string why;                   // not accepted: for the message
  std::string_view verb;             // accepted
  const SlowJson* fields = nullptr;  // accepted: the object whose fields count
  const SlowJson* rid = nullptr;     // accepted: null if there is none
  std::vector<bool> jobs;            // submit_jobs: which of them are well-formed
};

// `request`: none if the text is no JSON. The verdict points into it.
RequestVerdict judge_request(const std::optional<SlowJson>& request);

}  // namespace muster::fuzz
