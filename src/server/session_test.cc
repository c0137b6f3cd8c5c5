#include "server/session.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

namespace muster::server {
namespace {

// A host whose engine answers submissions at once, lets requests wait, and knows nothing else.
class ScriptedHost : public SessionHost {
 public:
  void handle(ReplyTo from, const Command& command, Now now) override {
    commands.push_back(command.index());
    if (const auto* submit = std::get_if<SubmitJobs>(&command)) {
      sequence = sequence.next();
      session->answer(from.request, Accepted{submit->items[0].job.id, false}, now);
    } else if (std::holds_alternative<RequestJobs>(command)) {
      waiting.push_back(from.request);
    } else if (std::holds_alternative<Heartbeat>(command)) {
      session->answer(from.request, HeartbeatAnswer{"running", {}, limits::kHeartbeatIdle}, now);
    } else if (const auto* list = std::get_if<ListJobs>(&command)) {
      page_bytes = list->bytes;
      session->answer(from.request, JobPage{}, now);
    } else if (std::holds_alternative<ConnectionHalfClosed>(command)) {
      ++half_closes;
      while (!waiting.empty()) answer_first(NoJob{}, now);
    }
  }
  Sequence applied() const override { return sequence; }
  Pressure::Gate gate() const override { return gate_now; }
  Error refusal() const override { return {ErrorCode::kDiskLow, "full", Duration::seconds(5)}; }
  protocol::ServerFacts facts(Now) const override { return {}; }
  protocol::Decoder& decoder() override { return decoder_; }
  void touched(Session&) override { ++touches; }
  void unsent_changed(ptrdiff_t bytes) override { unsent += bytes; }
  bool crowded() const override { return crowded_now; }

  void answer_first(const Reply& reply, Now now) {
    const RequestId request = waiting.front();
    waiting.erase(waiting.begin());
    session->answer(request, reply, now);
  }

  Session* session = nullptr;
  std::vector<size_t> commands;
  std::vector<RequestId> waiting;
  Sequence sequence{100};
  Pressure::Gate gate_now = Pressure::Gate::kOpen;
  ptrdiff_t unsent = 0;
  bool crowded_now = false;
  size_t page_bytes = 0;
  int half_closes = 0;
  int touches = 0;

 private:
  protocol::Decoder decoder_;
};

class SessionTest : public testing::Test {
 protected:
  SessionTest() : session_(ConnectionId(7), host_, 4096) { host_.session = &session_; }

  void say(std::string_view bytes) { session_.receive(bytes, now_); }
  // What was answered since the last call.
  std::string said() {
    std::string out;
    queue_.take(ConnectionId(7), &session_.outbox());
    queue_.release(Sequence(UINT64_MAX),
                   [&](ConnectionId, const Chunk& chunk) { out += chunk.bytes; });
    return out;
  }
  void pass(Duration time) { now_.steady = now_.steady + time; }

  Now now_{Instant::from_ms(1000), WallTime::from_ms(1'700'000'000'000)};
  ScriptedHost host_;
  CommitQueue queue_;
  Session session_;
};

constexpr std::string_view kSubmit = R"({"type":"submit_job","job_id":"job1","duration":5})";
constexpr std::string_view kAccepted = "{\"status\":\"accepted\",\"job_id\":\"job1\"}\n";
constexpr std::string_view kRequest = R"({"type":"request_job","worker_id":"w","wait_ms":1000})";
constexpr std::string_view kNoJob = "{\"type\":\"no_job\"}\n";

std::string line(std::string_view text) { return std::string(text) + "\n"; }

TEST_F(SessionTest, AnswersOneRequest) {
  say(line(kSubmit));
  EXPECT_EQ(said(), kAccepted);
  EXPECT_TRUE(session_.wants_input());
  EXPECT_FALSE(session_.over());
}

TEST_F(SessionTest, AnswersWhateverTheBytesComeIn) {
  const std::string text = line(kSubmit) + line(kSubmit);
  for (const char byte : text) say({&byte, 1});
  EXPECT_EQ(said(), std::string(kAccepted) + std::string(kAccepted));
  say(text.substr(0, text.size() - 7));
  say(text.substr(text.size() - 7));
  EXPECT_EQ(said(), std::string(kAccepted) + std::string(kAccepted));
}

TEST_F(SessionTest, AnUpperCaseLetterIsHttpForTheLifeOfTheConnection) {
  say("POST / HTTP/1.1\r\nHost: x\r\n\r\n" + line(kSubmit));
  say(line(kSubmit));
  const std::string answer = said();
  EXPECT_EQ(answer.find("HTTP/1.1 501 "), 0U);
  EXPECT_EQ(answer.find("accepted"), std::string::npos);
  EXPECT_TRUE(session_.over());
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(SessionTest, EveryMethodIsHttp) {
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "CONNECT", "PATCH"}) {
    Session other(ConnectionId(8), host_, 4096);
    host_.session = &other;
    other.receive(std::string(method) + " / HTTP/1.1\r\n\r\n" + line(kSubmit), now_);
    EXPECT_TRUE(other.over()) << method;
  }
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(SessionTest, ATlsHandshakeIsClosedUnanswered) {
  say("\x16\x03\x01" + line(kSubmit));
  EXPECT_EQ(said(), "");
  EXPECT_TRUE(session_.over());
  EXPECT_TRUE(host_.commands.empty());
}

TEST_F(SessionTest, ABadLineGetsItsErrorAndTheNextIsServed) {
  say("nonsense\n" + line(kSubmit));
  const std::string answer = said();
  EXPECT_NE(answer.find("\"type\":\"error\""), std::string::npos) << answer;
  EXPECT_NE(answer.find(kAccepted), std::string::npos) << answer;
}

TEST_F(SessionTest, AnUnknownVerbIsAnsweredWithItsRid) {
  say(R"({"type":"dance","rid":"r1"})"
      "\n");
  const std::string answer = said();
  EXPECT_NE(answer.find("unknown_type"), std::string::npos) << answer;
  EXPECT_NE(answer.find(R"("rid":"r1")"), std::string::npos) << answer;
}

TEST_F(SessionTest, AWaitingRequestHoldsLaterAnswers) {
  say(line(kRequest) + line(kSubmit));
  EXPECT_EQ(said(), "");
  EXPECT_EQ(host_.commands.size(), 2U);  // it took effect all the same
  host_.answer_first(NoJob{}, now_);
  EXPECT_EQ(said(), std::string(kNoJob) + std::string(kAccepted));
}

TEST_F(SessionTest, AWaitingRequestWithRidHoldsNone) {
  say(R"({"type":"request_job","worker_id":"w","wait_ms":1000,"rid":5})"
      "\n" +
      line(kSubmit));
  EXPECT_EQ(said(), kAccepted);
  host_.answer_first(NoJob{}, now_);
  EXPECT_NE(said().find("\"rid\":5"), std::string::npos);
}

TEST_F(SessionTest, HalfCloseAnswersWhatWaitsAndEnds) {
  say(line(kRequest));
  session_.end_of_input(now_);
  EXPECT_EQ(host_.half_closes, 1);
  EXPECT_EQ(said(), kNoJob);
  EXPECT_TRUE(session_.over());
}

TEST_F(SessionTest, HalfCloseInsideAnObjectIsBadJson) {
  say(R"({"type":"submit_job")");
  session_.end_of_input(now_);
  EXPECT_NE(said().find("bad_json"), std::string::npos);
  EXPECT_TRUE(session_.over());
}

TEST_F(SessionTest, AnObjectOpenTooLongIsDroppedAndTheConnectionLivesOn) {
  say(R"({"type":"submit_job")");
  EXPECT_TRUE(session_.object_open());
  pass(Duration::milliseconds(29'999));
  session_.check_open_object(now_);
  EXPECT_EQ(said(), "");
  say(",");  // dripping does not help
  pass(Duration::milliseconds(1));
  session_.check_open_object(now_);
  EXPECT_NE(said().find("bad_json"), std::string::npos);
  EXPECT_FALSE(session_.object_open());
  say("\n" + line(kSubmit));
  EXPECT_EQ(said(), kAccepted);
}

TEST_F(SessionTest, SubmissionsWaitWhileTheGateSaysSo) {
  host_.gate_now = Pressure::Gate::kWait;
  say(line(kSubmit) + line(kRequest));
  EXPECT_EQ(said(), "");
  EXPECT_FALSE(session_.wants_input());
  EXPECT_TRUE(session_.held_up());
  session_.resume(now_);
  EXPECT_TRUE(session_.held_up());
  host_.gate_now = Pressure::Gate::kOpen;
  session_.resume(now_);
  EXPECT_EQ(said(), kAccepted);
  EXPECT_EQ(host_.waiting.size(), 1U);
  EXPECT_TRUE(session_.wants_input());
}

TEST_F(SessionTest, SubmissionsAreRefusedWhenTheGateIsShutAndOthersAreNot) {
  host_.gate_now = Pressure::Gate::kDiskLow;
  say(line(kSubmit) + line(kRequest));
  const std::string answer = said();
  EXPECT_NE(answer.find("disk_low"), std::string::npos) << answer;
  EXPECT_NE(answer.find("retry_after_ms"), std::string::npos) << answer;
  EXPECT_EQ(host_.waiting.size(), 1U);
  const size_t handled = host_.commands.size();
  say(R"({"type":"job_complete","job_id":"a","lease":1})");
  say(R"({"type":"job_failed","job_id":"a","lease":1})");
  say(R"({"type":"job_release","job_id":"a","lease":1})");
  say(R"({"type":"heartbeat","worker_id":"w","instance":"one"})");
  EXPECT_EQ(host_.commands.size(), handled + 4);
}

TEST_F(SessionTest, StopsReadingAtTheLimitOfUnansweredRequestsAndResumesAtHalf) {
  const std::string request = R"({"type":"request_job","worker_id":"w","wait_ms":1000,"rid":1})"
                              "\n";
  for (size_t i = 0; i < limits::kUnansweredRequests; ++i) say(request);
  EXPECT_FALSE(session_.wants_input());
  EXPECT_EQ(host_.waiting.size(), limits::kUnansweredRequests);
  while (host_.waiting.size() > limits::kUnansweredRequests / 2) host_.answer_first(NoJob{}, now_);
  session_.resume(now_);
  EXPECT_FALSE(session_.wants_input());
  host_.answer_first(NoJob{}, now_);
  session_.resume(now_);
  EXPECT_TRUE(session_.wants_input());
}

TEST_F(SessionTest, StopsReadingWhenAnswersAreNotTakenAway) {
  session_.queued(limits::kUnsentBytes);
  say(line(kSubmit));
  EXPECT_FALSE(session_.wants_input());
  session_.sent(limits::kUnsentBytes / 2);
  session_.resume(now_);
  EXPECT_FALSE(session_.wants_input());
  session_.sent(1);
  session_.resume(now_);
  EXPECT_TRUE(session_.wants_input());
  EXPECT_EQ(said(), kAccepted);
}

TEST_F(SessionTest, AnswersThatAreHeldBackCountAsUnsent) {
  say(line(kRequest));  // waits without rid: what follows is held
  const std::string hello = "{\"type\":\"hello\"}\n";
  size_t said_hello = 0;
  while (session_.wants_input() && ++said_hello < limits::kUnansweredRequests - 1) say(hello);
  EXPECT_EQ(said(), "");
  EXPECT_GT(host_.unsent, static_cast<ptrdiff_t>(said_hello * 100));
  host_.answer_first(NoJob{}, now_);
  EXPECT_EQ(host_.unsent, static_cast<ptrdiff_t>(session_.outbox().chunk().bytes.size()));
}

TEST_F(SessionTest, HasLittleRoomAndShortPagesWhileThereAreTooManyUnsentAnswers) {
  const std::string list = "{\"type\":\"list_jobs\"}\n";
  say(list);
  EXPECT_EQ(host_.page_bytes, SIZE_MAX);
  host_.crowded_now = true;
  say(list);
  EXPECT_EQ(host_.page_bytes, limits::kUnsentCrowded);
  session_.queued(limits::kUnsentCrowded);
  say(line(kSubmit));
  EXPECT_FALSE(session_.wants_input());
  host_.crowded_now = false;
  session_.resume(now_);
  EXPECT_TRUE(session_.wants_input());
}

TEST_F(SessionTest, StampsAnswersWithTheLastEventAndHeartbeatsWithNone) {
  say(R"({"type":"heartbeat","worker_id":"w","instance":"i"})"
      "\n");
  queue_.take(ConnectionId(7), &session_.outbox());
  int left = 0;
  const auto count = [&](ConnectionId, const Chunk&) { ++left; };
  queue_.release(Sequence(0), count);
  EXPECT_EQ(left, 1);
  say(line(kSubmit));
  queue_.take(ConnectionId(7), &session_.outbox());
  queue_.release(Sequence(100), count);
  EXPECT_EQ(left, 1);
  queue_.release(Sequence(101), count);
  EXPECT_EQ(left, 2);
}

TEST_F(SessionTest, KnowsWhichAssignmentsWereNotSent) {
  JobRecord job;
  job.seq = JobSeq(3);
  job.token = LeaseToken(9);
  job.text = SharedBytes("abc");
  job.id_size = 3;
  job.lane = std::make_shared<LaneName>();
  job.options = std::make_shared<JobOptions>();
  const JobRecord* jobs[] = {&job};
  say(line(kRequest) + line(kRequest));
  const RequestId second = host_.waiting[1];
  session_.answer(second, Assigned{AssignForm::kOne, jobs}, now_);  // held by the first
  ASSERT_EQ(session_.undelivered().size(), 1U);
  EXPECT_EQ(session_.undelivered()[0].job, JobSeq(3));
  EXPECT_EQ(session_.undelivered()[0].token, LeaseToken(9));
  host_.waiting.pop_back();
  host_.answer_first(NoJob{}, now_);
  ASSERT_EQ(session_.undelivered().size(), 1U);
  EXPECT_NE(said(), "");
  EXPECT_TRUE(session_.undelivered().empty());
}

TEST_F(SessionTest, KnowsWhichNextJobsWereNotSent) {
  JobRecord job;
  job.seq = JobSeq(3);
  job.token = LeaseToken(9);
  job.lane = std::make_shared<LaneName>();
  job.options = std::make_shared<JobOptions>();
  Done done;
  done.has_next = true;
  done.next = &job;
  say(line(kRequest));
  host_.answer_first(done, now_);
  ASSERT_EQ(session_.undelivered().size(), 1U);
  EXPECT_EQ(session_.undelivered()[0].token, LeaseToken(9));
}

TEST_F(SessionTest, AStopAnswersWhatWaits) {
  say(line(kRequest));
  session_.stop(now_);
  EXPECT_EQ(said(), kNoJob);
  EXPECT_TRUE(session_.over());
}

TEST_F(SessionTest, HelloNamesTheOnlyNamespace) {
  say(R"({"type":"hello","proto":1,"namespace":"default"})"
      "\n");
  EXPECT_EQ(said().find(R"("status":"error")"), std::string::npos);
  say(R"({"type":"hello","proto":1,"namespace":"other"})"
      "\n");
  EXPECT_NE(said().find("not_found"), std::string::npos);
}

}  // namespace
}  // namespace muster::server
