#include "fuzz/message_maker.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace muster::fuzz {
namespace {

using Kind = FieldRule::Kind;

// Few, so that messages speak of the same jobs, queues and workers.
constexpr std::array<std::string_view, 8> kIds = {
    "\"a\"", "\"b\"", "\"w\"", "\"j-1\"", "\"\\u00e4\"", "\"\"", "\"\xC2\x80\"", "\"\\ud800\""};
constexpr std::array<std::string_view, 5> kNames = {"\"q\"", "\"default\"", "\"sleep\"", "\"exec\"",
                                                    "\"no name\""};
constexpr std::array<std::string_view, 14> kAnything = {"null",
                                                        "true",
                                                        "0",
                                                        "-0",
                                                        "1.5",
                                                        "1e3",
                                                        "10E-1",
                                                        "\"\"",
                                                        "[]",
                                                        "{}",
                                                        "[1,{\"a\":[]}]",
                                                        "{\"type\":\"stats\"}",
                                                        "\"\\ud83d\\ude00\"",
                                                        "18446744073709551616"};
constexpr std::array<std::string_view, 6> kTimes = {"0",
                                                    "253402300799999",
                                                    "\"1970-01-01T00:00:00Z\"",
                                                    "\"2024-02-29T12:00:00.5+01:00\"",
                                                    "\"2100-02-29T00:00:00Z\"",
                                                    "\"9999-12-31T23:59:60-23:59\""};

}  // namespace

uint64_t Chance::below(uint64_t bound) {
  state_ ^= state_ << 13;
  state_ ^= state_ >> 7;
  state_ ^= state_ << 17;
  return state_ % bound;
}

std::string MessageMaker::message() {
  const auto& verbs = verb_rules();
  const VerbRule& verb = verbs[chance_.below(verbs.size())];
  if (!chance_.one_in(12)) return object(verb.object, verb.name);
  // In `data`; now and then a field stands outside, too.
  const auto& fields = verb.object.fields;
  std::string outside;
  if (!fields.empty() && chance_.one_in(2)) {
    const FieldRule& field = fields[chance_.below(fields.size())];
    outside = fmt::format("\"{}\":{},", field.name, value(field));
  }
  return fmt::format("{{\"type\":\"{}\",{}\"data\":{}}}", verb.name, outside,
                     object(verb.object, ""));
}

std::string MessageMaker::piece() {
  const auto& verbs = verb_rules();
  const VerbRule& verb = verbs[chance_.below(verbs.size())];
  if (!verb.object.fields.empty() && !chance_.one_in(3)) {
    const auto& fields = verb.object.fields;
    const FieldRule& field = fields[chance_.below(fields.size())];
    return fmt::format("\"{}\":{},", field.name, value(field));
  }
  switch (chance_.below(4)) {
    case 0:
      return fmt::format("{{\"type\":\"{}\"", verb.name);
    case 1:
      return any();
    case 2:
      return std::string(1, "{}[]\",:\\\n"[chance_.below(9)]);
    default:
      return "\"rid\":" + number(0, 9'007'199'254'740'991) + ",";
  }
}

std::string MessageMaker::object(const ObjectRule& rule, std::string_view verb) {
  std::string out;
  const auto add = [&out](std::string_view name, std::string_view text) {
    out += fmt::format("{}\"{}\":{}", out.empty() ? "{" : ",", name, text);
  };
  ++depth_;
  if (!verb.empty()) add("type", fmt::format("\"{}\"", verb));
  if (!verb.empty() && chance_.one_in(4)) add("rid", chance_.one_in(2) ? any() : number(0, 9));
  const bool bare = chance_.one_in(3);  // nothing that may be left out
  const bool attempt = rule.together != Together::kNothing && rule.together != Together::kJob;
  for (const FieldRule& field : rule.fields) {
    const bool required =
        std::find(rule.required.begin(), rule.required.end(), field.name) != rule.required.end() ||
        (attempt && (field.name == "job_id" || field.name == "lease"));
    if (bare ? !required : chance_.one_in(required ? 20 : 5) == required) continue;
    add(field.name, chance_.one_in(30) ? any() : value(field));
  }
  if (chance_.one_in(10)) add("x", any());
  --depth_;
  return (out.empty() ? "{" : out) + "}";
}

std::string MessageMaker::number(int64_t least, int64_t most) {
  switch (chance_.below(8)) {
    case 0:
      return fmt::format("{}", least);
    case 1:
      return fmt::format("{}", most);
    case 2:
      return fmt::format("{}", least - 1);
    case 3:
      return fmt::format("{}.0", most);
    case 4:
      return fmt::format("{}1", most);
    default:
      return fmt::format("{}", least + static_cast<int64_t>(chance_.below(9)));
  }
}

std::string MessageMaker::any() { return std::string(kAnything[chance_.below(kAnything.size())]); }

std::string MessageMaker::time() { return std::string(kTimes[chance_.below(kTimes.size())]); }

std::string MessageMaker::array(const FieldRule& field) {
  if (depth_ > 3) return "[]";
  std::string out = "[";
  for (uint64_t left = chance_.below(4); left > 0; --left) {
    std::string item;
    if (field.kind == Kind::kNames) item = kNames[chance_.below(kNames.size())];
    if (field.kind == Kind::kIds || field.kind == Kind::kWords) item = kIds[chance_.below(8)];
    if (field.nested != nullptr) item = object(*field.nested, "");
    out += item + (left > 1 ? "," : "");
  }
  return out + "]";
}

std::string MessageMaker::value(const FieldRule& field) {
  switch (field.kind) {
    case Kind::kId:
      return std::string(kIds[chance_.one_in(4) ? chance_.below(kIds.size()) : chance_.below(3)]);
    case Kind::kName:
      return std::string(kNames[chance_.below(kNames.size())]);
    case Kind::kInteger:
      return number(field.least, field.most);
    case Kind::kDecimal:
      return number(field.least / 1000, field.most / 1000) + (chance_.one_in(3) ? "e-1" : "");
    case Kind::kBoolean:
      return chance_.one_in(2) ? "true" : "false";
    case Kind::kText:
    case Kind::kFreeText:
      return std::string(kIds[chance_.below(kIds.size())]);
    case Kind::kTime:
      return time();
    case Kind::kAny:
      return any();
    case Kind::kObject:
      return chance_.one_in(2) ? "{}" : "{\"a\": [1]}";
    case Kind::kFields:
      return object(*field.nested, "");
    case Kind::kNames:
    case Kind::kIds:
    case Kind::kObjects:
    case Kind::kJobs:
    case Kind::kWords:
      return array(field);
    case Kind::kOneOf:
      return fmt::format("\"{}\"", field.words[chance_.below(field.words.size())]);
  }
  return "null";
}

}  // namespace muster::fuzz
