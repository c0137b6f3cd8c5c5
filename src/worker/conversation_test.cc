// The conversation without a socket, process or clock: answers are texts, what comes out is
// compared.
#include "worker/conversation.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

using Words = std::vector<std::string>;

class ConversationTest : public testing::Test {
 protected:
  ConversationTest() : conversation_(worker(), Duration::seconds(30), Duration::seconds(10)) {}

  static WorkerName worker() {
    WorkerName name;
    name.id = "w";
    name.instance = "i1";
    name.queues = {"a", "b"};
    name.concurrency = 2;
    return name;
  }

  void pass(Duration length) { now_ = now_ + length; }
  void connect() { conversation_.connected(now_); }
  void answer(std::string_view text) { conversation_.line(text, now_); }
  void beat_answer(std::string_view text) { conversation_.heartbeat_answer(text, now_); }
  void drain() { conversation_.request_drain("test", now_); }

  // What it does now; the lines that it sends as "verb" or "verb job".
  Words act() {
    actions_ = conversation_.take_actions(now_);
    Words verbs;
    std::string_view lines = actions_.lines;
    while (!lines.empty()) {
      const size_t end = lines.find('\n');
      const auto line = protocol::Answer::parse(lines.substr(0, end));
      CHECK(line.ok());
      const std::string job = (*line)["job_id"].string_or("");
      verbs.push_back(std::string(line->type()) + (job.empty() ? "" : " " + job));
      lines.remove_prefix(end + 1);
    }
    return verbs;
  }

  void enlist(bool resumed = false) {
    connect();
    EXPECT_EQ(act(), Words{"register_worker"});
    answer(std::string(
               R"({"status":"ok","rid":"register","heartbeat_ms":30000,"ttl_ms":10000,"sub":1,)") +
           (resumed ? R"("resumed":true})" : R"("resumed":false})"));
  }
  void assign(std::string_view id, uint64_t lease) {
    answer(R"({"type":"assign_job","rid":"request","job_id":")" + std::string(id) +
           R"(","lease":)" + std::to_string(lease) +
           R"(,"attempt":1,"job_type":"sleep","duration":1})");
  }
  // Asks, and is given this job.
  void take(std::string_view id, uint64_t lease) {
    act();
    assign(id, lease);
  }
  void end(std::string_view id, uint64_t lease, EndKind kind = EndKind::kCompleted) {
    JobEnd end;
    end.name = {std::string(id), LeaseToken(lease), 1};
    end.kind = kind;
    end.result = "1";
    conversation_.ended(std::move(end));
  }
  void ok(uint64_t lease) {
    answer(R"({"status":"ok","rid":)" + std::to_string(lease) + R"(,"job_id":"x"})");
  }
  void refuse(std::string_view rid, std::string_view code, bool retryable = false) {
    answer(R"({"type":"error","status":"error","rid":)" + std::string(rid) + R"(,"code":")" +
           std::string(code) + R"(","message":"m","retryable":)" +
           (retryable ? "true}" : "false}"));
  }
  std::vector<uint64_t> stopped() const {
    std::vector<uint64_t> leases;
    for (const auto& [lease, reason] : actions_.stop) leases.push_back(lease.value());
    return leases;
  }

  Instant now_ = Instant::from_ms(1'000'000);
  Conversation conversation_;
  Actions actions_;
};

TEST_F(ConversationTest, RegistersThenAsksForAsManyAsAreFree) {
  enlist();
  EXPECT_EQ(act(), Words{"request_job"});
  EXPECT_NE(actions_.lines.find(R"("queues":["a","b"],"max":2,"wait_ms":20000)"),
            std::string::npos);
  EXPECT_EQ(act(), Words{});  // one request at a time
  assign("x", 5);
  EXPECT_EQ(act(), Words{"request_job"});
  EXPECT_EQ(actions_.start.size(), 1U);
  EXPECT_NE(actions_.lines.find(R"("max":1)"), std::string::npos);
  assign("y", 6);
  EXPECT_EQ(act(), Words{});  // no slot is free
  EXPECT_EQ(actions_.start.size(), 1U);
  EXPECT_TRUE(conversation_.holds_jobs());
}

TEST_F(ConversationTest, ReportsBeforeItAsksAgain) {
  enlist();
  take("x", 5);
  take("y", 6);
  act();
  end("x", 5);
  EXPECT_EQ(act(), (Words{"job_complete x", "request_job"}));
  ok(5);
  act();
  ASSERT_EQ(actions_.reported.size(), 1U);
  EXPECT_EQ(actions_.reported[0].outcome, "completed");
}

TEST_F(ConversationTest, EveryEndHasItsVerb) {
  enlist();
  const EndKind kinds[] = {EndKind::kCompleted, EndKind::kFailed,   EndKind::kTimedOut,
                           EndKind::kCancelled, EndKind::kReleased, EndKind::kLeaseLost};
  for (uint64_t i = 0; i < 6; ++i) end("x" + std::to_string(i), i + 1, kinds[i]);
  EXPECT_EQ(act(), (Words{"job_complete x0", "job_failed x1", "job_failed x2", "job_failed x3",
                          "job_release x4", "request_job"}));
}

TEST_F(ConversationTest, AReportIsSentAgainOverTheNextConnection) {
  enlist();
  take("x", 5);
  take("y", 6);
  end("x", 5);
  act();
  conversation_.disconnected("gone");
  EXPECT_EQ(act(), Words{});
  end("y", 6);
  pass(Duration::seconds(3));
  connect();
  EXPECT_EQ(act(), Words{"register_worker"});
  // The server is told what this worker knows of, so that the rest returns.
  EXPECT_NE(actions_.lines.find(R"("held":[{"job_id":"x","lease":5},{"job_id":"y","lease":6}])"),
            std::string::npos);
  EXPECT_EQ(act(), Words{});
  answer(R"({"status":"ok","rid":"register","ttl_ms":10000,"resumed":true})");
  EXPECT_EQ(act(), (Words{"job_complete x", "job_complete y", "request_job"}));
}

TEST_F(ConversationTest, JobsOfALostSessionAreEnded) {
  enlist();
  take("x", 5);
  conversation_.disconnected("gone");
  act();
  enlist(false);
  act();
  EXPECT_EQ(stopped(), std::vector<uint64_t>{5});
  EXPECT_EQ(actions_.stop[0].second, StopReason::kLeaseLost);
  end("x", 5, EndKind::kLeaseLost);
  EXPECT_EQ(act(), Words{});  // nobody is told
}

TEST_F(ConversationTest, JobsOfAResumedSessionGoOn) {
  enlist();
  take("x", 5);
  conversation_.disconnected("gone");
  act();
  enlist(true);
  act();
  EXPECT_EQ(stopped(), std::vector<uint64_t>{});
}

TEST_F(ConversationTest, AfterALongSilenceItRegistersBeforeItAsks) {
  enlist();
  take("x", 5);
  take("y", 6);
  act();
  pass(Duration::seconds(15));  // this process was stopped
  end("x", 5);
  EXPECT_EQ(act(), (Words{"job_complete x", "register_worker"}));
}

TEST_F(ConversationTest, HeartbeatsKeepTheSessionBeyondDoubt) {
  enlist();
  take("x", 5);
  take("y", 6);
  act();
  pass(Duration::seconds(15));
  beat_answer(R"({"status":"ok","state":"running","cancel":[],"heartbeat_ms":3000})");
  end("x", 5);
  EXPECT_EQ(act(), (Words{"job_complete x", "request_job"}));
}

TEST_F(ConversationTest, AnUnknownSessionIsRegisteredAgain) {
  enlist();
  act();
  beat_answer(R"({"status":"error","code":"session_unknown","message":"","retryable":true})");
  EXPECT_EQ(act(), Words{"register_worker"});
  conversation_.disconnected("gone");
  act();
  enlist();
  act();
  refuse("\"request\"", "session_unknown", true);
  EXPECT_EQ(act(), Words{"register_worker"});
}

// A beat that the restarted server answered before the worker had registered may arrive long after
// it has. The registration that follows names what is held, without what is still on its way.
TEST_F(ConversationTest, WhatComesWhileRegisteringIsTheServersAgain) {
  enlist();
  EXPECT_EQ(act(), Words{"request_job"});
  beat_answer(R"({"status":"error","code":"session_unknown","message":"m","retryable":true})");
  EXPECT_EQ(act(), Words{"register_worker"});
  assign("x", 5);  // given before the server read the registration
  EXPECT_EQ(act(), Words{});
  EXPECT_TRUE(actions_.start.empty());
  EXPECT_FALSE(conversation_.holds_jobs());
  answer(R"({"status":"ok","rid":"register","ttl_ms":10000,"resumed":true})");
  EXPECT_EQ(act(), Words{"request_job"});
  assign("x", 6);
  act();
  EXPECT_EQ(actions_.start.size(), 1U);
}

TEST_F(ConversationTest, AReplacedWorkerEndsItsJobsAndExits) {
  enlist();
  take("x", 5);
  act();
  refuse("\"request\"", "session_replaced");
  EXPECT_EQ(act(), Words{});
  EXPECT_EQ(stopped(), std::vector<uint64_t>{5});
  EXPECT_FALSE(conversation_.has_session());
  EXPECT_EQ(actions_.exit, std::nullopt);  // the job has its grace
  end("x", 5, EndKind::kLeaseLost);
  EXPECT_EQ(act(), Words{});
  EXPECT_EQ(actions_.exit, 5);
}

TEST_F(ConversationTest, CancelsComeByPushAndByHeartbeat) {
  enlist();
  take("x", 5);
  answer(R"({"type":"cancel_job","sub":1,"job_id":"x","lease":5})");
  act();
  EXPECT_EQ(stopped(), std::vector<uint64_t>{5});
  EXPECT_EQ(actions_.stop[0].second, StopReason::kCancel);
  beat_answer(R"({"status":"ok","state":"running","cancel":[{"job_id":"x","lease":5}]})");
  act();
  EXPECT_EQ(stopped(), std::vector<uint64_t>{5});
}

TEST_F(ConversationTest, AStaleReportIsDropped) {
  enlist();
  take("x", 5);
  end("x", 5);
  act();
  refuse("5", "lease_lost");
  act();
  ASSERT_EQ(actions_.reported.size(), 1U);
  EXPECT_EQ(actions_.reported[0].outcome, "lease_lost");
  EXPECT_FALSE(conversation_.holds_jobs());
}

TEST_F(ConversationTest, AReportThatIsNotTakenNowGoesAgain) {
  enlist();
  take("x", 5);
  end("x", 5);
  act();
  refuse("5", "unavailable", true);
  EXPECT_EQ(act(), Words{});
  pass(Duration::seconds(1));
  EXPECT_EQ(act(), Words{"job_complete x"});
}

TEST_F(ConversationTest, ARefusedResultIsReportedWithoutIt) {
  enlist();
  take("x", 5);
  end("x", 5);
  act();
  EXPECT_NE(actions_.lines.find("result"), std::string::npos);
  refuse("5", "too_large");
  EXPECT_EQ(act(), Words{"job_complete x"});
  EXPECT_EQ(actions_.lines.find("result"), std::string::npos);
  refuse("5", "bad_request");
  act();
  EXPECT_EQ(actions_.reported.at(0).outcome, "bad_request");
}

TEST_F(ConversationTest, ARefusedRequestWaitsForItsTime) {
  enlist();
  act();
  answer(R"({"type":"error","status":"error","rid":"request","code":"rate_limited","message":"",)"
         R"("retryable":true,"retry_after_ms":4000})");
  EXPECT_EQ(act(), Words{});
  EXPECT_EQ(conversation_.next_deadline(), now_ + Duration::seconds(4));
  pass(Duration::seconds(4));
  EXPECT_EQ(act(), Words{"request_job"});
}

TEST_F(ConversationTest, NoJobAtOnceIsNotAskedAgainAtOnce) {
  enlist();
  act();
  answer(R"({"type":"no_job","rid":"request"})");
  EXPECT_EQ(act(), Words{});
  pass(Duration::milliseconds(200));
  EXPECT_EQ(act(), Words{"request_job"});
  pass(Duration::seconds(4));
  answer(R"({"type":"no_job","rid":"request"})");
  EXPECT_EQ(act(), Words{"request_job"});  // that one had waited
}

TEST_F(ConversationTest, AServerThatDoesNotAnswerIsGivenUp) {
  enlist();
  act();
  pass(Duration::seconds(34));
  act();
  EXPECT_FALSE(actions_.reconnect);
  pass(Duration::seconds(1));
  act();
  EXPECT_TRUE(actions_.reconnect);
  connect();
  EXPECT_EQ(act(), Words{"register_worker"});
  pass(Duration::seconds(15));
  act();
  EXPECT_TRUE(actions_.reconnect);
}

TEST_F(ConversationTest, DrainFinishesWhatRunsAndTakesNothing) {
  enlist();
  take("x", 5);
  act();
  drain();
  EXPECT_EQ(act(), Words{});
  EXPECT_TRUE(actions_.finish);  // a job may be on its way
  assign("late", 6);
  EXPECT_EQ(act(), Words{});
  EXPECT_TRUE(actions_.start.empty());
  conversation_.disconnected("closed");
  EXPECT_EQ(act(), Words{});
  enlist(true);
  EXPECT_EQ(act(), Words{"job_release late"});
  ok(6);
  EXPECT_EQ(act(), Words{});
  EXPECT_EQ(actions_.exit, std::nullopt);
  end("x", 5);
  EXPECT_EQ(act(), Words{"job_complete x"});
  ok(5);
  act();
  EXPECT_EQ(actions_.exit, 0);
}

TEST_F(ConversationTest, AnIdleDrainEndsWithTheConnection) {
  enlist();
  act();
  drain();
  act();
  EXPECT_EQ(actions_.exit, std::nullopt);
  conversation_.disconnected("closed");
  act();
  EXPECT_EQ(actions_.exit, 0);
}

TEST_F(ConversationTest, DrainWithoutAServerEndsAtOnce) {
  drain();
  act();
  EXPECT_EQ(actions_.exit, 0);
}

TEST_F(ConversationTest, AfterTheDrainTimeoutJobsAreHandedBack) {
  enlist();
  take("x", 5);
  take("y", 6);
  drain();
  act();
  pass(Duration::seconds(30));
  beat_answer(R"({"status":"ok","state":"running","cancel":[]})");
  act();
  EXPECT_EQ(stopped(), (std::vector<uint64_t>{5, 6}));
  EXPECT_EQ(actions_.stop[0].second, StopReason::kDrain);
  EXPECT_FALSE(actions_.kill_all);
  end("x", 5, EndKind::kReleased);
  end("y", 6, EndKind::kCompleted);
  EXPECT_EQ(act(), (Words{"job_release x", "job_complete y"}));
}

TEST_F(ConversationTest, TheSecondSignalKills) {
  enlist();
  take("x", 5);
  drain();
  act();
  drain();
  act();
  EXPECT_TRUE(actions_.kill_all);
}

TEST_F(ConversationTest, ADrainThatCannotReportSaysSo) {
  enlist();
  take("x", 5);
  end("x", 5);
  act();
  conversation_.disconnected("gone");
  drain();
  act();
  EXPECT_EQ(actions_.exit, std::nullopt);
  pass(Duration::seconds(30));
  act();
  pass(Duration::seconds(15));
  act();
  EXPECT_EQ(actions_.exit, 1);
  EXPECT_NE(actions_.notes.back().find("1 reports unanswered"), std::string::npos);
}

TEST_F(ConversationTest, TheServerMayAskForQuietAndForTheEnd) {
  enlist();
  beat_answer(R"({"status":"ok","state":"quiet","cancel":[]})");
  EXPECT_EQ(act(), Words{});
  beat_answer(R"({"status":"ok","state":"running","cancel":[]})");
  EXPECT_EQ(act(), Words{"request_job"});
  beat_answer(R"({"status":"ok","state":"stop","cancel":[]})");
  act();
  EXPECT_TRUE(actions_.finish);
}

TEST_F(ConversationTest, NonsenseFromTheServerEndsTheConnectionOnly) {
  enlist();
  take("x", 5);
  answer("HTTP/1.1 400 Bad Request");
  act();
  EXPECT_TRUE(actions_.reconnect);
  EXPECT_EQ(actions_.exit, std::nullopt);
  EXPECT_TRUE(conversation_.holds_jobs());
}

TEST_F(ConversationTest, ARefusedRegistrationEndsTheWorker) {
  connect();
  act();
  refuse("\"register\"", "bad_request");
  act();
  EXPECT_EQ(actions_.exit, 1);
}

}  // namespace
}  // namespace muster::worker
