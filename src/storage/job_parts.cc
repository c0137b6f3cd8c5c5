#include "storage/job_parts.h"

#include "base/mutant.h"

namespace muster::storage {
namespace {

// Bits of the options' first number: which differ from their default and follow.
constexpr uint64_t kMaxAttempts = 1 << 0;
constexpr uint64_t kBackoff = 1 << 1;
constexpr uint64_t kFactor = 1 << 2;
constexpr uint64_t kCap = 1 << 3;
constexpr uint64_t kJitter = 1 << 4;
constexpr uint64_t kMaxLost = 1 << 5;
constexpr uint64_t kTimeout = 1 << 6;
constexpr uint64_t kDeadline = 1 << 7;
constexpr uint64_t kResultTtl = 1 << 8;
constexpr uint64_t kAllOptions = (1 << 9) - 1;

// Bits of an attempt error's first number.
constexpr uint64_t kExitCode = 1 << 0;
constexpr uint64_t kSignal = 1 << 1;

constexpr JobOptions make_defaults() {
  JobOptions options;
  options.retry.max_attempts = 5;
  options.retry.backoff = Duration::seconds(1);
  options.retry.factor_milli = 2000;
  options.retry.cap = Duration::hours(1);
  options.retry.jitter_milli = 100;
  options.max_lost = 3;
  return options;
}
constexpr JobOptions kDefaults = make_defaults();

uint64_t bit(bool set, uint64_t mask) { return set ? mask : 0; }

uint64_t differing(const JobOptions& options) {
  const RetryPolicy& retry = options.retry;
  return bit(retry.max_attempts != kDefaults.retry.max_attempts, kMaxAttempts) |
         bit(retry.backoff != kDefaults.retry.backoff, kBackoff) |
         bit(retry.factor_milli != kDefaults.retry.factor_milli, kFactor) |
         bit(retry.cap != kDefaults.retry.cap, kCap) |
         bit(retry.jitter_milli != kDefaults.retry.jitter_milli, kJitter) |
         bit(options.max_lost != kDefaults.max_lost, kMaxLost) |
         bit(options.timeout.has_value(), kTimeout) |
         bit(options.deadline.has_value() && !MUSTER_MUTANT(deadline_not_stored), kDeadline) |
         bit(options.result_ttl.has_value(), kResultTtl);
}

}  // namespace

const JobOptions& stored_default_options() { return kDefaults; }

void write_options(const JobOptions& options, FieldWriter* out) {
  const uint64_t flags = differing(options);
  out->varint(flags);
  if (flags & kMaxAttempts) out->varint(options.retry.max_attempts);
  if (flags & kBackoff) out->duration(options.retry.backoff);
  if (flags & kFactor) out->varint(options.retry.factor_milli);
  if (flags & kCap) out->duration(options.retry.cap);
  if (flags & kJitter) out->varint(options.retry.jitter_milli);
  if (flags & kMaxLost) out->varint(options.max_lost);
  if (flags & kTimeout) out->duration(*options.timeout);
  if (flags & kDeadline) out->time(*options.deadline);
  if (flags & kResultTtl) out->duration(*options.result_ttl);
}

JobOptions read_options(FieldReader& in) {
  JobOptions options = kDefaults;
  const uint64_t flags = in.flags("options", kAllOptions);
  if (flags == 0) return options;
  if (flags & kMaxAttempts) options.retry.max_attempts = in.small("max_attempts");
  if (flags & kBackoff) options.retry.backoff = in.duration("backoff");
  if (flags & kFactor) options.retry.factor_milli = in.small("factor");
  if (flags & kCap) options.retry.cap = in.duration("cap");
  if (flags & kJitter) options.retry.jitter_milli = in.small("jitter");
  if (flags & kMaxLost) options.max_lost = in.small("max_lost");
  if (flags & kTimeout) options.timeout = in.duration("timeout");
  if (flags & kDeadline) options.deadline = in.time("deadline");
  if (flags & kResultTtl) options.result_ttl = in.duration("result_ttl");
  return options;
}

void write_attempt_error(const AttemptError& error, FieldWriter* out) {
  out->varint(bit(error.exit_code.has_value(), kExitCode) | bit(error.signal.has_value(), kSignal));
  if (error.exit_code) out->svarint(*error.exit_code);
  if (error.signal) out->svarint(*error.signal);
  out->text(error.error_class);
  out->text(error.message);
  out->text(error.trace);
}

void read_attempt_error(FieldReader& in, AttemptError* error) {
  const uint64_t flags = in.flags("error", kExitCode | kSignal);
  const auto number = [&in](const char* field) {
    return static_cast<int32_t>(in.svarint(field, INT32_MIN, INT32_MAX));
  };
  if (flags & kExitCode) error->exit_code = number("exit_code");
  if (flags & kSignal) error->signal = number("signal");
  in.text("error_class", UINT32_MAX, &error->error_class);
  in.text("message", UINT32_MAX, &error->message);
  in.text("trace", UINT32_MAX, &error->trace);
}

}  // namespace muster::storage
