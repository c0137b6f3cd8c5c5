#include <gtest/gtest.h>

#include "cli/command_line_fixture.h"
#include "cli/exec_result.h"
#include "cli/exit_code.h"
#include "client/scripted_server.h"

namespace muster::cli {
namespace {

using client::ScriptedServer;
using Peer = ScriptedServer::Peer;

// Accepts one job, and answers the wait for it with `record`.
CommandRun run_to(const std::string& record, std::vector<std::string> words = {"run", "--", "x"}) {
  ScriptedServer server({[&](Peer& peer) {
    const std::string request = peer.answer(R"({"status":"accepted","job_ids":["x"],"errors":[]})");
    EXPECT_NE(request.find("\"retry\":{\"max_attempts\":1}"), std::string::npos) << request;
    const std::string wait = peer.answer(record);
    EXPECT_NE(wait.find("\"type\":\"wait_job\""), std::string::npos) << wait;
  }});
  return run_command(std::move(words), {.server = server.address()});
}

std::string stream(const std::string& head) {
  return R"({"head":")" + head + R"(","tail":"","dropped_bytes":0,"encoding":"utf8","bytes":0})";
}

TEST(Run, PrintsTheOutputAndEndsWithItsCode) {
  const CommandRun run = run_to(
      R"({"status":"ok","job_id":"x","state":"completed","result":{"exit_code":0,"signal":null,)"
      R"("duration_ms":1,"max_rss_bytes":1,"stdout":)" +
      stream("out\\n") + ",\"stderr\":" + stream("err\\n") + "}}");
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, "out\n");
  EXPECT_EQ(run.err, "err\n");
}

TEST(Run, FailuresHaveTheirOwnCode) {
  const CommandRun run =
      run_to(R"({"job_id":"x","state":"dead","death_reason":"attempts","result":{"exit_code":3,)"
             R"("signal":null,"stdout":)" +
             stream("") + ",\"stderr\":" + stream("no\\n") + "}}");
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.err, "no\n");
}

TEST(Run, SignalsAre128AndMore) {
  EXPECT_EQ(
      run_to(R"({"job_id":"x","state":"dead","result":{"exit_code":null,"signal":9,"stdout":)" +
             stream("") + "}}")
          .code,
      137);
}

TEST(Run, BytesAreBytesAndGapsAreNamed) {
  const CommandRun run =
      run_to(R"({"job_id":"x","state":"completed","result":{"exit_code":0,"stdout":{"head":"/wD+",)"
             R"("tail":"Cg==","dropped_bytes":7,"encoding":"base64","bytes":11},"stderr":)" +
             stream("") + "}}");
  EXPECT_EQ(run.out, std::string("\xff\0\xfe\n\n", 5));
  EXPECT_NE(run.err.find("7 bytes of stdout were not kept"), std::string::npos) << run.err;
}

TEST(Run, JobsThatNeverRanSayWhy) {
  const CommandRun lost =
      run_to(R"({"job_id":"x","state":"dead","death_reason":"lost","attempts":[{"attempt":1,)"
             R"("worker_id":"w","outcome":"lost","charged":true}]})");
  EXPECT_EQ(lost.code, kFailed);
  EXPECT_NE(lost.err.find("job x gave up (lost): attempt lost"), std::string::npos) << lost.err;
  const CommandRun cancelled = run_to(R"({"job_id":"x","state":"cancelled"})");
  EXPECT_EQ(cancelled.code, kFailed);
  EXPECT_NE(cancelled.err.find("was cancelled"), std::string::npos) << cancelled.err;
}

TEST(Run, JsonIsTheRecordAsItCame) {
  const std::string record = R"({"job_id":"x","state":"completed","result":{"exit_code":0}})";
  const CommandRun run = run_to(record, {"run", "-o", "json", "--", "x"});
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.out, record + "\n");
}

TEST(ExitCodeOf, AJobThatDidNotCompleteIsNeverZero) {
  const auto code = [](const char* state, const char* result) {
    return exit_code_of({.state = state, .result = result});
  };
  EXPECT_EQ(code("completed", ""), 0);
  EXPECT_EQ(code("completed", "{\"anything\":1}"), 0);
  EXPECT_EQ(code("completed", "{\"exit_code\":0}"), 0);
  EXPECT_EQ(code("dead", "{\"exit_code\":0}"), 1);
  EXPECT_EQ(code("dead", "{\"exit_code\":42}"), 42);
  EXPECT_EQ(code("dead", ""), 1);
  EXPECT_EQ(code("cancelled", "{\"exit_code\":null,\"signal\":15}"), 143);
  EXPECT_EQ(code("running", ""), 1);
  EXPECT_EQ(exit_code_of({.state = "dead", .history = {{.exit_code = 7}}}), 7);
  EXPECT_EQ(exit_code_of({.state = "dead", .history = {{.signal = 6}}}), 134);
}

TEST(ReadExecResult, TakesOnlyWhatIsOne) {
  for (const char* text : {"", "5", "[]", "{}", "{\"stdout\":5}", "{\"exit_code\":0"}) {
    EXPECT_FALSE(read_exec_result(text)) << text;
  }
  const auto result = read_exec_result(
      R"({"exit_code":300,"signal":-1,"duration_ms":12,"max_rss_bytes":1234,"stdout":{}})");
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->exit_code);
  EXPECT_FALSE(result->signal);
  EXPECT_EQ(result->duration, client::Milliseconds(12));
  EXPECT_EQ(result->max_rss_bytes, 1234u);
}

}  // namespace
}  // namespace muster::cli
