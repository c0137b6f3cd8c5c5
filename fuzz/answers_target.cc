// answers: a client takes exactly the JSON objects for answers, and sees in them what stands there
//
// Input: one line of a server. It is also taken for text to be written and read again.
#include <algorithm>

#include "base/check.h"
#include "fuzz/message_mutator.h"
#include "fuzz/slow_decimal.h"
#include "fuzz/slow_json.h"
#include "fuzz/target.h"
#include "model/limits.h"
#include "protocol/answer.h"
#include "protocol/encoder.h"
#include "protocol/json_writer.h"

namespace muster::fuzz {
namespace {

using protocol::JsonKind;
using protocol::JsonView;

void check_view(const JsonView& view, const SlowJson& expected);

void check_number(const JsonView& view, const SlowJson& expected) {
  const std::optional<int64_t> whole = SlowDecimal(expected.raw).whole();
  CHECK(view.integer() == whole, "{} read as {}", expected.raw, view.integer().value_or(-1));
  CHECK(view.unsigned_integer().has_value() == (whole && *whole >= 0), "{}", expected.raw);
  if (whole && *whole >= 0) CHECK(*view.unsigned_integer() == uint64_t(*whole), "{}", expected.raw);
  CHECK(view.integer_or(7) == whole.value_or(7), "{}", expected.raw);
}

void check_object(const JsonView& view, const SlowJson& expected) {
  size_t at = 0;
  for (const protocol::JsonMember& member : view.members()) {
    CHECK(at < expected.names.size(), "a member too many");
    const SlowJson& name = expected.names[at];
    CHECK(member.key() == name.text && member.named(name.text), "{} is called {}", name.raw,
          member.key());
    check_view(member.value, expected.items[at]);
    // The first of a name is found by it.
    CHECK(view[name.text].raw() == expected.find(name.text)->raw, "{} finds {}", name.raw,
          view[name.text].raw());
    ++at;
  }
  CHECK(at == expected.names.size(), "{} members of {}", at, expected.names.size());
  CHECK(!view["\x01 no such member"].exists(), "a member that is not there");
}

void check_view(const JsonView& view, const SlowJson& expected) {
  CHECK(view.exists() && view.is(expected.kind), "{} is of another kind", expected.raw);
  CHECK(view.raw() == expected.raw, "{} became {}", expected.raw, view.raw());
  CHECK(view.is_null() == (expected.kind == JsonKind::kNull), "{}", expected.raw);
  const bool string = expected.kind == JsonKind::kString;
  CHECK(view.string().has_value() == string, "{}", expected.raw);
  if (string) CHECK(*view.string() == expected.text, "{} became {}", expected.raw, *view.string());
  const bool boolean = expected.kind == JsonKind::kBool;
  CHECK(view.boolean().has_value() == boolean, "{}", expected.raw);
  if (boolean) CHECK(*view.boolean() == (expected.raw == "true"), "{}", expected.raw);
  if (expected.kind == JsonKind::kNumber) check_number(view, expected);
  if (expected.kind == JsonKind::kObject) check_object(view, expected);
  const bool array = expected.kind == JsonKind::kArray;
  CHECK(view.size() == (array ? expected.items.size() : 0), "{} items", view.size());
  size_t at = 0;
  for (const JsonView& item : view.items()) check_view(item, expected.items[at++]);
}

// Of repeated names the last counts here; what has escapes in it is no word of ours.
std::string_view word(const SlowJson& object, std::string_view name) {
  std::string_view found;
  for (size_t i = 0; i < object.names.size(); ++i) {
    if (object.names[i].text != name) continue;
    const SlowJson& value = object.items[i];
    found = value.kind == JsonKind::kString
                ? std::string_view(value.raw).substr(1, value.raw.size() - 2)
                : std::string_view();
  }
  return found;
}

void check_line(std::string_view line) {
  const std::optional<SlowJson> expected = parse_slowly(line);
  const auto answer = protocol::Answer::parse(line);
  const bool good =
      expected && expected->kind == JsonKind::kObject && expected->depth <= limits::kDepth;
  CHECK(answer.ok() == good, "{}: accepted {}", line, answer.ok());
  if (!good) {
    CHECK(answer.error().code == ErrorCode::kBadJson && !answer.error().message.empty(), "{}",
          info(answer.error().code).name);
    return;
  }
  check_view(answer->object(), *expected);
  CHECK(answer->status() == word(*expected, "status"), "status {}", answer->status());
  CHECK(answer->type() == word(*expected, "type"), "type {}", answer->type());
  CHECK(answer->refused() == (answer->status() == "error"), "refused");
  CHECK(answer->rid().exists() == (expected->find("rid") != nullptr), "rid");
  CHECK(!answer->error().message.empty() || expected->find("message") != nullptr, "no reason");
  [[maybe_unused]] const bool retryable = answer->retryable();
}

// Text of any bytes, written as JSON and read again: the same where it is UTF-8, and JSON always.
void check_text(std::string_view text) {
  std::string json;
  protocol::append_json_string(text, &json);
  const std::optional<SlowJson> read = parse_slowly(json);
  CHECK(read && read->kind == JsonKind::kString && read->whole, "{} was written", json);
  std::string plain(text);
  std::replace_if(
      plain.begin(), plain.end(),
      [](char c) { return c == '"' || c == '\\' || (c >= 0 && c < 0x20); }, 'x');
  const bool utf8 = parse_slowly("\"" + plain + "\"").has_value();
  if (utf8) CHECK(read->text == text, "{} was written as {}", text, json);
}

// A refusal, from the server's encoder to the client's error.
void check_error(std::string_view text) {
  const Error error{kErrorTable[text.size() % std::size(kErrorTable)].code, std::string(text),
                    text.size() % 2 == 0 ? std::optional<Duration>() : Duration::seconds(1)};
  std::string line;
  protocol::encode_error("17", error, "job1", &line);
  CHECK(line.ends_with('\n') && line.find('\n') == line.size() - 1, "{} lines", line);
  const auto answer = protocol::Answer::parse(line);
  CHECK(answer.ok() && answer->refused() && answer->type() == "error", "{}", line);
  const Error seen = answer->error();
  CHECK(seen.code == error.code, "{} became {}", info(error.code).name, info(seen.code).name);
  CHECK(seen.retry_after == error.retry_after, "{}", line);
  CHECK(answer->rid().integer() == 17, "{}", line);
}

}  // namespace

void run_input(std::string_view input) {
  check_line(input);
  check_text(input);
  check_error(input);
}

std::vector<std::string_view> planted_bugs() {
  return {"view_escaped_names_compared_raw", "decoder_surrogate_pair", "writer_control_unescaped"};
}

}  // namespace muster::fuzz

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t most, unsigned seed) {
  return muster::fuzz::mutate_message(data, size, most, seed);
}
