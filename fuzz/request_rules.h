// RequestRules: docs/protocol.md as data: every verb, every field, what it may hold. Written from
// the document and not from src/protocol.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace muster::fuzz {

struct ObjectRule;

struct FieldRule {
  enum class Kind {
    kId,
    kName,
    kNames,    // array of at most `most` names
    kIds,      // array of `least` to `most` ids
    kInteger,  // from `least` to `most`
    kDecimal,  // from `least` to `most` thousandths
    kBoolean,
    kText,      // of at most `most` bytes
    kFreeText,  // of any length: it is cut
    kTime,
    kAny,      // JSON of at most `most` bytes
    kObject,   // any object of at most `most` bytes
    kFields,   // an object after `nested`
    kObjects,  // array of `least` to `most` objects after `nested`
    kJobs,     // the same, each judged for itself
    kWords,  // array of `least` to `most` strings without U+0000, of at most 200 bytes if `bounded`
    kOneOf,  // of `words`
  };
  std::string_view name;
  Kind kind = Kind::kAny;
  int64_t least = 0;
  int64_t most = 0;
  const ObjectRule* nested = nullptr;
  std::vector<std::string_view> words = {};
  bool bounded = false;
};

// What fields of one object have to do with each other.
enum class Together {
  kNothing,
  kOneJob,       // exactly one of job_id and id
  kOneJobOrIds,  // or else ids
  kHeldJob,      // one job, and its lease
  kAttempt,      // one job, and its lease or who holds it
  kJob,          // a job as submitted
};

struct ObjectRule {
  std::vector<FieldRule> fields;
  std::vector<std::string_view> required = {};
  Together together = Together::kNothing;
  // `type`, `rid` and `data` are known in it, too.
  bool message = true;
};

struct VerbRule {
  std::string_view name;
  ObjectRule object;
};

const std::vector<VerbRule>& verb_rules();
const VerbRule* find_verb_rule(std::string_view name);
const ObjectRule& job_rule();

}  // namespace muster::fuzz
