#include <gtest/gtest.h>

#include "cli/command_line_fixture.h"
#include "cli/exit_code.h"
#include "cli/submit_stream.h"
#include "client/scripted_server.h"

namespace muster::cli {
namespace {

using client::ScriptedServer;
using Peer = ScriptedServer::Peer;

constexpr const char* kAccepted = R"({"status":"accepted","job_ids":["x"],"errors":[]})";

ScriptedServer::Script answers(std::vector<std::string> lines) {
  return [lines = std::move(lines)](Peer& peer) {
    for (const std::string& line : lines) peer.answer(line);
  };
}

TEST(Submit, PrintsTheId) {
  ScriptedServer server({answers({kAccepted})});
  const CommandRun run =
      run_command({"submit", "--id", "x", "--", "echo", "--hi"}, {.server = server.address()});
  EXPECT_EQ(run.code, kOk);
  EXPECT_EQ(run.out, "x\n");
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(server.seen().at(0),
            R"({"type":"submit_jobs","jobs":[{"job_id":"x","command":["echo","--hi"]}]})");
}

TEST(Submit, EveryFlagIsAField) {
  ScriptedServer server({answers({kAccepted})});
  const CommandRun run = run_command(
      {"submit",  "--id",       "x",         "--queue", "q",          "--priority", "5",
       "--delay", "10s",        "--timeout", "5m",      "--deadline", "@7",         "--retries",
       "0",       "--max-lost", "1",         "--tag",   "a",          "--tag",      "b",
       "--type",  "resize",     "--payload", "[1]",     "-o",         "json"},
      {.server = server.address()});
  EXPECT_EQ(run.code, kOk) << run.err;
  EXPECT_EQ(run.out, "{\"job_id\":\"x\",\"duplicate\":false}\n");
  EXPECT_EQ(server.seen().at(0),
            R"({"type":"submit_jobs","jobs":[{"job_id":"x","queue":"q","job_type":"resize",)"
            R"("priority":5,"delay_ms":10000,"timeout_ms":300000,"deadline":7000,)"
            R"("retry":{"max_attempts":1},"max_lost":1,"tags":["a","b"],"payload":[1]}]})");
}

TEST(Submit, RefusalsBecomeExitCodes) {
  ScriptedServer server(
      {answers({R"({"status":"accepted","job_ids":[null],"errors":[{"index":0,"code":"conflict",)"
                R"("message":"the id is taken","retryable":false}]})"})});
  const CommandRun run = run_command({"submit", "--sleep", "5"}, {.server = server.address()});
  EXPECT_EQ(run.code, kConflict);
  EXPECT_EQ(run.out, "");
  EXPECT_EQ(run.err, "muster: conflict: the id is taken\n");
}

// Feeds `pieces` to a submit_stream; `ready` says for each whether more is there at once.
CommandRun stream(const std::string& address, std::vector<std::string> pieces,
                  std::vector<bool> ready, Terminal::Traits traits = {}) {
  CommandRun run;
  Terminal terminal = terminal_into(&run, traits);
  Remote remote;
  Flags flags;
  remote.declare_server(&flags);
  EXPECT_EQ(flags.flags[0].read(address), "");
  size_t read = 0;
  const StreamSource source{
      .read = [&] { return read < pieces.size() ? pieces[read++] : std::string(); },
      .ready = [&] { return read > ready.size() || ready[read - 1]; }};
  run.code = submit_stream(terminal, remote, source);
  return run;
}

TEST(SubmitStream, LinesInPiecesGoInBatchesAsTheyCome) {
  ScriptedServer server(
      {answers({R"({"status":"accepted","job_ids":["a","b"],"errors":[]})",
                R"({"status":"accepted","job_ids":["c"],"duplicates":[0],"errors":[]})"})});
  const CommandRun run =
      stream(server.address(),
             {"{\"job_id\":\"a\"}\n{\"job_", "id\":\"b\"}\n\n  \n", "{\"job_id\":\"c\"}"},
             {true, false, true});
  EXPECT_EQ(run.code, kOk);
  EXPECT_EQ(run.out, "a\nb\nc\n");
  EXPECT_EQ(run.err, "");
  EXPECT_EQ(server.seen().size(), 2u);
}

TEST(SubmitStream, BadLinesAreNamedAndTheOthersGo) {
  ScriptedServer server({answers(
      {R"({"status":"accepted","job_ids":["a",null],"errors":[{"index":1,"code":"bad_request",)"
       R"("message":"priority: expected a number","retryable":false}]})"})});
  const CommandRun run =
      stream(server.address(),
             {"{\"job_id\":\"a\"}\n\nnot json\n{\"job_id\":\"b\",\"priority\":\"x\"}\n"}, {true});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.out, "a\n");
  EXPECT_NE(run.err.find("muster: line 3: not JSON"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("muster: line 4: bad_request: priority: expected a number\n"),
            std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("1 accepted, 2 refused"), std::string::npos) << run.err;
}

TEST(SubmitStream, ALostServerSaysWhereToGoOn) {
  ScriptedServer server({});
  const std::string address = server.address();
  const CommandRun run = stream("127.0.0.1:1", {"{}\n{}\n"}, {true});
  EXPECT_EQ(run.code, kUnavailable);
  EXPECT_NE(run.err.find("line 1: cannot reach"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("from line 1 on"), std::string::npos) << run.err;
}

TEST(SubmitStream, ProgressOnlyWhereSomebodyLooks) {
  ScriptedServer server({answers({R"({"status":"accepted","job_ids":["a"],"errors":[]})"})});
  const CommandRun run = stream(server.address(), {"{}\n"}, {true}, {.err_is_terminal = true});
  EXPECT_EQ(run.out, "a\n");
  EXPECT_NE(run.err.find("\r\x1b[K1 accepted"), std::string::npos) << run.err;
}

}  // namespace
}  // namespace muster::cli
