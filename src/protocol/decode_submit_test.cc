#include <gtest/gtest.h>

#include "protocol/decode_check.h"

namespace muster::protocol {
namespace {

constexpr auto kBadRequest = ErrorCode::kBadRequest;

// A submit_job with these fields.
std::string submit(std::string_view fields) {
  return R"({"type":"submit_job",)" + std::string(fields) + "}";
}

JobSpec job_of(const Decode& decode) {
  const auto& command = decode.command<SubmitJobs>();
  return command.items.size() == 1 ? command.items[0].job : JobSpec();
}

TEST(DecodeSubmit, AllFields) {
  const Decode decode(submit(
      R"("trace":"00-ab-cd-01","tags":["a","b\u00e4"],"payload":{"x": 1.50},"command":["ls","-l"],)"
      R"("duration":1.5,"job_id":"j\u00e41","queue":"mail/eu","job_type":"send",)"
      R"("priority":4294967295,)"
      R"("delay_ms":250,"timeout_ms":60000,"deadline":"2026-11-24T03:30:00Z","max_lost":7,)"
      R"("retry":{"max_attempts":9,"backoff_ms":10,"factor":1.5,"cap_ms":100,"jitter":0.25},)"
      R"("result_ttl_ms":0,"unknown":{"deep":[1]})"));
  const JobSpec job = job_of(decode);
  EXPECT_EQ(job.id,
            "j\xC3\xA4"
            "1");
  EXPECT_EQ(job.queue, "mail/eu");
  EXPECT_EQ(job.job_type, "send");
  EXPECT_EQ(job.priority, 4294967295U);
  EXPECT_EQ(job.delay, Duration::milliseconds(250));
  EXPECT_EQ(job.duration, Duration::milliseconds(1500));
  JobOptions options;
  options.retry = {9, Duration::milliseconds(10), 1500, Duration::milliseconds(100), 250};
  options.max_lost = 7;
  options.timeout = Duration::minutes(1);
  options.deadline = WallTime::from_ms(1'795'491'000'000);
  options.result_ttl = Duration();
  EXPECT_EQ(job.options, options);
  // Always in this order, every value as it was sent.
  EXPECT_EQ(job.body, R"("duration":1.5,"command":["ls","-l"],"payload":{"x": 1.50},)"
                      R"("tags":["a","b\u00e4"],"trace":"00-ab-cd-01")");
}

TEST(DecodeSubmit, JobTypeFollowsFromWhatIsGiven) {
  EXPECT_EQ(job_of(Decode(submit(R"("command":["ls"])"))).job_type, "exec");
  EXPECT_EQ(job_of(Decode(submit(R"("command":["ls"],"duration":1)"))).job_type, "exec");
  EXPECT_EQ(job_of(Decode(submit(R"("duration":0)"))).job_type, "sleep");
  EXPECT_EQ(job_of(Decode(submit(R"("job_type":"mail")"))).job_type, "mail");
  EXPECT_EQ(job_of(Decode(submit(R"("job_type":"mail")"))).body, "");
  expect_refused(submit(R"("payload":1)"), kBadRequest,
                 "job_type is missing: name a handler, or give command (exec) or duration (sleep)");
  expect_refused(submit(R"("job_type":"exec")"), kBadRequest, "command is missing: exec runs it");
  expect_refused(submit(R"("job_type":"sleep")"), kBadRequest,
                 "duration is missing: sleep jobs take so many seconds");
}

TEST(DecodeSubmit, RunAt) {
  EXPECT_EQ(job_of(Decode(submit(R"("duration":1,"run_at":1795491000000)"))).run_at,
            WallTime::from_ms(1'795'491'000'000));
  EXPECT_EQ(job_of(Decode(submit(R"("duration":1,"run_at":"2026-11-24T04:30:00+01:00")"))).run_at,
            WallTime::from_ms(1'795'491'000'000));
  expect_refused(submit(R"("duration":1,"run_at":1,"delay_ms":0)"), kBadRequest,
                 "run_at excludes delay_ms: give one of them");
  for (const char* bad : {"\"tomorrow\"", "-1", "1.5", "1e30", "\"2026-11-24T03:30:00\"", "{}"}) {
    expect_refused(
        submit(std::string(R"("duration":1,"run_at":)") + bad), kBadRequest,
        "run_at must be milliseconds since 1970 (an integer) or RFC 3339 with an offset, "
        "such as \"2026-11-24T03:30:00Z\"");
  }
}

// A request may span lines; an answer that carries its payload may not.
TEST(DecodeSubmit, WhatIsCarriedIsOneLine) {
  const Decode decode(submit("\"command\":[\"a\",\r\n \"b\\n\"],\n\"payload\":{\n\"x\":\t1}"));
  EXPECT_EQ(job_of(decode).body, "\"command\":[\"a\",   \"b\\n\"],\"payload\":{ \"x\":\t1}");
}

TEST(DecodeSubmit, DurationsBelowAMillisecondCountAsOne) {
  EXPECT_EQ(job_of(Decode(submit(R"("duration":0.0001)"))).duration, Duration::milliseconds(1));
  EXPECT_EQ(job_of(Decode(submit(R"("duration":1e1)"))).duration, Duration::seconds(10));
  for (const char* bad : {"-1", "-0.0001", "316224001", "1e400"}) {
    expect_refused(submit(std::string(R"("duration":)") + bad), kBadRequest,
                   std::string("duration must be seconds from 0 to 316224000, not ") + bad);
  }
  expect_refused(submit(R"("duration":"5")"), kBadRequest,
                 "duration must be seconds from 0 to 316224000, not a string");
}

TEST(DecodeSubmit, RefusesWhatIsOutOfRange) {
  const auto refused = [](std::string_view fields, std::string_view message) {
    expect_refused(submit(std::string(R"("duration":1,)") + std::string(fields)), kBadRequest,
                   message);
  };
  refused(R"("priority":-1)", "priority must be an integer from 0 to 4294967295, not -1");
  refused(R"("priority":4294967296)",
          "priority must be an integer from 0 to 4294967295, not 4294967296");
  refused(R"("priority":1.5)", "priority must be an integer from 0 to 4294967295, not 1.5");
  refused(R"("priority":"high")", "priority must be an integer from 0 to 4294967295, not a string");
  refused(R"("priority":null)",
          "priority must be an integer from 0 to 4294967295, not null (leave the "
          "field out instead)");
  refused(
      R"("priority":1111111111222222222233333333334444)",
      "priority must be an integer from 0 to 4294967295, not 11111111112222222222333333333344…");
  refused(R"("delay_ms":316224000001)",
          "delay_ms must be an integer from 0 to 316224000000, not 316224000001");
  refused(R"("timeout_ms":0)", "timeout_ms must be an integer from 1 to 316224000000, not 0");
  refused(R"("max_lost":0)", "max_lost must be an integer from 1 to 1000000, not 0");
  refused(R"("retry":[])", "retry must be an object, not an array");
  refused(R"("retry":{"max_attempts":0})",
          "retry.max_attempts must be an integer from 1 to 1000000, not 0");
  refused(R"("retry":{"factor":0.5})", "retry.factor must be a number from 1 to 100, not 0.5");
  refused(R"("retry":{"jitter":1.5})", "retry.jitter must be a number from 0 to 1, not 1.5");
  refused(R"("retry":{"jitter":1.0001})", "retry.jitter must be a number from 0 to 1, not 1.0001");
  refused(R"("retry":{"jitter":-1e-9})", "retry.jitter must be a number from 0 to 1, not -1e-9");
  refused(R"("queue":"a b")", "queue must be 1 to 200 bytes of A-Z a-z 0-9 . _ : / -");
  refused(R"("queue":"")", "queue must be 1 to 200 bytes of A-Z a-z 0-9 . _ : / -");
  refused(R"("job_type":5)", "job_type must be 1 to 200 bytes of A-Z a-z 0-9 . _ : / -");
}

TEST(DecodeSubmit, Ids) {
  const std::string longest(200, 'x');
  EXPECT_EQ(job_of(Decode(submit(R"("duration":1,"job_id":")" + longest + "\""))).id, longest);
  EXPECT_EQ(job_of(Decode(submit(R"("duration":1,"job_id":"j-1a")"))).id, "j-1a");
  EXPECT_EQ(job_of(Decode(submit(R"("duration":1,"job_id":"j-")"))).id, "j-");
  EXPECT_EQ(job_of(Decode(submit(R"("duration":1)"))).id, "");
  for (const std::string& bad :
       {std::string("\"\""), "\"x" + longest + "\"", std::string(R"("a\n")"),
        std::string(R"("\u0000")"), std::string("\"\x7f\""), std::string(R"("\u0085")"),
        std::string("\"\xC2\x9F\""), std::string("7")}) {
    expect_refused(submit(R"("duration":1,"job_id":)" + bad), kBadRequest,
                   "job_id must be 1 to 200 bytes of UTF-8 without control characters");
  }
  expect_refused(submit(R"("duration":1,"job_id":"\ud800")"), kBadRequest,
                 "job_id has a surrogate without its partner");
  expect_refused(submit(R"("duration":1,"id":"j-17")"), kBadRequest,
                 "id has the form of ids that the server gives (j-<n>): choose another or none");
}

TEST(DecodeSubmit, CommandsAndTags) {
  expect_refused(submit(R"("command":[])"), kBadRequest,
                 "command must hold 1 to 4096 strings, not 0");
  expect_refused(submit(R"("command":"ls")"), kBadRequest,
                 "command must be an array of strings, not a string");
  expect_refused(submit(R"("command":["ls",1])"), kBadRequest, "command must hold strings only");
  expect_refused(submit(R"("command":["a\u0000"])"), kBadRequest,
                 "command holds a string that is too long or contains U+0000");
  EXPECT_EQ(job_of(Decode(submit(R"("command":["a\\u0000"])"))).job_type, "exec");
  std::string tags = R"("duration":1,"tags":["x")";
  for (int i = 0; i < 31; ++i) tags += ",\"x\"";
  EXPECT_EQ(job_of(Decode(submit(tags + "]"))).duration, Duration::seconds(1));
  expect_refused(submit(tags + ",\"x\"]"), ErrorCode::kTooLarge,
                 "tags must hold 0 to 32 strings, not 33");
}

TEST(DecodeSubmit, PayloadsAreKeptByteForByte) {
  for (const char* payload :
       {"1e400", "123456789012345678901234567890.10", "\"\\ud800\"", "[ 1 , 2 ]", "null",
        "{\"a\":1,\"a\":2}", "\"\\u0000\"", "-0", "[[[[]]]]"}) {
    const Decode decode(submit(std::string(R"("job_type":"x","payload":)") + payload));
    EXPECT_EQ(job_of(decode).body, std::string(R"("payload":)") + payload);
  }
}

uint64_t fingerprint(std::string_view fields) { return job_of(Decode(submit(fields))).fingerprint; }

TEST(DecodeSubmit, FingerprintsAreOfTheFieldsAsSent) {
  const uint64_t one = fingerprint(R"("duration":5,"queue":"q","payload":{"a":1})");
  EXPECT_EQ(fingerprint(R"("payload":{"a":1},"queue":"q","duration":5)"), one);
  EXPECT_EQ(fingerprint(R"("job_id":"x","duration":5,"rid":9,"queue":"q","payload":{"a":1})"), one);
  EXPECT_EQ(fingerprint(R"("id":"y", "duration" : 5 , "queue":"q","payload":{"a":1},"z":0)"), one);
  for (const char* other :
       {R"("duration":5,"queue":"q","payload":{"a": 1})",
        R"("duration":5.0,"queue":"q","payload":{"a":1})", R"("duration":5,"payload":{"a":1})",
        R"("duration":5,"job_type":"q","payload":{"a":1})",
        R"("duration":5,"queue":"q","payload":{"a":1},"priority":1000)"}) {
    EXPECT_NE(fingerprint(other), one) << other;
  }
  // Swapping two values changes it.
  EXPECT_NE(fingerprint(R"("delay_ms":1,"timeout_ms":2,"duration":1)"),
            fingerprint(R"("delay_ms":2,"timeout_ms":1,"duration":1)"));
  // Stored on disk with remembered ids: never to change.
  EXPECT_EQ(one, 3317672500442173878ULL);
}

TEST(DecodeSubmit, BatchesReportErrorsPerItem) {
  const Decode decode(
      R"({"type":"submit_jobs","atomic":true,"jobs":[{"job_id":"a\u0062","duration":1,)"
      R"("type":"x"},7,)"
      R"({"job_id":"b"},{"job_id":"c","command":["x"],"payload":[1]}]})");
  const auto& submit_jobs = decode.command<SubmitJobs>();
  EXPECT_TRUE(submit_jobs.batch);
  EXPECT_TRUE(submit_jobs.atomic);
  ASSERT_EQ(submit_jobs.items.size(), 4U);
  EXPECT_EQ(submit_jobs.items[0].error, nullptr);
  EXPECT_EQ(submit_jobs.items[0].job.id, "ab");
  ASSERT_NE(submit_jobs.items[1].error, nullptr);
  EXPECT_EQ(submit_jobs.items[1].error->message, "a job must be an object with its fields");
  ASSERT_NE(submit_jobs.items[2].error, nullptr);
  EXPECT_EQ(submit_jobs.items[2].error->message,
            "job_type is missing: name a handler, or give command (exec) or duration (sleep)");
  EXPECT_EQ(submit_jobs.items[3].job.body, R"("command":["x"],"payload":[1])");
}

TEST(DecodeSubmit, BatchesAreBounded) {
  const auto batch = [](size_t count) {
    std::string line = R"({"type":"submit_jobs","jobs":[)";
    for (size_t i = 0; i < count; ++i) line += i == 0 ? R"({"duration":1})" : R"(,{"duration":1})";
    return line + "]}";
  };
  EXPECT_EQ(Decode(batch(1000)).command<SubmitJobs>().items.size(), 1000U);
  expect_refused(batch(1001), ErrorCode::kTooLarge,
                 "jobs may hold at most 1000 items, not 1001: split it");
  expect_refused(batch(0), kBadRequest, "jobs must hold at least one item");
  expect_refused(R"({"type":"submit_jobs"})", kBadRequest, "jobs is missing: an array of jobs");
  expect_refused(R"({"type":"submit_jobs","jobs":{}})", kBadRequest,
                 "jobs must be an array, not an object");
  expect_refused(R"({"type":"submit_jobs","jobs":[{"duration":1}],"jobs":[{"duration":1}]})",
                 kBadRequest, "jobs is given twice: give it once");
}

}  // namespace
}  // namespace muster::protocol
