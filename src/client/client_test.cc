#include "muster/client.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>

#include "client/scripted_server.h"

namespace muster::client {
namespace {

using Peer = ScriptedServer::Peer;

// Answers each request with the next of `lines`.
ScriptedServer::Script answers(std::vector<std::string> lines) {
  return [lines = std::move(lines)](Peer& peer) {
    for (const std::string& line : lines) peer.answer(line);
  };
}
// Reads one request and hangs up.
ScriptedServer::Script hang_up() {
  return [](Peer& peer) { peer.read(); };
}

ClientOptions options(const ScriptedServer& server) { return {.server = server.address()}; }

std::string ids(int count) {
  std::string list;
  for (int i = 0; i < count; ++i) list += (i > 0 ? ",\"" : "\"") + std::to_string(i) + "\"";
  return list;
}

TEST(Client, SubmitsUnderANameOfItsOwn) {
  ScriptedServer server({answers({R"({"status":"accepted","job_ids":["x"],"errors":[]})"})});
  Client client(options(server));
  const auto submitted = client.submit({.queue = "q", .command = {"true"}});
  ASSERT_TRUE(submitted);
  EXPECT_EQ(submitted->job_id, "x");
  EXPECT_FALSE(submitted->duplicate);
  const std::string request = server.seen().at(0);
  EXPECT_NE(request.find("\"job_id\":\""), std::string::npos) << request;
  EXPECT_NE(request.find(R"("queue":"q","command":["true"])"), std::string::npos) << request;
}

TEST(Client, SendsTheSameJobAgainAfterALostAnswer) {
  ScriptedServer server(
      {hang_up(), hang_up(),
       answers({R"({"status":"accepted","job_ids":["x"],"duplicates":[0],"errors":[]})"})});
  Client client(options(server));
  const auto submitted = client.submit({.command = {"true"}});
  ASSERT_TRUE(submitted);
  EXPECT_TRUE(submitted->duplicate);
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0], seen[1]);
  EXPECT_EQ(seen[0], seen[2]);
}

TEST(Client, FailsAtOnceWhenThereIsNoServer) {
  std::string address;
  {
    ScriptedServer server({});
    address = server.address();
  }
  int retries = 0;
  Client client({.server = address, .on_retry = [&](const Failure&, Milliseconds) { ++retries; }});
  const auto job = client.status("x");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.failure().kind, FailureKind::kUnreachable);
  EXPECT_EQ(retries, 0);
}

TEST(Client, GivesUpOnAServerThatStaysAway) {
  ScriptedServer server({answers({R"({"type":"stats"})"})});
  int retries = 0;
  Client client({.server = server.address(),
                 .reconnect_for = Milliseconds(20),
                 .on_retry = [&](const Failure&, Milliseconds) { ++retries; }});
  ASSERT_TRUE(client.stats());
  const auto stats = client.stats();
  ASSERT_FALSE(stats);
  EXPECT_EQ(stats.failure().kind, FailureKind::kUnreachable);
  EXPECT_GT(retries, 0);
}

TEST(Client, ManyJobsGoInBatchesAndEachHasItsOutcome) {
  ScriptedServer server({answers(
      {"{\"status\":\"accepted\",\"job_ids\":[" + ids(1'000) + "],\"errors\":[]}",
       R"({"status":"accepted","job_ids":["a",null,"c"],"duplicates":[2],)"
       R"("errors":[{"index":1,"code":"conflict","message":"taken","retryable":false}]})"})});
  Client client(options(server));
  std::vector<NewJob> jobs(1'003, {.command = {"true"}});
  const auto outcomes = client.submit_many(jobs);
  ASSERT_TRUE(outcomes);
  ASSERT_EQ(outcomes->size(), 1'003u);
  EXPECT_EQ((*outcomes)[999]->job_id, "999");
  EXPECT_EQ((*outcomes)[1'000]->job_id, "a");
  ASSERT_FALSE((*outcomes)[1'001]);
  EXPECT_EQ((*outcomes)[1'001].failure().code, "conflict");
  EXPECT_TRUE((*outcomes)[1'002]->duplicate);
}

TEST(Client, LargeJobsMakeSmallBatches) {
  const std::string one = R"({"status":"accepted","job_ids":["x"],"errors":[]})";
  const std::string two = R"({"status":"accepted","job_ids":["x","y"],"errors":[]})";
  ScriptedServer server({answers({two, one})});
  Client client(options(server));
  std::vector<NewJob> jobs(3,
                           {.job_type = "t", .payload = "\"" + std::string(400'000, 'x') + "\""});
  const auto outcomes = client.submit_many(jobs);
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->size(), 3u);
}

TEST(Client, HalvesBatchesForAServerWithASmallerLimit) {
  const std::string large = R"({"type":"error","status":"error","code":"too_large","message":"m"})";
  const std::string one = R"({"status":"accepted","job_ids":["x"],"errors":[]})";
  ScriptedServer server({answers({large, one, large, one})});
  Client client(options(server));
  std::vector<NewJob> jobs(3, {.command = {"true"}});
  const auto outcomes = client.submit_many(jobs);
  ASSERT_TRUE(outcomes);
  ASSERT_EQ(outcomes->size(), 3u);
  EXPECT_TRUE((*outcomes)[0]);
  EXPECT_EQ((*outcomes)[1].failure().code, "too_large");  // alone, and still too large
  EXPECT_TRUE((*outcomes)[2]);
}

TEST(Client, WaitsOutAFullQueueAndSendsOnlyWhatWasRefused) {
  ScriptedServer server({answers(
      {R"({"status":"accepted","job_ids":["a",null],"errors":[{"index":1,"code":"queue_full",)"
       R"("message":"m","retryable":true,"retry_after_ms":1}]})",
       R"({"type":"error","status":"error","code":"disk_low","message":"m","retryable":true})",
       R"({"status":"accepted","job_ids":["b"],"errors":[]})"})});
  std::vector<std::string> whys;
  Client client({.server = server.address(),
                 .on_retry = [&](const Failure& why, Milliseconds) { whys.push_back(why.code); }});
  const auto outcomes = client.submit_many(
      std::vector<NewJob>{{.id = "a", .command = {"true"}}, {.id = "b", .command = {"true"}}});
  ASSERT_TRUE(outcomes);
  EXPECT_EQ((*outcomes)[0]->job_id, "a");
  EXPECT_EQ((*outcomes)[1]->job_id, "b");
  EXPECT_EQ(whys, (std::vector<std::string>{"queue_full", "disk_low"}));
  const auto seen = server.seen();
  EXPECT_EQ(seen.at(1), R"({"type":"submit_jobs","jobs":[{"job_id":"b","command":["true"]}]})");
  EXPECT_EQ(seen.at(2), seen.at(1));
}

TEST(Client, AQueueThatStaysFullStopsTheRest) {
  const std::string full =
      R"({"type":"error","status":"error","code":"queue_full","message":"m","retryable":true})";
  ScriptedServer server({[&](Peer& peer) {
    while (!peer.answer(full).empty()) {
    }
  }});
  Client client({.server = server.address(), .reconnect_for = Milliseconds(10)});
  std::vector<NewJob> jobs(2'500, {.command = {"true"}});
  const auto outcomes = client.submit_many(jobs);
  ASSERT_TRUE(outcomes);
  ASSERT_EQ(outcomes->size(), 2'500u);
  for (const SubmitOutcome& outcome : *outcomes) ASSERT_EQ(outcome.failure().code, "queue_full");
  const auto seen = server.seen();
  for (const std::string& line : seen) EXPECT_EQ(line, seen[0]);  // the second batch was never sent
}

TEST(Client, JsonJobsAreNamedAndBadOnesDoNotGo) {
  ScriptedServer server({answers({R"({"status":"accepted","job_ids":["a","b"],"errors":[]})"})});
  Client client(options(server));
  std::vector<std::string> jobs = {R"({"job_id":"a"})", "{", R"({"command":["x"]})"};
  const auto outcomes = client.submit_many_json(jobs);
  ASSERT_TRUE(outcomes);
  EXPECT_EQ((*outcomes)[0]->job_id, "a");
  EXPECT_EQ((*outcomes)[1].failure().kind, FailureKind::kBadInput);
  EXPECT_EQ((*outcomes)[2]->job_id, "b");
  EXPECT_NE(jobs[2].find("\"job_id\":\""), std::string::npos);
}

TEST(Client, WaitsUntilTheJobHasEnded) {
  ScriptedServer server({answers({R"({"job_id":"x","state":"ready"})"}),
                         answers({R"({"job_id":"x","state":"running"})",
                                  R"({"job_id":"x","state":"completed","result":{"n":1}})"})});
  Client client(options(server));
  const auto job = client.wait("x");
  ASSERT_TRUE(job);
  EXPECT_TRUE(job->ended());
  EXPECT_EQ(job->result, "{\"n\":1}");
  for (const std::string& line : server.seen()) {
    EXPECT_EQ(line, R"({"type":"wait_job","job_id":"x","timeout_ms":60000})");
  }
}

TEST(Client, AWaitThatIsUpGivesTheJobAsItIs) {
  ScriptedServer server({answers({R"({"job_id":"x","state":"running"})"})});
  Client client(options(server));
  const auto job = client.wait("x", Milliseconds(0));
  ASSERT_TRUE(job);
  EXPECT_EQ(job->state, "running");
}

TEST(Client, TheWakerEndsACall) {
  Waker waker;
  ScriptedServer server({[&](Peer& peer) {
                           peer.read();
                           waker.wake();
                           peer.read();  // until the client hangs up
                         },
                         answers({R"({"job_id":"x","state":"ready"})"})});
  Client client({.server = server.address(), .waker = &waker});
  const auto job = client.wait("x");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.failure().kind, FailureKind::kInterrupted);
  waker.clear();
  EXPECT_EQ(client.status("x")->state,
            "ready");  // on a new connection: the old answer may still come
}

TEST(Client, ActionsHaveAnOutcomePerJob) {
  ScriptedServer server(
      {answers({R"({"status":"ok","results":[{"status":"ok","job_id":"a","state":"running"},)"
                R"({"status":"error","job_id":"b","code":"not_found","message":"no such job"},)"
                R"({"status":"ok","job_id":"c","state":"cancelled","duplicate":true}]})"})});
  Client client(options(server));
  const auto outcomes = client.cancel(std::vector<std::string>{"a", "b", "c"});
  ASSERT_TRUE(outcomes);
  EXPECT_EQ((*outcomes)[0]->state, "running");
  EXPECT_EQ((*outcomes)[1].failure().code, "not_found");
  EXPECT_EQ((*outcomes)[1].failure().job_id, "b");
  EXPECT_TRUE((*outcomes)[2]->duplicate);
  EXPECT_EQ(server.seen().at(0), R"({"type":"cancel_job","ids":["a","b","c"]})");
}

TEST(Client, RefusalsAreFailuresWithTheServersCode) {
  ScriptedServer server({answers(
      {R"({"type":"error","status":"error","job_id":"x","code":"not_found","message":"no \"x\""})",
       R"({"type":"error","status":"error","code":"from_the_future","message":"m"})"})});
  Client client(options(server));
  const auto job = client.status("x");
  ASSERT_FALSE(job);
  EXPECT_EQ(job.failure().kind, FailureKind::kRefused);
  EXPECT_EQ(job.failure().code, "not_found");
  EXPECT_EQ(job.failure().message, "no \"x\"");
  EXPECT_EQ(job.failure().job_id, "x");
  EXPECT_EQ(client.stats().failure().code, "from_the_future");
}

TEST(Client, AnswersThatAreNoneAreSaidToBe) {
  ScriptedServer server({answers({"HTTP/1.1 400 Bad Request"}), answers({R"({"job_ids":[]})"}),
                         answers({R"({"results":[]})"})});
  Client client(options(server));
  EXPECT_EQ(client.stats().failure().kind, FailureKind::kBadAnswer);
  EXPECT_EQ(client.submit({.command = {"true"}}).failure().kind, FailureKind::kBadAnswer);
  EXPECT_EQ(client.retry(std::vector<std::string>{"a"}).failure().kind, FailureKind::kBadAnswer);
}

TEST(Client, RawCallsAreOneLine) {
  ScriptedServer server({answers({R"({"status":"ok","n":1})"})});
  Client client(options(server));
  EXPECT_EQ(*client.call("{\n\"type\":\"stats\"}"), R"({"status":"ok","n":1})");
  EXPECT_EQ(server.seen().at(0), R"({ "type":"stats"})");
  EXPECT_EQ(client.call("{} {}").failure().kind, FailureKind::kBadInput);
  EXPECT_EQ(client.call("[1]").failure().kind, FailureKind::kBadInput);
}

}  // namespace
}  // namespace muster::client
