#include "storage/job_codec.h"

#include <fmt/core.h>

#include "base/mutant.h"
#include "storage/field_reader.h"
#include "storage/field_writer.h"
#include "storage/job_parts.h"

namespace muster::storage {
namespace {

// Bits of a header's first number: flags of the job, then which fields follow because they are not
// 0.
constexpr uint64_t kNamed = 1 << 0;
constexpr uint64_t kHasFingerprint = 1 << 1;
constexpr uint64_t kHasToken = 1 << 2;
constexpr uint64_t kHasStartedAt = 1 << 3;
constexpr uint64_t kHasEndedAt = 1 << 4;
constexpr uint64_t kHasWorker = 1 << 5;
constexpr uint64_t kLeaseBySession = 1 << 6;
constexpr uint64_t kHasLease = 1 << 7;
constexpr uint64_t kHasCounts = 1 << 8;
constexpr uint64_t kHasOptions = 1 << 9;
constexpr uint64_t kHasDuration = 1 << 10;
constexpr uint64_t kHasHistory = 1 << 11;
constexpr uint64_t kHasDueAt = 1 << 12;
constexpr uint64_t kHasReasons = 1 << 13;
constexpr uint64_t kCancelRequested = 1 << 14;
constexpr uint64_t kTokenless = 1 << 15;
constexpr uint64_t kAllFlags = (1 << 16) - 1;

constexpr uint64_t kAnyText = UINT32_MAX;  // bounded by the length of the value

uint64_t bit(bool set, uint64_t mask) { return set ? mask : 0; }

uint64_t flags_of(const JobRecord& job) {
  const WallTime never;
  return bit(job.named, kNamed) |
         bit(job.fingerprint != 0 && !MUSTER_MUTANT(content_not_stored), kHasFingerprint) |
         bit(job.token != LeaseToken(), kHasToken) | bit(job.started_at != never, kHasStartedAt) |
         bit(job.ended_at != never, kHasEndedAt) | bit(job.worker != nullptr, kHasWorker) |
         bit(job.lease_by_session && !MUSTER_MUTANT(session_lease_stored_as_timed),
             kLeaseBySession) |
         bit(job.lease != Duration(), kHasLease) |
         bit((job.attempts | job.failures | job.losses) != 0, kHasCounts) |
         bit(*job.options != stored_default_options(), kHasOptions) |
         bit(job.duration != Duration(), kHasDuration) | bit(job.history != nullptr, kHasHistory) |
         bit(job.due_at != never, kHasDueAt) |
         bit(job.schedule_reason != ScheduleReason::kNone || job.death_reason != DeathReason::kNone,
             kHasReasons) |
         bit(job.cancel_requested && !MUSTER_MUTANT(cancel_not_stored), kCancelRequested) |
         bit(job.tokenless, kTokenless);
}

// Bits of an attempt's first number.
constexpr uint64_t kCharged = 1 << 0;

void append_attempt(const Attempt& attempt, std::string* out) {
  FieldWriter fields;
  fields.varint(bit(attempt.charged, kCharged));
  fields.varint(attempt.number);
  fields.id(attempt.token);
  fields.time(attempt.started_at);
  fields.time_since(attempt.started_at, attempt.ended_at);
  fields.varint(static_cast<uint64_t>(attempt.outcome));
  write_attempt_error(attempt.error, &fields);
  fields.text(attempt.worker);
  fields.append_to(out);
}

Attempt read_attempt(FieldReader& in) {
  Attempt attempt;
  attempt.charged = in.flags("attempt", kCharged) != 0;
  attempt.number = in.small("attempt.number");
  attempt.token = in.id<LeaseToken>("attempt.token");
  attempt.started_at = in.time("attempt.started_at");
  attempt.ended_at = in.time_since(attempt.started_at, "attempt.ended_at");
  attempt.outcome = in.one_of("attempt.outcome", Outcome::kCompleted, Outcome::kDeadline);
  read_attempt_error(in, &attempt.error);
  in.text("attempt.worker", kAnyText, &attempt.worker);
  in.take_texts();
  return attempt;
}

void append_history(const JobHistory& history, std::string* out) {
  FieldWriter fields;
  fields.varint(history.attempts.size());
  fields.text(history.result);
  fields.append_to(out);
  for (const Attempt& attempt : history.attempts) append_attempt(attempt, out);
}

std::shared_ptr<const JobHistory> read_history(FieldReader& in) {
  auto history = std::make_shared<JobHistory>();
  const uint64_t count = in.varint("attempts", in.left());  // an attempt takes a byte at least
  in.text("result", kAnyText, &history->result);
  in.take_texts();
  for (uint64_t i = 0; i < count && in.ok(); ++i) history->attempts.push_back(read_attempt(in));
  return history;
}

// The fields between flags and texts, in order.
void write_numbers(const JobRecord& job, uint64_t flags, FieldWriter* out) {
  out->id(job.seq);
  out->varint(static_cast<uint64_t>(job.state));
  out->time(job.submitted_at);
  if (flags & kHasFingerprint) out->word(job.fingerprint);
  if (flags & kHasToken) out->id(job.token);
  if (flags & kHasStartedAt) out->time_since(job.submitted_at, job.started_at);
  if (flags & kHasEndedAt) out->time_since(job.submitted_at, job.ended_at);
  if (flags & kHasLease) out->duration(job.lease);
  if (flags & kHasCounts) {
    out->varint(job.attempts);
    out->varint(job.failures);
    out->varint(job.losses);
  }
  if (flags & kHasOptions) write_options(*job.options, out);
  if (flags & kHasDuration) out->duration(job.duration);
  if (flags & kHasDueAt) out->time_since(job.submitted_at, job.due_at);
  if (flags & kHasReasons) {
    out->varint(static_cast<uint64_t>(job.schedule_reason));
    out->varint(static_cast<uint64_t>(job.death_reason));
  }
}

void read_flags(uint64_t flags, JobRecord* job) {
  job->named = (flags & kNamed) != 0;
  job->lease_by_session = (flags & kLeaseBySession) != 0;
  job->cancel_requested = (flags & kCancelRequested) != 0;
  job->tokenless = (flags & kTokenless) != 0;
}

}  // namespace

void append_header(const JobRecord& job, std::string* out) {
  FieldWriter fields;
  const uint64_t flags = flags_of(job);
  fields.varint(flags);
  write_numbers(job, flags, &fields);
  if (flags & kHasWorker) {
    fields.text(job.worker->id);
    fields.text(job.worker->instance);
  }
  fields.append_to(out);
  if (flags & kHasHistory) append_history(*job.history, out);
}

StorageResult<JobRecord> HeaderDecoder::decode(const Place& place, std::string_view header) {
  FieldReader in(header);
  JobRecord job;
  job.lane = lane_of(place);
  job.priority = place.priority;
  job.order = place.order;
  const uint64_t flags = in.flags("flags", kAllFlags);
  read_flags(flags, &job);
  job.seq = in.id<JobSeq>("seq");
  job.state = in.one_of("state", JobState::kScheduled, JobState::kCancelled);
  job.submitted_at = in.time("submitted_at");
  if (flags & kHasFingerprint) job.fingerprint = in.word("fingerprint");
  if (flags & kHasToken) job.token = in.id<LeaseToken>("token");
  if (flags & kHasStartedAt) job.started_at = in.time_since(job.submitted_at, "started_at");
  if (flags & kHasEndedAt) job.ended_at = in.time_since(job.submitted_at, "ended_at");
  if (flags & kHasLease) job.lease = in.duration("lease");
  if (flags & kHasCounts) {
    job.attempts = in.small("attempts");
    job.failures = in.small("failures");
    job.losses = in.small("losses");
  }
  if (flags & kHasOptions) {
    job.options = options_of(in);
  } else {
    if (!default_options_) {
      default_options_ = std::make_shared<const JobOptions>(stored_default_options());
    }
    job.options = default_options_;
  }
  if (flags & kHasDuration) job.duration = in.duration("duration");
  if (flags & kHasDueAt) job.due_at = in.time_since(job.submitted_at, "due_at");
  if (flags & kHasReasons) {
    job.schedule_reason =
        in.one_of("schedule_reason", ScheduleReason::kNone, ScheduleReason::kRelease);
    job.death_reason = in.one_of("death_reason", DeathReason::kNone, DeathReason::kDeadline);
  }
  if (flags & kHasWorker) {
    std::string_view id;
    std::string_view instance;
    in.text("worker", kAnyText, &id);
    in.text("instance", kAnyText, &instance);
    in.take_texts();
    job.worker = worker_of(id, instance);
  }
  if (flags & kHasHistory) job.history = read_history(in);
  if (in.ok() && in.left() != 0) in.refuse("header", "goes on behind its last field");
  if (!in.ok()) return StorageError{StorageErrorKind::kCorrupt, in.problem()};
  return job;
}

std::shared_ptr<const LaneName> HeaderDecoder::lane_of(const Place& place) {
  return lanes_.get(place.lane, [&place] {
    return LaneName{std::string(place.queue), std::string(place.job_type), place.timed};
  });
}

std::shared_ptr<const JobOptions> HeaderDecoder::options_of(FieldReader& in) {
  const std::string_view before = in.rest();
  const JobOptions options = read_options(in);
  if (!in.ok()) return nullptr;
  return options_.get(before.substr(0, before.size() - in.left()), [&] { return options; });
}

std::shared_ptr<const WorkerIdentity> HeaderDecoder::worker_of(std::string_view id,
                                                               std::string_view instance) {
  scratch_.clear();
  ByteWriter key(&scratch_);
  key.bytes(id);
  key.bytes(instance);
  return workers_.get(scratch_,
                      [&] { return WorkerIdentity{std::string(id), std::string(instance)}; });
}

void append_text(const JobRecord& job, std::string* out) {
  CHECK(job.id_size > 0 && job.id_size <= job.text.size(), "job {} has no id", job.seq.value());
  out->push_back(static_cast<char>(job.id_size));
  out->append(job.text.view());
}

StorageResult<StoredText> read_text(std::string_view bytes) {
  ByteReader in(bytes);
  const uint8_t id_size = in.u8();
  if (!in.ok() || id_size == 0 || id_size > in.rest().size()) {
    return StorageError{StorageErrorKind::kCorrupt, "id is cut short"};
  }
  return StoredText{id_size, SharedBytes(in.rest())};
}

}  // namespace muster::storage
