// decoding: requests are taken or refused as docs/protocol.md says, and mean what Boost.JSON reads
//
// Input: one message as the framer would give it, or any other text.
#include <algorithm>

#include "base/check.h"
#include "fuzz/message_mutator.h"
#include "fuzz/request_checker.h"
#include "fuzz/request_values.h"
#include "fuzz/target.h"
#include "protocol/decoder.h"

namespace muster::fuzz {
namespace {

using Verdict = RequestVerdict;
using protocol::Request;

Verdict::Kind kind_of(const Request& request) {
  const Error* error = std::get_if<Error>(&request.what);
  if (error == nullptr) return Verdict::Kind::kAccepted;
  CHECK(!error->message.empty(), "refused without a reason");
  switch (error->code) {
    case ErrorCode::kBadJson:
      return Verdict::Kind::kBadJson;
    case ErrorCode::kUnknownType:
      return Verdict::Kind::kUnknownType;
    case ErrorCode::kBadRequest:
    case ErrorCode::kTooLarge:
      return Verdict::Kind::kRefused;
    default:
      CHECK(false, "a decoder does not say {}", info(error->code).name);
  }
  return Verdict::Kind::kRefused;
}

void check_jobs(const Request& request, const Verdict& verdict) {
  if (verdict.verb != "submit_jobs") return;
  const auto& submit = std::get<SubmitJobs>(std::get<Command>(request.what));
  CHECK(submit.items.size() == verdict.jobs.size(), "{} jobs", submit.items.size());
  for (size_t i = 0; i < verdict.jobs.size(); ++i) {
    const Error* error = submit.items[i].error;
    CHECK((error == nullptr) == verdict.jobs[i], "jobs[{}]: {}", i,
          error != nullptr ? error->message : "accepted");
  }
}

void check(const protocol::Request& request, std::string_view text) {
  const std::optional<SlowJson> json = parse_slowly(text);
  // The framer lets nothing deeper through, and the decoder counts its own way.
  if (json ? json->depth > limits::kDepth : std::count_if(text.begin(), text.end(), [](char c) {
                                              return c == '[' || c == '{';
                                            }) > static_cast<ptrdiff_t>(limits::kDepth)) {
    return;
  }
  const Verdict verdict = judge_request(json);
  const Verdict::Kind kind = kind_of(request);
  const Error* error = std::get_if<Error>(&request.what);
  CHECK(kind == verdict.kind, "{}: kind {} ({}), expected {} ({})", text, static_cast<int>(kind),
        error != nullptr ? error->message : "accepted", static_cast<int>(verdict.kind),
        verdict.why);
  if (kind != Verdict::Kind::kAccepted) return;
  CHECK(request.verb == verdict.verb, "verb {}, expected {}", request.verb, verdict.verb);
  const std::string_view rid = verdict.rid != nullptr ? verdict.rid->raw : std::string_view();
  CHECK(request.rid == rid, "rid {}, expected {}", request.rid, rid);
  check_jobs(request, verdict);
  compare_values(*verdict.fields, request);
}

}  // namespace

void run_input(std::string_view input) {
  protocol::Decoder decoder;
  check(decoder.decode(input), input);
  // A decoder that has read something else says the same.
  decoder.decode(R"({"type":"submit_jobs","jobs":[{"duration":1,"tags":["\u0061"]}],"rid":"r"})");
  check(decoder.decode(input), input);
}

std::vector<std::string_view> planted_bugs() {
  return {"decoder_leading_zero", "decoder_surrogate_pair", "decoder_both_places",
          "second_value_wins", "decoder_decimal_shift"};
}

}  // namespace muster::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  return muster::fuzz::mutate_message(data, size, most, seed);
}
