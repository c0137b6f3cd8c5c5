#include "worker/command_process.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

using Words = std::vector<std::string>;

TEST(Candidates, FollowThePathUnlessThereIsASlash) {
  EXPECT_EQ(candidates("ls", "/a:/b"), (Words{"/a/ls", "/b/ls"}));
  EXPECT_EQ(candidates("./ls", "/a:/b"), (Words{"./ls"}));
  EXPECT_EQ(candidates("ls", ""), (Words{"./ls"}));
  EXPECT_EQ(candidates("ls", "/a::"), (Words{"/a/ls", "./ls", "./ls"}));
  EXPECT_EQ(candidates("", "/a"), (Words{""}));
}

TEST(MergeEnvironment, TheAddedVariablesWin) {
  const char* inherited[] = {"PATH=/bin", "A=old", "AB=kept", "A=twice", "ODD", nullptr};
  EXPECT_EQ(merge_environment(inherited, {"A=new", "EMPTY="}),
            (Words{"A=new", "EMPTY=", "PATH=/bin", "AB=kept", "ODD"}));
}

}  // namespace
}  // namespace muster::worker
