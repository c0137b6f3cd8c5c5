// The library's own assertions (_GLIBCXX_ASSERTIONS) are on in every build, the shipped one too: an
// index behind the end is an end of the process and not a read of what lies there.
#include <gtest/gtest.h>

#include <optional>
#include <string_view>
#include <vector>

namespace muster {
namespace {

TEST(LibraryAssertions, AreOn) {
  const std::vector<int> numbers(3);
  volatile size_t behind = 3;
  EXPECT_DEATH((void)numbers[behind], "Assertion '.*' failed");
  const std::optional<int> none;
  EXPECT_DEATH((void)*none, "Assertion '.*' failed");
  const std::string_view empty;
  EXPECT_DEATH((void)empty.front(), "Assertion '.*' failed");
}

}  // namespace
}  // namespace muster
