// Requests that are JSON, and not what their verb asks for: the remaining ways to be wrong, each
// with its message.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "protocol/decode_check.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

constexpr auto kBadRequest = ErrorCode::kBadRequest;
constexpr auto kTooLarge = ErrorCode::kTooLarge;

std::string line_of(std::string_view verb, std::string_view fields) {
  return R"({"type":")" + std::string(verb) + "\"," + std::string(fields) + "}";
}

void refused(std::string_view verb, std::string_view fields, std::string_view message) {
  expect_refused(line_of(verb, fields), kBadRequest, message);
}

TEST(DecodeRefusal, EveryVerbRefusesAFieldThatIsGivenTwice) {
  for (const Verb& verb : verbs()) {
    refused(verb.name, R"("rid":1,"rid":2)", "rid is given twice: give it once");
  }
  // The first error stands, however many follow.
  refused("hello", R"("proto":1,"proto":1,"client":"a","client":"b")",
          "proto is given twice: give it once");
}

TEST(DecodeRefusal, SoDoObjectsInside) {
  const std::string work = R"("job_id":"a","lease":1,)";
  refused("job_failed", work + R"("error":{"message":"x","message":"y"})",
          "error.message is given twice: give it once");
  refused("job_complete", work + R"("next":{"wait_ms":1,"wait_ms":1})",
          "next.wait_ms is given twice: give it once");
  const std::string worker = R"("worker_id":"w","instance":"i",)";
  refused("heartbeat", worker + R"("started":[{"lease":1,"lease":1}])",
          "started[0].lease is given twice: give it once");
}

TEST(DecodeRefusal, AnEscapedNameIsStillTheName) {
  refused("job_status", R"("job\u005fid":5)",
          "job_id must be 1 to 200 bytes of UTF-8 without"
          " control characters");
  // No name that somebody knows is so long; it is an unknown field like any other.
  std::string name;
  for (int i = 0; i < 40; ++i) name += "\\u0061";
  EXPECT_TRUE(Decode(line_of("stats", "\"" + name + "\":1")).accepted());
}

TEST(DecodeRefusal, TheVerbMayBeEscapedWhereItStandsFirst) {
  EXPECT_EQ(Decode(R"({"type":"st\u0061ts"})")->verb, "stats");
  expect_refused(R"({"type":"\ud800"})", ErrorCode::kUnknownType,
                 "unknown type \"\xEF\xBF\xBD\"; docs/protocol.md lists the verbs");
  expect_refused(R"({"type":"nonsense","type":"stats"})", kBadRequest,
                 "type is given twice: give it once");
}

TEST(DecodeRefusal, ALongNumberIsNoRid) {
  const std::string zeros(80, '0');
  refused("stats", "\"rid\":1." + zeros,
          "rid must be an integer from 0 to 9007199254740991 or a string of at most 64 bytes");
  // What was wrong before is what is said.
  refused("job_extend", R"("job_id":"a","lease":1,"lease_ms":0,"rid":-1)",
          "lease_ms must be an integer from 1000 to 316224000000, not 0");
}

TEST(DecodeRefusal, Ids) {
  refused("submit_job", R"("duration":1,"id":"a","job_id":"b")",
          "id means job_id, which is given too: give one");
  const std::string taken =
      " has the form of ids that the server gives (j-<n>): choose another or none";
  refused("submit_job", R"("duration":1,"id":"j-7")", "id" + taken);
  refused("submit_job", R"("duration":1,"job_id":"j-7")", "job_id" + taken);
  for (const char* other : {"j-", "j-7a", "j-/", "j--1", "J-7"}) {
    const std::string fields = R"("duration":1,"id":")" + std::string(other) + "\"";
    EXPECT_TRUE(Decode(line_of("submit_job", fields)).accepted()) << other;
  }
  refused("job_status", R"("job_id":"\udc00")", "job_id has a surrogate without its partner");
  // U+00A0 follows the control characters of Latin-1.
  EXPECT_TRUE(Decode(line_of("job_status", "\"job_id\":\"a\xC2\xA0z\"")).accepted());
  EXPECT_FALSE(Decode(line_of("job_status", "\"job_id\":\"a\xC2\x9Fz\"")).accepted());
}

TEST(DecodeRefusal, Names) {
  const std::string rule = "queue must be 1 to 200 bytes of A-Z a-z 0-9 . _ : / -";
  refused("queue_pause", R"("queue":")" + std::string(201, 'q') + "\"", rule);
  refused("queue_pause", R"("queue":5)", rule);
  refused("queue_pause", R"("queue":"\ud800")", "queue has a surrogate without its partner");
  EXPECT_TRUE(
      Decode(line_of("queue_pause", R"("queue":")" + std::string(200, 'q') + "\"")).accepted());
}

TEST(DecodeRefusal, Texts) {
  refused("hello", R"("client":5)", "client must be a string of 0 to 200 bytes, not 5");
  refused("hello", R"("client":"\ud800")", "client has a surrogate without its partner");
  refused("hello", R"("client":")" + std::string(201, 'c') + "\"",
          "client must be 0 to 200 bytes long, not 201");
  refused("list_jobs", R"("state":"")", "state must be 1 to 200 bytes long, not 0");
  refused("job_failed", R"("job_id":"a","lease":1,"error":{"message":5})",
          "error.message must be a string, not 5");
}

TEST(DecodeRefusal, NumbersAndBooleans) {
  const std::string factor = "retry.factor must be a number from 1 to 100, not ";
  refused("submit_job", R"("duration":1,"retry":{"factor":"2"})", factor + "a string");
  refused("submit_job", R"("duration":1,"retry":{"factor":1e400})", factor + "1e400");
  refused("submit_job", R"("duration":1,"retry":{"factor":0.5})", factor + "0.5");
  refused("job_failed", R"("job_id":"a","lease":1,"retryable":"no")",
          "retryable must be true or false, not a string");
  EXPECT_FALSE(
      Decode(line_of("submit_job", R"("duration":1,"run_at":253402300800000)")).accepted());
}

TEST(DecodeRefusal, Select) {
  const std::string worker = R"("worker_id":"w","select":)";
  refused("request_job", worker + "5", "select must be a string of 1 to 200 bytes, not 5");
  refused("request_job", worker + R"("worst")", R"(select must be "first" or "best")");
  const Decode decode(line_of("request_job", worker + R"("first")"));
  EXPECT_FALSE(decode.command<RequestJobs>().selection.best);
}

// An array of `count` times the item.
std::string array(std::string_view item, size_t count) {
  std::string text = "[";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    text += item;
  }
  return text + "]";
}

TEST(DecodeRefusal, TooManyOfSomething) {
  expect_refused(line_of("request_job", "\"worker_id\":\"w\",\"queues\":" +
                                            array("\"q\"", limits::kQueuesPerRequest + 1)),
                 kTooLarge,
                 fmt::format("queues may have at most {} names", limits::kQueuesPerRequest));
  expect_refused(line_of("cancel_job", "\"ids\":" + array("\"a\"", limits::kBatch + 1)), kTooLarge,
                 fmt::format("ids may have at most {} ids", limits::kBatch));
  expect_refused(line_of("heartbeat", R"("worker_id":"w","instance":"i","started":)" +
                                          array(R"({"job_id":"a","lease":1})", limits::kBatch + 1)),
                 kTooLarge, fmt::format("started may hold at most {} items", limits::kBatch));
  const std::string labels = R"({"x":")" + std::string(limits::kLabelsBytes, 'x') + "\"}";
  expect_refused(line_of("register_worker", R"("worker_id":"w","instance":"i","labels":)" + labels),
                 kTooLarge, fmt::format("labels may have at most {} bytes", limits::kLabelsBytes));
}

TEST(DecodeRefusal, Tags) {
  const std::string message = "tags holds a string that is too long or contains U+0000";
  const std::string longest(limits::kTagBytes, 't');
  EXPECT_TRUE(
      Decode(line_of("submit_job", R"("duration":1,"tags":[")" + longest + "\"]")).accepted());
  refused("submit_job", R"("duration":1,"tags":["x)" + longest + "\"]", message);
  refused("submit_job", R"("duration":1,"tags":["a\u0000b"])", message);
}

TEST(DecodeRefusal, ManyJobsAtOnce) {
  refused("cancel_job", R"("job_id":"a","ids":["b"])", "ids excludes job_id: give one of them");
  refused("cancel_job", R"("id":"a","ids":["b"])", "ids excludes job_id: give one of them");
  refused("cancel_job", R"("ids":"b")", "ids must be an array of ids, not a string");
  refused("cancel_job", R"("ids":[])", "ids must name at least one job");
  refused("cancel_job", R"("ids":["a",5])",
          "ids must be 1 to 200 bytes of UTF-8 without control characters");
}

// A command and what it takes do not exclude each other, and a named type keeps both.
TEST(DecodeRefusal, ATypeWithAllItNeedsIsTaken) {
  const Decode exec(line_of("submit_job", R"("job_type":"exec","command":["x"])"));
  EXPECT_EQ(exec.command<SubmitJobs>().items[0].job.job_type, "exec");
  const Decode timed(line_of("submit_job", R"("job_type":"sleep","duration":1)"));
  EXPECT_EQ(timed.command<SubmitJobs>().items[0].job.job_type, "sleep");
}

// One very long request does not make the decoder keep its memory; what follows is read as before.
TEST(DecodeRefusal, ADecoderIsAsGoodAfterAVeryLongRequest) {
  Decoder decoder;
  const std::string line = line_of(
      "submit_job", R"("duration":1,"payload":")" + std::string(3 * limits::kMiB, 'x') + "\"");
  for (int round = 0; round < 2; ++round) {
    ASSERT_FALSE(std::holds_alternative<Error>(decoder.decode(line).what));
    const Request& small = decoder.decode(line_of("submit_job", R"("duration":1)"));
    const auto* submit = std::get_if<SubmitJobs>(std::get_if<Command>(&small.what));
    ASSERT_NE(submit, nullptr);
    EXPECT_EQ(submit->items[0].job.body, "\"duration\":1");
  }
}

}  // namespace
}  // namespace muster::protocol
