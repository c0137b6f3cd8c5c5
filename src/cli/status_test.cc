#include <gtest/gtest.h>

#include "cli/command_line_fixture.h"
#include "cli/exit_code.h"
#include "cli/job_table.h"
#include "client/scripted_server.h"

namespace muster::cli {
namespace {

using client::JobInfo;
using client::ScriptedServer;
using Peer = ScriptedServer::Peer;

constexpr const char* kCompleted =
    R"({"status":"ok","job_id":"a","state":"completed","queue":"q","job_type":"exec",)"
    R"("priority":1000,"attempt":1,"submitted_at_ms":1795500000000,"worker_id":"w1",)"
    R"("result":{"exit_code":0,"stdout":{"head":"hi","tail":"","encoding":"utf8"}}})";
constexpr const char* kDead =
    R"({"status":"ok","job_id":"b","state":"dead","queue":"q","job_type":"exec","attempt":2,)"
    R"("submitted_at_ms":1795500000000,"death_reason":"attempts","result":{"exit_code":9}})";
constexpr const char* kRunning =
    R"({"status":"ok","job_id":"c","state":"running","queue":"q","job_type":"exec","attempt":1,)"
    R"("submitted_at_ms":1795500000000,"worker_id":"w1"})";
constexpr const char* kMissing =
    R"({"type":"error","status":"error","job_id":"d","code":"not_found","message":"no job d"})";

CommandRun run_against(std::vector<std::string> lines, std::vector<std::string> words,
                       Terminal::Traits traits = {}) {
  ScriptedServer server({[lines = std::move(lines)](Peer& peer) {
    for (const std::string& line : lines) peer.answer(line);
  }});
  return run_command(std::move(words), {.server = server.address(), .traits = traits});
}

TEST(Status, IsTabSeparatedInAPipe) {
  const CommandRun run = run_against({kCompleted, kDead}, {"status", "a", "b"});
  EXPECT_EQ(run.code, kOk);
  EXPECT_EQ(run.out,
            "a\tcompleted\tq\texec\t1\t2026-11-24T06:00:00.000Z\ton w1\n"
            "b\tdead\tq\texec\t2\t2026-11-24T06:00:00.000Z\tattempts\n");
}

TEST(Status, OneJobIsShownAtLengthToPeople) {
  const CommandRun run = run_against({kCompleted}, {"status", "a"}, {.out_is_terminal = true});
  EXPECT_NE(run.out.find("state      completed\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("exit code  0\n"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("stdout:\n  hi\n"), std::string::npos) << run.out;
}

TEST(Status, JsonIsOneRecordPerLine) {
  const CommandRun run = run_against({kCompleted, kDead}, {"status", "-o", "json", "a", "b"});
  EXPECT_EQ(run.out, std::string(kCompleted) + "\n" + kDead + "\n");
}

TEST(Status, ShowsTheOthersWhenOneIsMissing) {
  const CommandRun run = run_against({kMissing, kRunning}, {"status", "d", "c"});
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.out.substr(0, 9), "c\trunning");
  EXPECT_NE(run.err.find("muster: d: not_found: no job d"), std::string::npos) << run.err;
}

TEST(Status, WaitSaysHowItEnded) {
  EXPECT_EQ(run_against({kCompleted}, {"status", "--wait", "a"}).code, kOk);
  EXPECT_EQ(run_against({kDead}, {"status", "--wait", "b"}).code, kFailed);
  EXPECT_EQ(run_against({kCompleted, kDead}, {"status", "--wait", "a", "b"}).code, kFailed);
  EXPECT_EQ(run_against({kDead}, {"status", "--wait", "--exit-code", "b"}).code, 9);
  EXPECT_EQ(run_against({kCompleted}, {"status", "--wait", "--exit-code", "a"}).code, 0);
  const CommandRun late = run_against({kRunning}, {"status", "--wait", "--timeout", "0s", "c"});
  EXPECT_EQ(late.code, kWaitTimedOut);
  EXPECT_NE(late.err.find("1 of 1 jobs had not ended"), std::string::npos) << late.err;
}

TEST(JobTable, FitsEightyColumnsWithRandomIds) {
  std::vector<JobInfo> jobs;
  for (const char* state : {"scheduled", "ready", "running", "completed", "dead", "cancelled"}) {
    jobs.push_back({.id = std::string(26, 'x'),
                    .queue = "default",
                    .job_type = "exec",
                    .state = state,
                    .reason = "retry",
                    .worker = "some-host.example-12345",
                    .attempts = 3,
                    .submitted_at = 0,
                    .due_at = 5'000});
  }
  const std::string text = job_table(jobs, true, 250'000).fitted(80, false);
  EXPECT_NE(text.find(std::string(26, 'x') + "  "), std::string::npos) << text;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    EXPECT_LE(display_width(text.substr(at, end - at)), 80u) << text;
    at = end + 1;
  }
}

TEST(JobDetails, CommandsCanBePastedIntoAShell) {
  const std::string text =
      job_details({.id = "a", .json = R"({"command":["sh","-c","echo 'it''s'","","a=b"]})"}, 0);
  EXPECT_NE(text.find(R"(command    sh -c 'echo '\''it'\'''\''s'\''' '' a=b)"), std::string::npos)
      << text;
}

TEST(List, FollowsPagesOnlyWhenAskedTo) {
  const std::string first =
      std::string(R"({"status":"ok","jobs":[)") + kCompleted + R"(],"next":7})";
  const std::string last = std::string(R"({"status":"ok","jobs":[)") + kDead + R"(],"next":null})";
  const CommandRun all = run_against({first, last}, {"list", "--all"});
  EXPECT_EQ(all.code, kOk);
  EXPECT_EQ(std::count(all.out.begin(), all.out.end(), '\n'), 2);
  const CommandRun one = run_against({first}, {"list", "--limit", "1"}, {.err_is_terminal = true});
  EXPECT_EQ(std::count(one.out.begin(), one.out.end(), '\n'), 1);
  EXPECT_NE(one.err.find("there are more"), std::string::npos);
}

TEST(Act, EachIdHasItsLine) {
  const CommandRun run =
      run_against({R"({"status":"ok","results":[{"status":"ok","job_id":"a","state":"cancelled"},)"
                   R"({"status":"error","job_id":"d","code":"not_found","message":"no job d"},)"
                   R"({"status":"ok","job_id":"c","state":"running"}]})"},
                  {"cancel", "a", "d", "c"});
  EXPECT_EQ(run.code, 3);
  EXPECT_EQ(run.out, "a\tcancelled\nc\tcancelling\n");
  EXPECT_EQ(run.err,
            "muster: d: not_found: no job d; `muster list` shows the jobs that are kept\n");
}

TEST(Views, QueuesWorkersAndStats) {
  EXPECT_EQ(run_against({R"({"status":"ok","queues":[{"queue":"q","paused":true,"jobs":)"
                         R"({"scheduled":1,"ready":2,"running":3,"completed":4,"dead":5,)"
                         R"("cancelled":6},"oldest_ready_ms":61000}]})"},
                        {"queues"})
                .out,
            "q\t2\t1\t3\t4\t5\t6\t1m1s\tpaused\n");
  EXPECT_EQ(run_against({R"({"status":"ok","workers":[{"worker_id":"w","state":"running",)"
                         R"("host":"h","pid":7,"queues":["a","b"],"job_types":["exec"],)"
                         R"("concurrency":4,"running":1,"heartbeat_age_ms":2500}]})"},
                        {"workers"})
                .out,
            "w\trunning\t1/4\t2s\th\t7\ta,b\texec\n");
  EXPECT_EQ(run_against({R"({"status":"ok","version":"9","jobs":{"ready":1},"pressure":null})"},
                        {"stats"})
                .out,
            "version\t9\njobs.ready\t1\npressure\tnull\n");
}

TEST(Pause, OneLinePerQueue) {
  const CommandRun run =
      run_against({R"({"status":"ok"})", R"({"status":"ok"})"}, {"pause", "a", "b"});
  EXPECT_EQ(run.out, "a\tpaused\nb\tpaused\n");
  EXPECT_EQ(run_against({R"({"status":"ok"})"}, {"resume", "-o", "json", "a"}).out,
            "{\"queue\":\"a\",\"paused\":false}\n");
}

}  // namespace
}  // namespace muster::cli
