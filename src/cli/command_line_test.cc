#include "cli/command_line.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <sstream>

#include "cli/command_line_fixture.h"
#include "cli/exit_code.h"
#include "cli/verbs.h"

namespace muster::cli {
namespace {

TEST(CommandLine, NothingShowsWhatThereIs) {
  const CommandRun run = run_command({});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("submit"), std::string::npos);
}

TEST(CommandLine, HelpGoesToStdout) {
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"help"}, {"--help"}, {"-h"}}) {
    const CommandRun run = run_command(words);
    EXPECT_EQ(run.code, kOk);
    EXPECT_EQ(run.err, "");
    for (const auto& verb : all_verbs({})) {
      EXPECT_NE(run.out.find("  " + verb->name() + " "), std::string::npos) << verb->name();
    }
  }
}

TEST(CommandLine, EveryVerbHasAHelpThatFitsATerminal) {
  for (const auto& verb : all_verbs({})) {
    const CommandRun run = run_command({verb->name(), "--help"});
    EXPECT_EQ(run.code, kOk);
    EXPECT_EQ(run.out, run_command({"help", verb->name()}).out);
    EXPECT_NE(run.out.find("Usage: muster " + verb->name()), std::string::npos) << verb->name();
    EXPECT_NE(run.out.find("Examples:"), std::string::npos) << verb->name();
    std::istringstream lines(run.out);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_LE(display_width(line), 80u) << line;
    }
  }
}

TEST(CommandLine, MistypedVerbsAreUsageErrorsWithASuggestion) {
  const CommandRun run = run_command({"sumbit"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.err, "muster: there is no verb `sumbit`; did you mean `submit`?\n");
  EXPECT_EQ(run_command({"frobnicate"}).err,
            "muster: there is no verb `frobnicate`; `muster help` lists them\n");
  EXPECT_EQ(run_command({"help", "qeues"}).code, kUsage);
  EXPECT_NE(run_command({"--server", "x", "list"}).err.find("flags come behind it"),
            std::string::npos);
}

TEST(CommandLine, FlagComplaintsAreOneLineAndNameTheHelp) {
  const CommandRun run = run_command({"list", "--stat", "dead"});
  EXPECT_EQ(run.code, kUsage);
  EXPECT_EQ(run.err,
            "muster: there is no flag `--stat`; did you mean `--state`?; see `muster help list`\n");
}

TEST(CommandLine, WhatIsWrongWithAVerbsFlagsTogether) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{"submit"}, "nothing to do"},
      {{"submit", "--"}, "nothing to do"},
      {{"submit", "echo", "hi"}, "put `--` before the command"},
      {{"submit", "--sleep", "1", "--", "true"}, "give only one of"},
      {{"submit", "-", "--queue", "q"}, "only --server and -o"},
      {{"submit", "--delay", "1s", "--run-at", "@5", "--", "true"}, "exclude each other"},
      {{"submit", "--type", "t", "--payload", "{"}, "--payload: not JSON"},
      {{"submit", "--type", "t", "--payload", "@/no/such/file"}, "/no/such/file"},
      {{"submit", "--sleep", "soon"}, "--sleep"},
      {{"run"}, "the command is missing"},
      {{"status"}, "ID is missing"},
      {{"status", "a", "--timeout", "1s"}, "--timeout goes with --wait"},
      {{"status", "a", "b", "--wait", "--exit-code"}, "one ID"},
      {{"list", "--all", "--limit", "5"}, "exclude each other"},
      {{"list", "--state", "pending"}, "scheduled, ready, running"},
      {{"list", "--limit", "0"}, "--limit"},
      {{"list", "-o", "yaml"}, "json or table"},
      {{"cancel"}, "ID is missing"},
      {{"pause"}, "QUEUE is missing"},
      {{"stats", "--server", "host:0"}, "HOST:PORT"},
      {{"worker", "--concurrency", "0"}, "--concurrency"},
      {{"version", "now"}, "unexpected `now`"},
  };
  for (const auto& [words, expected] : cases) {
    const CommandRun run = run_command(words);
    EXPECT_EQ(run.code, kUsage) << words[0];
    EXPECT_NE(run.err.find(expected), std::string::npos) << run.err;
    EXPECT_TRUE(run.err.starts_with("muster: ")) << run.err;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(run.out, "");
  }
}

TEST(CommandLine, DaemonsGetTheirFlags) {
  ServerFlags server;
  WorkerFlags worker;
  CommandSetting setting;
  setting.daemons = {.server =
                         [&](const ServerFlags& flags) {
                           server = flags;
                           return 74;
                         },
                     .worker =
                         [&](const WorkerFlags& flags) {
                           worker = flags;
                           return 5;
                         }};
  EXPECT_EQ(run_command({"server", "--listen", "h:1", "--data", "d", "--insecure"}, setting).code,
            74);
  EXPECT_EQ(server.listen, "h:1");
  EXPECT_EQ(server.data, "d");
  EXPECT_EQ(server.durability, std::nullopt);
  EXPECT_TRUE(server.insecure);
  EXPECT_EQ(run_command({"worker", "--server", "h:1", "--queue", "a", "--queue", "b", "--id", "w",
                         "--concurrency", "4", "--drain-timeout", "5m", "--log", "f"},
                        setting)
                .code,
            5);
  EXPECT_EQ(worker.server, "h:1");
  EXPECT_EQ(worker.queues, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(worker.id, "w");
  EXPECT_EQ(worker.concurrency, 4u);
  EXPECT_EQ(worker.drain_timeout, client::Milliseconds(300'000));
  EXPECT_EQ(worker.grace, std::nullopt);
  EXPECT_EQ(worker.log, "f");
}

TEST(CommandLine, TheServerComesFromTheEnvironmentUnlessGiven) {
  WorkerFlags worker;
  CommandSetting setting;
  setting.daemons.worker = [&](const WorkerFlags& flags) {
    worker = flags;
    return 0;
  };
  ::setenv("MUSTER_SERVER", "from.environment:1", 1);
  run_command({"worker"}, setting);
  EXPECT_EQ(worker.server, "from.environment:1");
  run_command({"worker", "--server", "given:2"}, setting);
  EXPECT_EQ(worker.server, "given:2");
  ::setenv("MUSTER_SERVER", "not:an:address", 1);
  EXPECT_EQ(run_command({"worker"}, setting).code, kUsage);
  ::unsetenv("MUSTER_SERVER");
  run_command({"worker"}, setting);
  EXPECT_EQ(worker.server, "127.0.0.1:8080");
}

TEST(CommandLine, UnreachableServersAreNamedWithTheRemedy) {
  // Port 1 of loopback: nobody listens there on a machine that runs tests.
  const CommandRun run = run_command({"stats"}, {.server = "127.0.0.1:1"});
  EXPECT_EQ(run.code, kUnavailable);
  EXPECT_EQ(run.out, "");
  EXPECT_NE(run.err.find("127.0.0.1:1"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("--server"), std::string::npos) << run.err;
}

TEST(CommandLine, Version) {
  EXPECT_EQ(run_command({"version"}).out, "muster 0.1.0\n");
  EXPECT_EQ(run_command({"--version"}).out, "muster 0.1.0\n");
  EXPECT_EQ(run_command({"version", "-o", "json"}).out, "{\"version\":\"0.1.0\"}\n");
}

}  // namespace
}  // namespace muster::cli
