#include "protocol/answer.h"

#include <fmt/format.h>

namespace muster::protocol {
namespace {

// Names of ours never need escapes: a string that has them is none of ours.
std::string_view plain_text(const JsonView& view) {
  if (!view.is(JsonKind::kString)) return {};
  return view.raw().substr(1, view.raw().size() - 2);
}

}  // namespace

Result<Answer> Answer::parse(std::string_view line) {
  std::string complaint;
  const auto value = check_json(line, &complaint);
  if (!value) return Error{ErrorCode::kBadJson, "the server's line is not JSON: " + complaint};
  if (value->kind != JsonKind::kObject) {
    return Error{ErrorCode::kBadJson, "the server's line is JSON, but no object"};
  }
  return Answer(JsonView(*value));
}

Answer::Answer(JsonView object) : object_(object) {
  for (const JsonMember& member : object_.members()) {
    if (member.named("status")) status_ = plain_text(member.value);
    if (member.named("type")) type_ = plain_text(member.value);
    if (member.named("rid")) rid_ = member.value;
    if (member.named("sub")) sub_ = member.value;
  }
}

Error Answer::error() const { return read_error(object_); }

Error read_error(const JsonView& object) {
  Error error;
  error.message = object["message"].string_or("the server gave no reason");
  if (const auto after = object["retry_after_ms"].integer()) {
    error.retry_after = Duration::milliseconds(*after);
  }
  const std::string code = object["code"].string_or("");
  for (const ErrorInfo& known : kErrorTable) {
    if (known.name == code) {
      error.code = known.code;
      return error;
    }
  }
  error.message = fmt::format("{} (unknown code \"{}\")", error.message, code);
  return error;
}

}  // namespace muster::protocol
