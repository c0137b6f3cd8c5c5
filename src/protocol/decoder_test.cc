// What holds for every verb: the class project's messages, rid, the wrapped form, errors.
#include "protocol/decoder.h"

#include <gtest/gtest.h>

#include "protocol/decode_check.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

TEST(Decoder, ClassProjectSubmit) {
  Decode decode(R"({"type":"submit_job","job_id":"job1","duration":5})");
  const auto& submit = decode.command<SubmitJobs>();
  ASSERT_EQ(submit.items.size(), 1U);
  EXPECT_FALSE(submit.batch);
  const JobSpec& job = submit.items[0].job;
  EXPECT_EQ(job.id, "job1");
  EXPECT_EQ(job.queue, "default");
  EXPECT_EQ(job.job_type, "sleep");
  EXPECT_EQ(job.duration, Duration::seconds(5));
  EXPECT_EQ(job.body, R"("duration":5)");
  EXPECT_EQ(job.options, JobOptions());
  EXPECT_EQ(decode->verb, "submit_job");
}

TEST(Decoder, ClassProjectRequestIsPlainOnlyWithItsFields) {
  const auto plain = [](std::string_view line) {
    return Decode(line).command<RequestJobs>().plain;
  };
  EXPECT_TRUE(plain(R"({"type":"request_job","worker_id":"worker1"})"));
  EXPECT_TRUE(plain(R"({"worker_id":"worker1","type":"request_job","mood":"good"})"));
  EXPECT_TRUE(plain(R"({"type":"request_job","data":{"worker_id":"worker1"}})"));
  EXPECT_FALSE(plain(R"({"type":"request_job","worker_id":"worker1","rid":1})"));
  EXPECT_FALSE(plain(R"({"type":"request_job","rid":1,"data":{"worker_id":"worker1"}})"));
  EXPECT_FALSE(plain(R"({"type":"request_job","worker_id":"worker1","max":1})"));
  EXPECT_FALSE(plain(R"({"type":"request_job","worker_id":"worker1","queues":[]})"));
}

TEST(Decoder, ClassProjectCompletionIsPlainOnlyWithItsFields) {
  const auto plain = [](std::string_view line) {
    return Decode(line).command<CompleteJobs>().plain;
  };
  EXPECT_TRUE(plain(R"({"type":"job_complete","job_id":"job1","worker_id":"worker1"})"));
  EXPECT_TRUE(plain(R"({"type":"job_complete","id":"job1","worker_id":"worker1","x":0})"));
  EXPECT_FALSE(plain(R"({"type":"job_complete","job_id":"job1","worker_id":"w","lease":3})"));
  EXPECT_FALSE(plain(R"({"type":"job_complete","job_id":"job1","worker_id":"w","rid":"a"})"));
  Decode decode(R"({"type":"job_complete","job_id":"job1","worker_id":"worker1"})");
  const auto& complete = decode.command<CompleteJobs>();
  ASSERT_EQ(complete.items.size(), 1U);
  EXPECT_EQ(complete.items[0].ref.job_id, "job1");
  EXPECT_EQ(complete.items[0].ref.worker_id, "worker1");
  EXPECT_EQ(complete.items[0].ref.lease, std::nullopt);
}

TEST(Decoder, IdStandsForJobId) {
  EXPECT_EQ(Decode(R"({"type":"job_status","id":"a"})").command<GetJob>().job_id, "a");
  expect_refused(R"({"type":"job_status","id":"a","job_id":"a"})", ErrorCode::kBadRequest,
                 "id means job_id, which is given too: give one");
}

TEST(Decoder, TheVerbMayStandAnywhereAndBeEscaped) {
  EXPECT_EQ(Decode(R"({"job_id":"a","type":"job_status"})")->verb, "job_status");
  EXPECT_EQ(Decode(R"( { "type" : "job_status" , "job_id" : "a" } )")->verb, "job_status");
  EXPECT_EQ(Decode(R"({"\u0074ype":"job\u005fstatus","job_id":"a"})")->verb, "job_status");
  EXPECT_EQ(Decode(R"({"type":"job_status","job\u005fid":"a\u0062"})").command<GetJob>().job_id,
            "ab");
}

TEST(Decoder, WrappedFields) {
  Decode decode(R"({"type":"submit_job","rid":7,"data":{"id":"job1","duration":5,"priority":3}})");
  const auto& submit = decode.command<SubmitJobs>();
  ASSERT_EQ(submit.items.size(), 1U);
  EXPECT_EQ(submit.items[0].job.id, "job1");
  EXPECT_EQ(submit.items[0].job.priority, 3U);
  EXPECT_EQ(decode->rid, "7");
  // Outside, other fields count as unknown; also when a batch was read before `data` came.
  Decode batch(R"({"type":"submit_jobs","jobs":[{"duration":1},{"duration":2}],)"
               R"("data":{"atomic":true}})");
  EXPECT_EQ(batch.error().message, "data.jobs is missing: an array of jobs");
  Decode ignored(R"({"type":"submit_job","priority":3,"data":{"duration":5}})");
  EXPECT_EQ(ignored.command<SubmitJobs>().items[0].job.priority, limits::kDefaultPriority);
  EXPECT_EQ(ignored.command<SubmitJobs>().items.size(), 1U);
}

TEST(Decoder, AFieldInBothPlacesIsRefused) {
  expect_refused(R"({"type":"submit_job","job_id":"a","data":{"job_id":"a","duration":5}})",
                 ErrorCode::kBadRequest, "data.job_id is given outside data, too: give it once");
  expect_refused(R"({"type":"submit_job","rid":1,"data":{"rid":1,"duration":5}})",
                 ErrorCode::kBadRequest, "data.rid is given twice: give it once");
}

TEST(Decoder, DataThatIsNoObjectIsAnUnknownField) {
  EXPECT_EQ(Decode(R"({"type":"job_status","job_id":"a","data":"x"})").command<GetJob>().job_id,
            "a");
}

TEST(Decoder, KnownFieldsMustNotRepeat) {
  expect_refused(R"({"type":"stats","type":"stats"})", ErrorCode::kBadRequest,
                 "type is given twice: give it once");
  expect_refused(R"({"type":"submit_job","duration":1,"dur\u0061tion":1})", ErrorCode::kBadRequest,
                 "duration is given twice: give it once");
  expect_refused(R"({"type":"submit_job","duration":1,"retry":{"factor":2,"factor":2}})",
                 ErrorCode::kBadRequest, "retry.factor is given twice: give it once");
  Decode unknown(R"({"type":"stats","x":1,"x":2})");
  unknown.command<GetStats>();
}

TEST(Decoder, RidIsEchoedRaw) {
  EXPECT_EQ(Decode(R"({"type":"stats","rid":9007199254740991})")->rid, "9007199254740991");
  EXPECT_EQ(Decode(R"({"type":"stats","rid":"a\nb"})")->rid, R"("a\nb")");
  EXPECT_EQ(Decode(R"({"rid":1,"type":"stats"})")->rid, "1");
  EXPECT_EQ(Decode(R"({"type":"stats"})")->rid, "");
  for (const char* rid : {"9007199254740992", "-1", "1.5", "true", "null", "[1]", "{}"}) {
    const std::string line = std::string(R"({"type":"stats","rid":)") + rid + "}";
    expect_refused(
        line, ErrorCode::kBadRequest,
        "rid must be an integer from 0 to 9007199254740991 or a string of at most 64 bytes");
  }
  const std::string longest = "\"" + std::string(64, 'x') + "\"";
  EXPECT_EQ(Decode(R"({"type":"stats","rid":)" + longest + "}")->rid, longest);
  Decode longer(R"({"type":"stats","rid":"x)" + longest.substr(1) + "}");
  EXPECT_EQ(longer.error().code, ErrorCode::kBadRequest);
  EXPECT_EQ(longer->rid, "");
}

TEST(Decoder, RefusalsCarryRidAndJobId) {
  Decode decode(R"({"type":"job_extend","job_id":"a","lease":1,"lease_ms":0,"rid":"r"})");
  EXPECT_EQ(decode.error().message, "lease_ms must be an integer from 1000 to 316224000000, not 0");
  EXPECT_EQ(decode->rid, "\"r\"");
  EXPECT_EQ(decode->job_id, "a");
  EXPECT_EQ(decode->verb, "job_extend");
  EXPECT_EQ(Decode(R"({"type":"frobnicate","rid":5})")->rid, "5");
  // Of a malformed line, whatever came before the place.
  EXPECT_EQ(Decode(R"({"type":"stats","rid":5,"x":01})")->rid, "5");
}

TEST(Decoder, UnknownVerbs) {
  expect_refused(R"({"type":"submit_jop"})", ErrorCode::kUnknownType,
                 R"(unknown type "submit_jop"; did you mean "submit_job"?)");
  expect_refused(R"({"type":"xyzzy"})", ErrorCode::kUnknownType,
                 R"(unknown type "xyzzy"; docs/protocol.md lists the verbs)");
  expect_refused(R"({"type":"queue_purge","queue":"q"})", ErrorCode::kUnknownType,
                 R"(unknown type "queue_purge"; did you mean "queue_pause"?)");
  for (const char* later :
       {"update_job", "queue_set", "worker_drain", "schedule_set", "subscribe", "explain", ""}) {
    const std::string line = std::string(R"({"type":")") + later + "\"}";
    EXPECT_EQ(Decode(line).error().code, ErrorCode::kUnknownType) << later;
  }
  expect_refused("{}", ErrorCode::kBadRequest,
                 R"(type is missing: a message names its verb, such as {"type":"submit_job",…})");
  expect_refused(R"({"type":5})", ErrorCode::kBadRequest,
                 "type must be a string that names a verb");
  EXPECT_EQ(Decode(R"({"type":")" + std::string(100'000, 'x') + "\"}").error().code,
            ErrorCode::kUnknownType);
}

TEST(Decoder, MalformedJsonAnywhereIsBadJson) {
  for (const char* line : {"",
                           "{",
                           "[]",
                           "x",
                           R"({"type":"stats",})",
                           R"({"type":"stats"}x)",
                           R"({"type":"stats","x":[1,]})",
                           R"({"type":"stats","x":01})",
                           R"({"type":"stats","x":"\x"})",
                           "{\"type\":\"stats\",\"x\":\"\xFF\"}",
                           R"({"type":"nonsense","x":01})",
                           R"({"x":01,"type":"stats"})",
                           R"({"type":"stats" "x":1})",
                           R"({"type":"submit_jobs","jobs":[{"duration":1},{"duration":01}]})",
                           R"({"type":"submit_jobs","jobs":[{"duration":1})",
                           R"({"type":"submit_jobs","jobs":[1,]})",
                           R"({"type":"job_complete","job_id":"a","lease":1,"submit":[{"a":nul}]})",
                           R"({"type":"jobs_complete","jobs":[{"job_id":"a","lease":1,"x":[}]}]})",
                           R"({"type":"submit_job","data":{"duration":5,}})",
                           R"({"type":})",
                           R"({"type")"}) {
    EXPECT_EQ(Decode(line).error().code, ErrorCode::kBadJson) << line;
  }
  expect_refused(R"({"type":"stats","x":01})", ErrorCode::kBadJson,
                 "a number must not begin with 0 (at byte 21)");
}

// What is cut anywhere is refused and nothing is read beyond its end (the sanitizers watch that).
TEST(Decoder, EveryPrefixIsRefused) {
  const std::string line =
      R"({"type":"submit_jobs","rid":"r","jobs":[{"job_id":"\u00e4","retry":{"factor":1.5},)"
      R"("payload":{"a":[1.5e3,true,null]},"tags":["x"]}],"atomic":false,"data":1})";
  for (size_t size = 0; size < line.size(); ++size) {
    const std::string prefix = line.substr(0, size);
    EXPECT_EQ(Decode(std::string_view(prefix.data(), size)).error().code, ErrorCode::kBadJson)
        << size;
  }
}

TEST(Decoder, OneDecoderServesManyRequests) {
  Decoder decoder;
  for (int round = 0; round < 3; ++round) {
    EXPECT_TRUE(std::holds_alternative<Error>(decoder.decode("{").what));
    const Request& hello =
        decoder.decode(R"({"type":"hello","proto":1,"client":"c","namespace":"n"})");
    ASSERT_TRUE(std::holds_alternative<Hello>(hello.what));
    EXPECT_EQ(std::get<Hello>(hello.what).client, "c");
    EXPECT_EQ(std::get<Hello>(hello.what).ns, "n");
    const Request& stats = decoder.decode(R"({"type":"stats"})");
    EXPECT_EQ(stats.rid, "");
    EXPECT_TRUE(std::holds_alternative<GetStats>(std::get<Command>(stats.what)));
  }
}

TEST(Verbs, NearNamesAreSuggested) {
  EXPECT_EQ(nearest_verb("job_completed"), "job_complete");
  EXPECT_EQ(nearest_verb("canceljob"), "cancel_job");
  EXPECT_EQ(nearest_verb("status"), "stats");
  EXPECT_EQ(nearest_verb("zzzzzzzz"), "");
  for (const Verb& verb : verbs()) EXPECT_EQ(find_verb(verb.name), &verb);
  EXPECT_EQ(find_verb(""), nullptr);
  EXPECT_EQ(find_verb("submit_job2"), nullptr);
}

}  // namespace
}  // namespace muster::protocol
