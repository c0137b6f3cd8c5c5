// The explorer itself: small forms of all worlds hold, seeded bugs do not stay hidden, and neither
// does a state key that forgets something.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/mutant.h"
#include "sim/small/counts.h"
#include "sim/small/explorer.h"
#include "sim/small/task.h"

namespace muster::sim::small {
namespace {

class SmallWorlds : public ::testing::Test {
 protected:
  ~SmallWorlds() override { active_mutant() = {}; }
};

// Two jobs and one fault are enough for a look at everything.
Configuration smaller(Configuration world) {
  world.jobs = 2;
  world.faults = 1;
  return world;
}

TEST_F(SmallWorlds, KeepEveryPromise) {
  for (const Configuration& world : configurations()) {
    ExplorerOptions options;
    options.twice = 50;
    const Exploration found = explore(smaller(world), options);
    EXPECT_EQ(found.broken, "") << world.name << "\n" << story(smaller(world), found.path);
    EXPECT_TRUE(found.complete) << world.name;
    EXPECT_GT(found.states, 100U) << world.name;
    EXPECT_GT(found.twice, 0U) << world.name;
    EXPECT_GT(found.finished, 0U) << world.name;
  }
}

TEST_F(SmallWorlds, AreTheSameEachTime) {
  const Configuration world = smaller(*find_configuration("sessions"));
  ExplorerOptions one;
  ExplorerOptions other;
  other.seed = 1;
  EXPECT_EQ(explore(world, one).states, explore(world, other).states);
}

TEST_F(SmallWorlds, ABugIsToldByAShortestPath) {
  active_mutant() = "stale_token_accepted";
  const Configuration world = *find_configuration("tokens");
  const Exploration found = explore(world, {});
  ASSERT_NE(found.broken, "");
  EXPECT_FALSE(found.complete);
  // Submitted, given out, silent for two units, given to another, and then the first one's report.
  EXPECT_EQ(found.path.size(), 6U) << story(world, found.path);
  const std::string text = story(world, found.path);
  EXPECT_NE(text.find("1. the client submits A"), std::string::npos) << text;
}

TEST_F(SmallWorlds, AKeyThatForgetsSomethingIsNoticed) {
  active_mutant() = "key_forgets_places";
  const Exploration found = explore(*find_configuration("answers"), {});
  EXPECT_NE(found.broken.find("two paths lead to states that count as one"), std::string::npos)
      << found.broken;
}

TEST_F(SmallWorlds, AnEndlessWaitIsNoEnd) {
  active_mutant() = "waits_for_ever";
  EXPECT_NE(explore(smaller(*find_configuration("waiting")), {}).broken, "");
}

// In a process of its own, so that it does not matter how the bug shows.
TEST_F(SmallWorlds, ACheckOfTheEngineIsToldToo) {
  int told = 0;
  const Task task{*find_configuration("operator"), "counter_drift", 0};
  run_tasks({task}, 1, 0, [&](const Task&, const Found& found) {
    ++told;
    EXPECT_NE(found.broken, "");
    EXPECT_NE(found.story.find("1. "), std::string::npos);
  });
  EXPECT_EQ(told, 1);
}

TEST(SmallWorldCounts, FewerIsTold) {
  Counts counts;
  counts.keep("tokens 3x2x2x1", 100);
  EXPECT_EQ(counts.compare("tokens 3x2x2x1", 99), Counts::Verdict::kFewer);
  EXPECT_EQ(counts.compare("tokens 3x2x2x1", 100), Counts::Verdict::kSame);
  EXPECT_EQ(counts.compare("tokens 3x2x2x1", 101), Counts::Verdict::kMore);
  EXPECT_EQ(counts.compare("tokens 4x2x2x1", 101), Counts::Verdict::kUnknown);
  EXPECT_NE(counts.text("tokens 3x2x2x1", 101).find("--write"), std::string::npos);

  const std::string file = ::testing::TempDir() + "counts_" + std::to_string(::getpid());
  ASSERT_TRUE(counts.write(file));
  EXPECT_EQ(Counts(file).compare("tokens 3x2x2x1", 99), Counts::Verdict::kFewer);
  std::remove(file.c_str());
}

TEST(SmallWorldCounts, AFileThatSaysNothingIsRefused) {
  const std::string file = ::testing::TempDir() + "counts_" + std::to_string(::getpid());
  std::ofstream(file) << "tokens 3x2x2x1 many\n";
  EXPECT_EXIT(Counts{file}, ::testing::ExitedWithCode(2), "expected a world");
  EXPECT_EXIT(Counts{file + "x"}, ::testing::ExitedWithCode(2), "no counts");
  std::remove(file.c_str());
}

}  // namespace
}  // namespace muster::sim::small
