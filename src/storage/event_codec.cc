#include "storage/event_codec.h"

#include <fmt/core.h>

#include <array>
#include <bit>

#include "base/bytes.h"
#include "base/mutant.h"
#include "base/overload.h"
#include "storage/job_parts.h"

namespace muster::storage {
namespace {

// On disk: never renumber, never reuse.
enum class EventType : uint8_t {
  kJobSubmitted = 1,
  kJobReady = 2,
  kJobLeased = 3,
  kLeaseExtended = 4,
  kJobCompleted = 5,
  kAttemptEnded = 6,
  kEvidenceAdded = 7,
  kCancelRequested = 8,
  kJobCancelled = 9,
  kJobDied = 10,
  kJobRequeued = 11,
  kJobsRemoved = 12,
  kQueuePaused = 13,
  kTokensReserved = 14,
};
constexpr std::array<std::string_view, 15> kNames = {"",
                                                     "JobSubmitted",
                                                     "JobReady",
                                                     "JobLeased",
                                                     "LeaseExtended",
                                                     "JobCompleted",
                                                     "AttemptEnded",
                                                     "EvidenceAdded",
                                                     "CancelRequested",
                                                     "JobCancelled",
                                                     "JobDied",
                                                     "JobRequeued",
                                                     "JobsRemoved",
                                                     "QueuePaused",
                                                     "TokensReserved"};
constexpr uint8_t kVersion = 1;  // of every type, until one changes

constexpr uint64_t kAnyText = UINT32_MAX;  // bounded by the length of the event

uint64_t bit(bool set, uint64_t mask) { return set ? mask : 0; }

void append_head(EventType type, size_t length, std::string* out) {
  std::array<char, 12> head;
  head[0] = static_cast<char>(type);
  head[1] = static_cast<char>(kVersion);
  size_t size = 2;
  for (; length >= 0x80; length >>= 7) head[size++] = static_cast<char>(length | 0x80);
  head[size++] = static_cast<char>(length);
  out->append(head.data(), size);
}

void append(EventType type, const FieldWriter& fields, std::string* out) {
  append_head(type, fields.size(), out);
  fields.append_to(out);
}

// JobSubmitted. The most frequent bits are the lowest: seven of them make a byte.
constexpr uint64_t kNamed = 1 << 0;
constexpr uint64_t kHasOrder = 1 << 1;
constexpr uint64_t kHasFingerprint = 1 << 2;
constexpr uint64_t kHasQueue = 1 << 3;
constexpr uint64_t kHasPriority = 1 << 4;
constexpr uint64_t kHasOptions = 1 << 5;
constexpr uint64_t kHasDuration = 1 << 6;
constexpr uint64_t kHasDueAt = 1 << 7;
constexpr uint64_t kHasDelay = 1 << 8;
constexpr uint64_t kHasRunAt = 1 << 9;
constexpr uint64_t kAllOfSubmitted = (1 << 10) - 1;

uint64_t flags_of(const JobSubmitted& event) {
  const JobSpec& spec = event.spec;
  return bit(event.named, kNamed) | bit(event.order != OrderSeq(), kHasOrder) |
         bit(spec.fingerprint != 0, kHasFingerprint) |
         bit(spec.queue != kStoredDefaultQueue, kHasQueue) |
         bit(spec.priority != kStoredDefaultPriority, kHasPriority) |
         bit(spec.options != stored_default_options(), kHasOptions) |
         bit(spec.duration.has_value(), kHasDuration) | bit(event.due_at != WallTime(), kHasDueAt) |
         bit(spec.delay != Duration(), kHasDelay) | bit(spec.run_at.has_value(), kHasRunAt);
}

void encode(const JobSubmitted& event, std::string* out) {
  const JobSpec& spec = event.spec;
  CHECK(spec.id.size() <= limits::kIdBytes, "an id of {} bytes", spec.id.size());
  CHECK(spec.queue.size() <= limits::kNameBytes, "a queue of {} bytes", spec.queue.size());
  CHECK(spec.job_type.size() <= limits::kNameBytes, "a type of {} bytes", spec.job_type.size());
  FieldWriter fields;
  const uint64_t flags = flags_of(event);
  fields.varint(flags);
  fields.id(event.job);
  if (flags & kHasOrder) fields.id(event.order);
  fields.time(event.at);
  if (flags & kHasFingerprint) fields.word(spec.fingerprint);
  if (flags & kHasPriority) fields.varint(spec.priority);
  if (flags & kHasOptions) write_options(spec.options, &fields);
  if (flags & kHasDuration) fields.duration(*spec.duration);
  if (flags & kHasDueAt) fields.time_since(event.at, event.due_at);
  if (flags & kHasDelay) fields.duration(spec.delay);
  if (flags & kHasRunAt) fields.time_since(event.at, *spec.run_at);
  fields.text(spec.id);
  if (flags & kHasQueue) fields.text(spec.queue);
  fields.text(spec.job_type);
  fields.text(spec.body);
  append(EventType::kJobSubmitted, fields, out);
}

Event decode_submitted(FieldReader& in) {
  JobSubmitted event;
  JobSpec& spec = event.spec;
  const uint64_t flags = in.flags("flags", kAllOfSubmitted);
  event.named = (flags & kNamed) != 0;
  event.job = in.id<JobSeq>("job");
  if (flags & kHasOrder) event.order = in.id<OrderSeq>("order");
  event.at = in.time("at");
  if (flags & kHasFingerprint) spec.fingerprint = in.word("fingerprint");
  spec.priority = flags & kHasPriority ? in.small("priority") : kStoredDefaultPriority;
  spec.options = flags & kHasOptions ? read_options(in) : stored_default_options();
  if (flags & kHasDuration) spec.duration = in.duration("duration");
  if (flags & kHasDueAt) event.due_at = in.time_since(event.at, "due_at");
  if (flags & kHasDelay) spec.delay = in.duration("delay");
  if (flags & kHasRunAt) spec.run_at = in.time_since(event.at, "run_at");
  in.text("id", limits::kIdBytes, &spec.id);
  spec.queue = kStoredDefaultQueue;
  if (flags & kHasQueue) in.text("queue", limits::kNameBytes, &spec.queue);
  in.text("job_type", limits::kNameBytes, &spec.job_type);
  in.text("body", kAnyText, &spec.body);
  in.take_texts();
  return event;
}

void encode(const JobReady& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  fields.id(event.order);
  append(EventType::kJobReady, fields, out);
}

Event decode_ready(FieldReader& in) {
  const JobSeq job = in.id<JobSeq>("job");
  return JobReady{job, in.id<OrderSeq>("order")};
}

void encode(const JobLeased& event, std::string* out) {
  FieldWriter fields;
  fields.varint(event.tokenless && !MUSTER_MUTANT(tokenless_not_journaled) ? 1 : 0);
  fields.id(event.job);
  fields.id(event.token);
  fields.duration(event.lease);
  fields.time(event.at);
  fields.text(event.worker_id);
  fields.text(event.instance);
  append(EventType::kJobLeased, fields, out);
}

Event decode_leased(FieldReader& in) {
  JobLeased event;
  event.tokenless = in.flags("flags", 1) != 0;
  event.job = in.id<JobSeq>("job");
  event.token = in.id<LeaseToken>("token");
  event.lease = in.duration("lease");
  event.at = in.time("at");
  in.text("worker_id", kAnyText, &event.worker_id);
  in.text("instance", kAnyText, &event.instance);
  in.take_texts();
  return event;
}

void encode(const LeaseExtended& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  fields.duration(event.lease);
  append(EventType::kLeaseExtended, fields, out);
}

Event decode_extended(FieldReader& in) {
  const JobSeq job = in.id<JobSeq>("job");
  return LeaseExtended{job, in.duration("lease")};
}

void encode(const JobCompleted& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  fields.id(event.token);
  fields.time(event.at);
  fields.text(event.result);
  append(EventType::kJobCompleted, fields, out);
}

Event decode_completed(FieldReader& in) {
  JobCompleted event;
  event.job = in.id<JobSeq>("job");
  event.token = in.id<LeaseToken>("token");
  event.at = in.time("at");
  in.text("result", kAnyText, &event.result);
  in.take_texts();
  return event;
}

// AttemptEnded.
constexpr uint64_t kCharged = 1 << 0;
constexpr uint64_t kKeepOrder = 1 << 1;
constexpr uint64_t kHasError = 1 << 2;
constexpr uint64_t kEndedHasDueAt = 1 << 3;
constexpr uint64_t kAllOfEnded = (1 << 4) - 1;

void encode(const AttemptEnded& event, std::string* out) {
  FieldWriter fields;
  const bool keep_order = event.keep_order && !MUSTER_MUTANT(place_not_journaled);
  fields.varint(bit(event.charged, kCharged) | bit(keep_order, kKeepOrder) |
                bit(event.error.has_value(), kHasError) |
                bit(event.due_at != WallTime(), kEndedHasDueAt));
  fields.id(event.job);
  fields.id(event.token);
  fields.varint(static_cast<uint64_t>(event.outcome));
  fields.varint(static_cast<uint64_t>(event.after));
  fields.varint(static_cast<uint64_t>(event.reason));
  fields.varint(static_cast<uint64_t>(event.death));
  fields.time(event.at);
  if (event.due_at != WallTime()) fields.time_since(event.at, event.due_at);
  if (event.error) write_attempt_error(*event.error, &fields);
  fields.text(event.result);
  append(EventType::kAttemptEnded, fields, out);
}

Event decode_ended(FieldReader& in) {
  AttemptEnded event;
  const uint64_t flags = in.flags("flags", kAllOfEnded);
  event.charged = (flags & kCharged) != 0;
  event.keep_order = (flags & kKeepOrder) != 0;
  event.job = in.id<JobSeq>("job");
  event.token = in.id<LeaseToken>("token");
  event.outcome = in.one_of("outcome", Outcome::kCompleted, Outcome::kDeadline);
  event.after = in.one_of("after", After::kReady, After::kCancelled);
  event.reason = in.one_of("reason", ScheduleReason::kNone, ScheduleReason::kRelease);
  event.death = in.one_of("death", DeathReason::kNone, DeathReason::kDeadline);
  event.at = in.time("at");
  if (flags & kEndedHasDueAt) event.due_at = in.time_since(event.at, "due_at");
  if (flags & kHasError) read_attempt_error(in, &event.error.emplace());
  in.text("result", kAnyText, &event.result);
  in.take_texts();
  return event;
}

void encode(const EvidenceAdded& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  fields.id(event.token);
  write_attempt_error(event.error, &fields);
  append(EventType::kEvidenceAdded, fields, out);
}

Event decode_evidence(FieldReader& in) {
  EvidenceAdded event;
  event.job = in.id<JobSeq>("job");
  event.token = in.id<LeaseToken>("token");
  read_attempt_error(in, &event.error);
  in.take_texts();
  return event;
}

void encode(const CancelRequested& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  append(EventType::kCancelRequested, fields, out);
}

Event decode_cancel_requested(FieldReader& in) { return CancelRequested{in.id<JobSeq>("job")}; }

void encode(const JobCancelled& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  fields.time(event.at);
  append(EventType::kJobCancelled, fields, out);
}

Event decode_cancelled(FieldReader& in) {
  const JobSeq job = in.id<JobSeq>("job");
  return JobCancelled{job, in.time("at")};
}

void encode(const JobDied& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  fields.varint(static_cast<uint64_t>(event.death));
  fields.time(event.at);
  append(EventType::kJobDied, fields, out);
}

Event decode_died(FieldReader& in) {
  JobDied event;
  event.job = in.id<JobSeq>("job");
  event.death = in.one_of("death", DeathReason::kNone, DeathReason::kDeadline);
  event.at = in.time("at");
  return event;
}

void encode(const JobRequeued& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.job);
  fields.id(event.order);
  fields.time(event.at);
  append(EventType::kJobRequeued, fields, out);
}

Event decode_requeued(FieldReader& in) {
  JobRequeued event;
  event.job = in.id<JobSeq>("job");
  event.order = in.id<OrderSeq>("order");
  event.at = in.time("at");
  return event;
}

// Each job is written as its distance from the one before: neighbours take a byte.
int64_t distance(JobSeq from, JobSeq to) {
  return static_cast<int64_t>(to.value()) - static_cast<int64_t>(from.value());
}

size_t svarint_size(int64_t value) {
  const uint64_t zigzag = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  const size_t size = (static_cast<size_t>(std::bit_width(zigzag | 1)) + 6) / 7;
  return MUSTER_PLANTED(event_distance_short) && size > 4 ? 4 : size;
}

void encode(const JobsRemoved& event, std::string* out) {
  FieldWriter fields;
  fields.time(event.at);
  fields.varint(event.jobs.size());
  size_t length = fields.size();
  JobSeq previous;
  for (JobSeq job : event.jobs) {
    CHECK(job.value() <= kMaxNumber, "{} cannot be read back", job.value());
    length += svarint_size(distance(previous, job));
    previous = job;
  }
  append_head(EventType::kJobsRemoved, length, out);
  fields.append_to(out);
  previous = JobSeq();
  ByteWriter numbers(out);
  for (JobSeq job : event.jobs) {
    numbers.svarint(distance(previous, job));
    previous = job;
  }
}

Event decode_removed(FieldReader& in, std::vector<JobSeq>& jobs) {
  JobsRemoved event;
  event.at = in.time("at");
  // A job takes a byte at least.
  const uint64_t most = MUSTER_PLANTED(event_count_believed) ? UINT64_MAX : in.left();
  const uint64_t count = in.varint("count", most);
  jobs.clear();
  jobs.reserve(count);
  int64_t job = 0;
  for (uint64_t i = 0; i < count && in.ok(); ++i) {
    const int64_t highest = static_cast<int64_t>(kMaxNumber);
    job += in.svarint("job", -job, highest - job);
    jobs.emplace_back(static_cast<uint64_t>(job));
  }
  event.jobs = jobs;
  return event;
}

void encode(const QueuePaused& event, std::string* out) {
  CHECK(event.queue.size() <= limits::kNameBytes, "a queue of {} bytes", event.queue.size());
  FieldWriter fields;
  fields.varint(event.paused ? 1 : 0);
  fields.text(event.queue);
  append(EventType::kQueuePaused, fields, out);
}

Event decode_paused(FieldReader& in) {
  QueuePaused event;
  event.paused = in.flags("paused", 1) != 0;
  in.text("queue", limits::kNameBytes, &event.queue);
  in.take_texts();
  return event;
}

void encode(const TokensReserved& event, std::string* out) {
  FieldWriter fields;
  fields.id(event.end);
  append(EventType::kTokensReserved, fields, out);
}

Event decode_reserved(FieldReader& in) { return TokensReserved{in.id<LeaseToken>("end")}; }

Event decode(EventType type, FieldReader& in, std::vector<JobSeq>& jobs) {
  switch (type) {
    case EventType::kJobSubmitted:
      return decode_submitted(in);
    case EventType::kJobReady:
      return decode_ready(in);
    case EventType::kJobLeased:
      return decode_leased(in);
    case EventType::kLeaseExtended:
      return decode_extended(in);
    case EventType::kJobCompleted:
      return decode_completed(in);
    case EventType::kAttemptEnded:
      return decode_ended(in);
    case EventType::kEvidenceAdded:
      return decode_evidence(in);
    case EventType::kCancelRequested:
      return decode_cancel_requested(in);
    case EventType::kJobCancelled:
      return decode_cancelled(in);
    case EventType::kJobDied:
      return decode_died(in);
    case EventType::kJobRequeued:
      return decode_requeued(in);
    case EventType::kJobsRemoved:
      return decode_removed(in, jobs);
    case EventType::kQueuePaused:
      return decode_paused(in);
    case EventType::kTokensReserved:
      return decode_reserved(in);
  }
  CHECK(false, "type {} was checked", static_cast<int>(type));
  return {};
}

}  // namespace

void encode_event(const Event& event, std::string* out) {
  std::visit([out](const auto& kind) { encode(kind, out); }, event);
}

StorageError EventDecoder::error(StorageErrorKind kind, const std::string& what) const {
  return {kind, fmt::format("event {} of its record, at byte {}: {}", index_, offset_, what)};
}

StorageResult<Event> EventDecoder::next(std::string_view* bytes) {
  if (bytes->data() != expected_) index_ = offset_ = 0;
  ByteReader in(*bytes);
  const uint8_t type = in.u8();
  const uint8_t version = in.u8();
  const std::string_view fields = in.bytes();
  if (!in.ok()) return error(StorageErrorKind::kCorrupt, "longer than its record");
  if (type == 0 || version == 0) return error(StorageErrorKind::kCorrupt, "no type or version");
  if (type >= kNames.size()) {
    return error(StorageErrorKind::kVersion, fmt::format("unknown type {}", type));
  }
  if (version > kVersion) {
    return error(StorageErrorKind::kVersion,
                 fmt::format("{} of unknown version {}", kNames[type], version));
  }
  FieldReader reader(fields);
  Event event = decode(static_cast<EventType>(type), reader, jobs_);
  if (reader.ok() && reader.left() != 0) reader.refuse("length", "is more than the fields take");
  if (!reader.ok()) {
    return error(StorageErrorKind::kCorrupt, fmt::format("{}: {}", kNames[type], reader.problem()));
  }
  offset_ += bytes->size() - in.rest().size();
  ++index_;
  *bytes = in.rest();
  expected_ = bytes->data();
  return event;
}

}  // namespace muster::storage
