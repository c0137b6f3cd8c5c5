#include "storage/event_codec.h"

#include <gtest/gtest.h>

#include <random>

#include "storage/event_equality.h"
#include "storage/random_values.h"

namespace muster::storage {
namespace {

const WallTime kNoon = WallTime::from_ms(1'700'000'000'000);
const std::vector<JobSeq> kRemoved = {JobSeq(10), JobSeq(11), JobSeq(5), JobSeq(300)};

std::string encoded(const Event& event) {
  std::string bytes;
  encode_event(event, &bytes);
  return bytes;
}

AttemptError full_error() { return {"Timeout", "no answer", "at line 3", -1, 9}; }

JobSubmitted plain_submit() {
  JobSubmitted event;
  event.job = JobSeq(300);
  event.order = OrderSeq(301);
  event.named = true;
  event.at = kNoon;
  event.spec.id = "job1";
  event.spec.job_type = "exec";
  event.spec.fingerprint = 0x1122334455667788;
  event.spec.body = "\"payload\":1";
  return event;
}

JobSubmitted full_submit() {
  JobSubmitted event = plain_submit();
  event.order = OrderSeq();
  event.due_at = kNoon + Duration::seconds(10);
  JobSpec& spec = event.spec;
  spec.queue = "mail";
  spec.priority = 7;
  spec.delay = Duration::seconds(10);
  spec.run_at = kNoon - Duration::milliseconds(1);
  spec.duration = Duration::milliseconds(1500);
  spec.options.retry = {1, Duration::milliseconds(250), 1500, Duration::minutes(1), 0};
  spec.options.max_lost = 9;
  spec.options.timeout = Duration::minutes(5);
  spec.options.deadline = kNoon + Duration::hours(1);
  spec.options.result_ttl = Duration();
  return event;
}

AttemptEnded full_end() {
  AttemptEnded event;
  event.job = JobSeq(3);
  event.token = LeaseToken(1'048'577);
  event.outcome = Outcome::kTimedOut;
  event.charged = true;
  event.error = full_error();
  event.result = "{\"out\":\"x\"}";
  event.after = After::kScheduled;
  event.reason = ScheduleReason::kRetry;
  event.keep_order = false;
  event.death = DeathReason::kNone;
  event.due_at = kNoon + Duration::seconds(2);
  event.at = kNoon;
  return event;
}

struct Sample {
  Event event;
  std::string hex;
};

// Bytes on people's disks: these lines never change. A new version of an event adds lines.
std::vector<Sample> samples() {
  return {
      {plain_submit(),
       "01012907ac02ad0280a0abfef962887766554433221104040b6a6f623165786563227061796c"
       "6f6164223a31"},
      {full_submit(),
       "01014dfd07ac0280a0abfef962887766554433221107ff0301f403dc0bc0a9070009c0cf2480"
       "dae281fa6200b817a09c01a09c01010404040b6a6f62316d61696c65786563227061796c6f61"
       "64223a31"},
      {JobReady{JobSeq(3), OrderSeq(128)}, "020103038001"},
      {JobLeased{JobSeq(3), LeaseToken(1'048'577), "w1", "9f", Duration::seconds(30), true, kNoon},
       "0301140103818040e0d40380a0abfef962020277313966"},
      {LeaseExtended{JobSeq(3), Duration::minutes(1)}, "04010403c0a907"},
      {JobCompleted{JobSeq(3), LeaseToken(1'048'577), "42", kNoon},
       "05010d0381804080a0abfef962023432"},
      {full_end(),
       "06013c0d038180400302030080a0abfef962a01f0301120709090b54696d656f75746e6f2061"
       "6e737765726174206c696e6520337b226f7574223a2278227d"},
      {EvidenceAdded{JobSeq(3), LeaseToken(7), full_error()},
       "070121030703011207090954696d656f75746e6f20616e737765726174206c696e652033"},
      {CancelRequested{JobSeq(3)}, "08010103"},
      {JobCancelled{JobSeq(3), kNoon}, "0901070380a0abfef962"},
      {JobDied{JobSeq(3), DeathReason::kDeadline, kNoon}, "0a0108030480a0abfef962"},
      {JobRequeued{JobSeq(3), OrderSeq(9), kNoon}, "0b0108030980a0abfef962"},
      {JobsRemoved{kRemoved, kNoon}, "0c010c80a0abfef9620414020bce04"},
      {QueuePaused{"mail", true}, "0d010601046d61696c"},
      {TokensReserved{LeaseToken(2'097'153)}, "0e010481808001"},
  };
}

StorageResult<Event> decoded(EventDecoder& decoder, std::string_view bytes) {
  StorageResult<Event> event = decoder.next(&bytes);
  EXPECT_TRUE(!event.ok() || bytes.empty());
  return event;
}

TEST(EventCodec, GoldenBytes) {
  EventDecoder decoder;
  for (const Sample& sample : samples()) {
    const std::string bytes = encoded(sample.event);
    EXPECT_EQ(hex_of(bytes), sample.hex);
    const StorageResult<Event> event = decoded(decoder, bytes);
    ASSERT_TRUE(event.ok()) << event.error().message;
    EXPECT_TRUE(same(*event, sample.event)) << sample.hex;
  }
}

TEST(EventCodec, HasASampleOfEveryEvent) {
  std::vector<bool> seen(std::variant_size_v<Event>);
  for (const Sample& sample : samples()) seen[sample.event.index()] = true;
  EXPECT_EQ(seen, std::vector<bool>(std::variant_size_v<Event>, true));
}

TEST(EventCodec, OverheadOfFrequentEvents) {
  JobSubmitted submit = plain_submit();
  submit.job = JobSeq(50'000'000);
  submit.order = OrderSeq(50'000'000);
  const std::string body(100, 'x');
  submit.spec.body = body;
  const size_t texts = 4 + 4 + 100;  // id, type, body; the queue is the default one
  EXPECT_LE(encoded(submit).size() - texts, 30U);
  const LeaseToken token(50'000'000);
  EXPECT_LE(encoded(JobCompleted{submit.job, token, "", kNoon}).size(), 20U);
  EXPECT_LE(
      encoded(JobLeased{submit.job, token, "", "", Duration::seconds(30), false, kNoon}).size(),
      24U);
}

TEST(EventCodec, DecodesARunOfEvents) {
  std::string bytes;
  for (const Sample& sample : samples()) encode_event(sample.event, &bytes);
  std::string_view left = bytes;
  EventDecoder decoder;
  for (const Sample& sample : samples()) {
    const StorageResult<Event> event = decoder.next(&left);
    ASSERT_TRUE(event.ok());
    EXPECT_TRUE(same(*event, sample.event));
  }
  EXPECT_TRUE(left.empty());
}

TEST(EventCodec, EveryTruncationIsRefused) {
  EventDecoder decoder;
  for (const Sample& sample : samples()) {
    const std::string bytes = encoded(sample.event);
    for (size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut(bytes, 0, size);  // a copy, so that ASan sees reads behind its end
      const StorageResult<Event> event = decoded(decoder, cut);
      ASSERT_FALSE(event.ok()) << sample.hex << " cut to " << size;
      EXPECT_EQ(event.error().kind, StorageErrorKind::kCorrupt);
    }
  }
}

// What decodes must be an event that can be written and read again; everything else is refused.
void expect_refused_or_well_formed(EventDecoder& decoder, const std::string& bytes) {
  std::string_view left = bytes;
  const StorageResult<Event> event = decoder.next(&left);
  if (!event.ok()) {
    EXPECT_NE(event.error().message, "");
    return;
  }
  EventDecoder again;
  const std::string rewritten = encoded(*event);
  const StorageResult<Event> reread = decoded(again, rewritten);
  ASSERT_TRUE(reread.ok()) << hex_of(bytes) << ": " << reread.error().message;
  EXPECT_TRUE(same(*event, *reread)) << hex_of(bytes);
}

TEST(EventCodec, EveryBitFlipIsRefusedOrWellFormed) {
  EventDecoder decoder;
  for (const Sample& sample : samples()) {
    const std::string bytes = encoded(sample.event);
    for (size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::string flipped = bytes;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
      expect_refused_or_well_formed(decoder, flipped);
    }
  }
}

TEST(EventCodec, NoiseIsRefusedOrWellFormed) {
  std::mt19937_64 random(1);
  EventDecoder decoder;
  for (int i = 0; i < 100'000; ++i) {
    const size_t length = random() % 60;
    std::string bytes;
    bytes += static_cast<char>(random() % 16);
    bytes += static_cast<char>(random() % 8 != 0);
    bytes += static_cast<char>(length);
    for (size_t j = 0; j < length; ++j) {
      bytes += static_cast<char>(random() % 2 == 0 ? random() : random() % 4);
    }
    expect_refused_or_well_formed(decoder, bytes);
  }
}

JobSubmitted random_submit(Random& random) {
  JobSubmitted event;
  event.job = JobSeq(random.id());
  event.order = OrderSeq(random.coin() ? random.id() : 0);
  event.named = random.coin();
  event.at = random.time();
  event.due_at = random.coin() ? random.time() : WallTime();
  JobSpec& spec = event.spec;
  spec.id = random.text(limits::kIdBytes);
  if (random.coin()) spec.queue = random.text(limits::kNameBytes);
  spec.job_type = random.text(limits::kNameBytes);
  if (random.coin()) spec.priority = random.small();
  if (random.coin()) spec.delay = random.duration();
  if (random.coin()) spec.run_at = random.time();
  if (random.coin()) spec.options = random.options();
  if (random.coin()) spec.duration = random.duration();
  spec.fingerprint = random.word();
  spec.body = random.text(900);
  return event;
}

AttemptEnded random_end(Random& random) {
  AttemptEnded event;
  event.job = JobSeq(random.id());
  event.token = LeaseToken(random.id());
  event.outcome = static_cast<Outcome>(1 + random.below(9));
  event.charged = random.coin();
  if (random.coin()) event.error = random.error();
  event.result = random.text(900);
  event.after = static_cast<After>(1 + random.below(4));
  event.reason = static_cast<ScheduleReason>(random.below(5));
  event.keep_order = random.coin();
  event.death = static_cast<DeathReason>(random.below(5));
  event.due_at = random.coin() ? random.time() : WallTime();
  event.at = random.time();
  return event;
}

TEST(EventCodec, RandomEventsComeBack) {
  Random random(7);
  EventDecoder decoder;
  for (int i = 0; i < 5'000; ++i) {
    std::vector<JobSeq> jobs(random.below(300));
    for (JobSeq& job : jobs) job = JobSeq(random.id());
    const JobSeq job(random.id());
    const LeaseToken token(random.id());
    const std::vector<Event> events = {
        random_submit(random),
        random_end(random),
        JobReady{job, OrderSeq(random.id())},
        JobLeased{job, token, random.text(300), random.text(300), random.duration(), random.coin(),
                  random.time()},
        LeaseExtended{job, random.duration()},
        JobCompleted{job, token, random.text(900), random.time()},
        EvidenceAdded{job, token, random.error()},
        JobsRemoved{jobs, random.time()},
    };
    for (const Event& event : events) {
      const std::string bytes = encoded(event);
      const StorageResult<Event> back = decoded(decoder, bytes);
      ASSERT_TRUE(back.ok()) << back.error().message;
      ASSERT_TRUE(same(event, *back)) << hex_of(bytes);
    }
  }
}

struct Refusal {
  const char* what;
  std::string bytes;
  StorageErrorKind kind;
  const char* message;
};

TEST(EventCodec, NamesWhatIsWrong) {
  const std::string cancel("\x08\x01\x01\x03", 4);
  const std::string long_id = std::string("\x01\x01\xd0\x01\x00\x03\x00\xc9\x01\x00\x00", 11);
  const std::vector<Refusal> refusals = {
      {"empty", "", StorageErrorKind::kCorrupt, "longer than its record"},
      {"type 0", std::string("\x00\x01\x01\x03", 4), StorageErrorKind::kCorrupt, "no type"},
      {"version 0", std::string("\x08\x00\x01\x03", 4), StorageErrorKind::kCorrupt, "no type"},
      {"a later type", "\x0f\x01\x01\x03", StorageErrorKind::kVersion, "unknown type 15"},
      {"a later version", "\x08\x02\x01\x03", StorageErrorKind::kVersion,
       "CancelRequested of unknown version 2"},
      {"trailing bytes", "\x08\x01\x02\x03\x03", StorageErrorKind::kCorrupt,
       "CancelRequested: length is more than the fields take"},
      {"oversized", "\x08\x01\x05\x03", StorageErrorKind::kCorrupt, "longer than its record"},
      {"a number above 2^53", "\x08\x01\x08\x80\x80\x80\x80\x80\x80\x80\x10",
       StorageErrorKind::kCorrupt, "CancelRequested: job is out of range"},
      {"an enum out of range", std::string("\x0a\x01\x03\x03\x05\x00", 6),
       StorageErrorKind::kCorrupt, "JobDied: death is out of range"},
      {"an unknown flag", std::string("\x0d\x01\x02\x02\x00", 5), StorageErrorKind::kCorrupt,
       "QueuePaused: paused has unknown bits"},
      {"a removed job above 2^53",
       std::string("\x0c\x01\x0b\x00\x02\xfe\xff\xff\xff\xff\xff\xff\x1f\x02", 14),
       StorageErrorKind::kCorrupt, "JobsRemoved: job is out of range"},
      {"a removed job below 0", std::string("\x0c\x01\x03\x00\x01\x01", 6),
       StorageErrorKind::kCorrupt, "JobsRemoved: job is out of range"},
      {"an id of 201 bytes", long_id + std::string(201, 'x'), StorageErrorKind::kCorrupt,
       "JobSubmitted: id is out of range"},
  };
  for (const Refusal& refusal : refusals) {
    // Two good events before it: the message counts them.
    const std::string bytes = cancel + cancel + refusal.bytes;
    std::string_view left = bytes;
    EventDecoder decoder;
    ASSERT_TRUE(decoder.next(&left).ok());
    ASSERT_TRUE(decoder.next(&left).ok());
    const StorageResult<Event> event = decoder.next(&left);
    ASSERT_FALSE(event.ok()) << refusal.what;
    EXPECT_EQ(event.error().kind, refusal.kind) << refusal.what;
    const std::string& message = event.error().message;
    EXPECT_NE(message.find(refusal.message), std::string::npos) << refusal.what << ": " << message;
    EXPECT_NE(message.find("event 2 of its record, at byte 8"), std::string::npos) << message;
    EXPECT_EQ(left.size(), refusal.bytes.size()) << "an event that is refused is not taken";
  }
}

}  // namespace
}  // namespace muster::storage
