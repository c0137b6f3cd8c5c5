#include <gtest/gtest.h>

#include <sstream>

#include "cli/verb.h"

namespace muster::cli {
namespace {

// A verb with one flag of each kind.
class Sample : public Verb {
 public:
  std::string name() const override { return "sample"; }
  std::string summary() const override { return "has one of each"; }
  void declare(Flags* flags) override {
    flags->usage = "[FLAGS] ID…";
    flags->about = "Words that say in more than one line what this verb is good for and what not.";
    flags->add("--queue", "NAME", "one text", text_into(&queue));
    flags->add("--priority", "N", "a number", number_into(&priority, 0, UINT32_MAX));
    flags->add("--delay", "DURATION", "a length of time", duration_into(&delay));
    flags->add("--run-at", "TIME", "a time", time_into(&run_at));
    flags->add_repeated("--tag", "TEXT", "any number of them", list_into(&tags));
    flags->add("-o,--output", "FORMAT", "with a short form", text_into(&output));
    flags->add_switch("--wait", "a switch", &wait);
    flags->words = {.value = "ID", .least = 1, .most = 3, .into = &ids};
    if (with_command) flags->command = &command;
  }
  std::string check() override { return queue == "wrong" ? "that queue is wrong" : ""; }
  int run(Terminal&) override { return 0; }

  bool with_command = false;
  std::string queue;
  std::optional<uint32_t> priority;
  std::optional<client::Milliseconds> delay;
  std::optional<int64_t> run_at;
  std::vector<std::string> tags;
  std::string output;
  bool wait = false;
  std::vector<std::string> ids;
  std::vector<std::string> command;
};

std::string complaint(std::vector<std::string> words, bool with_command = false) {
  Sample verb;
  verb.with_command = with_command;
  return parse(verb, words).complaint;
}

TEST(Parse, ReadsEveryKind) {
  Sample verb;
  const Parsed parsed =
      parse(verb, {"a", "--queue", "mail", "--priority=7", "--delay", "1h30m", "--tag", "x", "b",
                   "--tag=y", "-o", "json", "--wait", "--run-at", "@5"});
  EXPECT_EQ(parsed.complaint, "");
  EXPECT_EQ(verb.queue, "mail");
  EXPECT_EQ(verb.priority, 7u);
  EXPECT_EQ(verb.delay, client::Milliseconds(5'400'000));
  EXPECT_EQ(verb.run_at, 5'000);
  EXPECT_EQ(verb.tags, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(verb.output, "json");
  EXPECT_TRUE(verb.wait);
  EXPECT_EQ(verb.ids, (std::vector<std::string>{"a", "b"}));
}

TEST(Parse, ValuesAreTakenAsTheyStand) {
  for (const char* value :
       {"[1,2]", "{}", "[]", "{\"a\":[1]}", "-5", "a,b", "a b", "'x'", "++", "%%", "--wait"}) {
    Sample verb;
    EXPECT_EQ(parse(verb, {"id", "--queue", value}).complaint, "") << value;
    EXPECT_EQ(verb.queue, value);
    EXPECT_FALSE(verb.wait);
  }
}

TEST(Parse, TheCommandIsNotLookedInto) {
  Sample verb;
  verb.with_command = true;
  const std::vector<std::string> command = {"sh", "--queue", "--", "-o", "", "--help"};
  std::vector<std::string> words = {"id", "--wait", "--"};
  words.insert(words.end(), command.begin(), command.end());
  const Parsed parsed = parse(verb, words);
  EXPECT_EQ(parsed.complaint, "");
  EXPECT_FALSE(parsed.help);
  EXPECT_EQ(verb.command, command);
  EXPECT_EQ(verb.queue, "");
}

TEST(Parse, WithoutACommandDashesProtectWords) {
  Sample verb;
  EXPECT_EQ(parse(verb, {"--wait", "--", "--tag", "-x"}).complaint, "");
  EXPECT_EQ(verb.ids, (std::vector<std::string>{"--tag", "-x"}));
}

TEST(Parse, ComplaintsNameTheFlagAndTheRemedy) {
  EXPECT_EQ(complaint({"id", "--qeue", "x"}), "there is no flag `--qeue`; did you mean `--queue`?");
  EXPECT_EQ(complaint({"id", "--qeue=x"}), "there is no flag `--qeue`; did you mean `--queue`?");
  EXPECT_EQ(complaint({"id", "--frobnicate"}), "there is no flag `--frobnicate`");
  EXPECT_EQ(complaint({"id", "-z"}), "there is no flag `-z`");
  EXPECT_EQ(
      complaint({"id", "--delay", "10"}),
      "--delay: `10` is not a duration with its unit, such as 250ms, 10s, 5m, 2h, 1d or 1h30m");
  EXPECT_EQ(complaint({"id", "--priority", "-1"}),
            "--priority: `-1` is not a whole number from 0 to 4294967295");
  EXPECT_EQ(complaint({"id", "--priority", "4294967296"}),
            "--priority: `4294967296` is not a whole number from 0 to 4294967295");
  EXPECT_EQ(complaint({"id", "--queue"}), "--queue: NAME is missing behind it");
  EXPECT_EQ(complaint({"id", "-o"}), "-o: FORMAT is missing behind it");
  EXPECT_EQ(complaint({"id", "--queue", "a", "--queue", "b"}),
            "--queue is given 2 times; give it once");
  EXPECT_EQ(complaint({"id", "--queue", ""}), "--queue: `` is not a value that is not empty");
  EXPECT_EQ(complaint({"--wait"}), "ID is missing");
  EXPECT_EQ(complaint({"a", "b", "c", "d"}), "unexpected `d`");
  EXPECT_EQ(complaint({"id", "--queue", "wrong"}), "that queue is wrong");
  EXPECT_EQ(complaint({"a", "b", "c", "echo"}, true),
            "unexpected `echo`; put `--` before the command: -- echo …");
}

TEST(Parse, SwitchesTakeNoValue) { EXPECT_NE(complaint({"id", "--wait=5"}), ""); }

TEST(Parse, HelpIsAWishNotAComplaint) {
  for (const char* word : {"--help", "-h"}) {
    Sample verb;
    const Parsed parsed = parse(verb, {word});
    EXPECT_TRUE(parsed.help);
    EXPECT_EQ(parsed.complaint, "");
  }
}

TEST(Help, FitsEightyColumnsAndNamesEveryFlag) {
  Sample verb;
  const std::string text = help_text(verb);
  for (const char* word : {"muster sample: has one of each", "--queue NAME", "-o, --output FORMAT",
                           "--wait", "Usage: muster sample [FLAGS] ID…"}) {
    EXPECT_NE(text.find(word), std::string::npos) << word;
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80u) << line;
}

}  // namespace
}  // namespace muster::cli
