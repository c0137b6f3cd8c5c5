#include "fuzz/request_checker.h"

#include <algorithm>
#include <set>

#include "fuzz/slow_decimal.h"
#include "fuzz/slow_time.h"

namespace muster::fuzz {
namespace {

using protocol::JsonKind;
using FieldKind = FieldRule::Kind;
using Verdict = RequestVerdict;

constexpr size_t kIdBytes = 200;
constexpr size_t kTagBytes = 200;
constexpr size_t kRidBytes = 64;
constexpr int64_t kMaxNumber = 9'007'199'254'740'991;
constexpr int64_t kLatestMs = 253'402'300'799'999;  // year 9999

bool is_string(const SlowJson& value) { return value.kind == JsonKind::kString; }
size_t inner_bytes(const SlowJson& string) { return string.raw.size() - 2; }

// Text without control characters: U+0000 to U+001F, U+007F to U+009F.
bool has_control(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) return true;
  }
  return false;
}

bool is_id(const SlowJson& value) {
  return is_string(value) && value.whole && !value.text.empty() && value.text.size() <= kIdBytes &&
         !has_control(value.text);
}

bool is_name(const SlowJson& value) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-";
  return is_string(value) && !value.text.empty() && value.text.size() <= kIdBytes &&
         value.text.find_first_not_of(kAllowed) == std::string::npos;
}

bool is_integer(const SlowJson& value, int64_t least, int64_t most) {
  if (value.kind != JsonKind::kNumber) return false;
  const std::optional<int64_t> number = SlowDecimal(value.raw).whole();
  return number && *number >= least && *number <= most;
}

bool is_time(const SlowJson& value) {
  if (is_integer(value, 0, kLatestMs)) return true;
  if (!is_string(value)) return false;
  const std::string_view as_sent = std::string_view(value.raw).substr(1, inner_bytes(value));
  return read_time_slowly(as_sent).has_value();
}

bool is_rid(const SlowJson& value) {
  if (is_string(value)) return inner_bytes(value) <= kRidBytes;
  return is_integer(value, 0, kMaxNumber) && value.raw.size() <= kRidBytes;
}

template <class Good>
bool is_array_of(const SlowJson& value, const FieldRule& rule, Good good) {
  return value.kind == JsonKind::kArray && value.items.size() >= static_cast<size_t>(rule.least) &&
         value.items.size() <= static_cast<size_t>(rule.most) &&
         std::all_of(value.items.begin(), value.items.end(), good);
}

bool is_object_after(const SlowJson& value, const ObjectRule& rule);

bool is_word(const SlowJson& value, bool bounded) {
  return is_string(value) && value.text.find('\0') == std::string::npos &&
         (!bounded || inner_bytes(value) <= kTagBytes);
}

bool is_good(const SlowJson& value, const FieldRule& rule) {
  const auto size = static_cast<int64_t>(value.raw.size());
  switch (rule.kind) {
    case FieldKind::kId:
      return is_id(value);
    case FieldKind::kName:
      return is_name(value);
    case FieldKind::kNames:
      return is_array_of(value, rule, is_name);
    case FieldKind::kIds:
      return is_array_of(value, rule, is_id);
    case FieldKind::kInteger:
      return is_integer(value, rule.least, rule.most);
    case FieldKind::kDecimal:
      return value.kind == JsonKind::kNumber &&
             SlowDecimal(value.raw).within(rule.least, rule.most, 3);
    case FieldKind::kBoolean:
      return value.kind == JsonKind::kBool;
    case FieldKind::kText:
      return is_string(value) && value.whole &&
             static_cast<int64_t>(value.text.size()) <= rule.most;
    case FieldKind::kFreeText:
      return is_string(value);
    case FieldKind::kTime:
      return is_time(value);
    case FieldKind::kAny:
      return size <= rule.most;
    case FieldKind::kObject:
      return value.kind == JsonKind::kObject && size <= rule.most;
    case FieldKind::kFields:
      return is_object_after(value, *rule.nested);
    case FieldKind::kObjects:
      return is_array_of(value, rule,
                         [&](const SlowJson& item) { return is_object_after(item, *rule.nested); });
    case FieldKind::kJobs:
      return is_array_of(value, rule, [](const SlowJson&) { return true; });
    case FieldKind::kWords:
      return is_array_of(value, rule,
                         [&](const SlowJson& item) { return is_word(item, rule.bounded); });
    case FieldKind::kOneOf:
      return is_string(value) &&
             std::find(rule.words.begin(), rule.words.end(), value.text) != rule.words.end();
  }
  return false;
}

bool is_known(std::string_view name, const ObjectRule& rule) {
  if (rule.message && (name == "type" || name == "rid" || name == "data")) return true;
  return std::any_of(rule.fields.begin(), rule.fields.end(),
                     [name](const FieldRule& field) { return field.name == name; });
}

bool gives_twice(const SlowJson& object, const ObjectRule& rule) {
  std::set<std::string_view> seen;
  return std::any_of(object.names.begin(), object.names.end(), [&](const SlowJson& name) {
    return is_known(name.text, rule) && !seen.insert(name.text).second;
  });
}

// `j-<n>` is the form in which the server names jobs.
bool is_servers_id(std::string_view id) {
  return id.size() > 2 && id.starts_with("j-") &&
         id.find_first_not_of("0123456789", 2) == std::string_view::npos;
}

bool is_coherent_job(const SlowJson& job) {
  const SlowJson* id = job.find("job_id") != nullptr ? job.find("job_id") : job.find("id");
  const SlowJson* type = job.find("job_type");
  const bool command = job.find("command") != nullptr;
  const bool duration = job.find("duration") != nullptr;
  if (job.find("job_id") != nullptr && job.find("id") != nullptr) return false;
  if (id != nullptr && is_servers_id(id->text)) return false;
  if (job.find("delay_ms") != nullptr && job.find("run_at") != nullptr) return false;
  if (type == nullptr) return command || duration;
  return (type->text != "exec" || command) && (type->text != "sleep" || duration);
}

bool is_coherent(const SlowJson& object, Together together) {
  const int ids = (object.find("job_id") != nullptr) + (object.find("id") != nullptr);
  switch (together) {
    case Together::kNothing:
      return true;
    case Together::kOneJob:
      return ids == 1;
    case Together::kOneJobOrIds:
      return ids == (object.find("ids") != nullptr ? 0 : 1);
    case Together::kHeldJob:
      return ids == 1 && object.find("lease") != nullptr;
    case Together::kAttempt:
      return ids == 1 && (object.find("lease") != nullptr || object.find("worker_id") != nullptr);
    case Together::kJob:
      return is_coherent_job(object);
  }
  return false;
}

// Empty, or what is wrong with the object.
std::string complaint_about(const SlowJson& value, const ObjectRule& rule) {
  if (value.kind != JsonKind::kObject) return "no object";
  if (gives_twice(value, rule)) return "a field twice";
  for (const std::string_view name : rule.required) {
    if (value.find(name) == nullptr) return std::string(name) + " is missing";
  }
  for (const FieldRule& field : rule.fields) {
    const SlowJson* found = value.find(field.name);
    if (found != nullptr && !is_good(*found, field)) return std::string(field.name) + " is wrong";
  }
  return is_coherent(value, rule.together) ? "" : "fields do not go together";
}

bool is_object_after(const SlowJson& value, const ObjectRule& rule) {
  return complaint_about(value, rule).empty();
}

Verdict refused(std::string why, Verdict::Kind kind = Verdict::Kind::kRefused) {
  return {kind, std::move(why), {}, nullptr, nullptr, {}};
}

// A field that the verb knows stands in the message and in its `data`.
bool stands_in_both(const SlowJson& outer, const SlowJson& data, const ObjectRule& rule) {
  return std::any_of(outer.names.begin(), outer.names.end(), [&](const SlowJson& name) {
    return name.text != "data" && is_known(name.text, rule) && data.find(name.text) != nullptr;
  });
}

}  // namespace

RequestVerdict judge_request(const std::optional<SlowJson>& request) {
  static const ObjectRule kBare;
  if (!request || request->kind != JsonKind::kObject) {
    return refused("no JSON object", Verdict::Kind::kBadJson);
  }
  if (gives_twice(*request, kBare)) return refused("type, rid or data twice");
  const SlowJson* type = request->find("type");
  if (type == nullptr || !is_string(*type)) return refused("no type");
  const VerbRule* verb = find_verb_rule(type->text);
  if (verb == nullptr) return refused("unknown type", Verdict::Kind::kUnknownType);
  if (gives_twice(*request, verb->object)) return refused("a field twice");

  Verdict verdict;
  verdict.verb = verb->name;
  verdict.fields = &*request;
  verdict.rid = request->find("rid");
  const SlowJson* data = request->find("data");
  if (data != nullptr && data->kind == JsonKind::kObject) {
    if (stands_in_both(*request, *data, verb->object)) return refused("a field in both places");
    verdict.fields = data;
    if (verdict.rid == nullptr) verdict.rid = data->find("rid");
  }
  const std::string complaint = complaint_about(*verdict.fields, verb->object);
  if (!complaint.empty()) return refused(complaint);
  if (verdict.rid != nullptr && !is_rid(*verdict.rid)) return refused("rid is wrong");
  if (const SlowJson* jobs = verdict.fields->find("jobs"); verb->name == "submit_jobs") {
    for (const SlowJson& job : jobs->items) {
      verdict.jobs.push_back(is_object_after(job, job_rule()));
    }
  }
  return verdict;
}

}  // namespace muster::fuzz
