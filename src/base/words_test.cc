// The small words: Expected, StrongId, SharedBytes, Overload, hash64, CHECK.
#include <gtest/gtest.h>

#include <bit>
#include <memory>
#include <string>
#include <unordered_set>
#include <variant>

#include "base/check.h"
#include "base/hash.h"
#include "base/overload.h"
#include "base/result.h"
#include "base/shared_bytes.h"
#include "base/strong_id.h"

namespace muster {
namespace {

using Outcome = Expected<std::unique_ptr<int>, std::string>;

TEST(Expected, HoldsAValueOrAnError) {
  Outcome value = std::make_unique<int>(3);
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(value);
  EXPECT_EQ(**value, 3);
  const std::unique_ptr<int> taken = std::move(value).value();
  EXPECT_EQ(*taken, 3);

  const Outcome error = std::string("no");
  EXPECT_FALSE(error.ok());
  EXPECT_EQ(error.error(), "no");
}

TEST(Expected, OfUnitOnlySucceedsOrFails) {
  const Expected<Unit, std::string> good = Unit();
  EXPECT_TRUE(good.ok());
  EXPECT_EQ(good.value(), Unit());
}

TEST(ExpectedDeathTest, TheOtherSideIsABrokenInvariant) {
  const Outcome error = std::string("no");
  EXPECT_DEATH((void)error.value(), "CHECK failed.*value\\(\\) of an error");
  const Outcome value = std::make_unique<int>(3);
  EXPECT_DEATH((void)value.error(), "CHECK failed.*error\\(\\) of a value");
}

TEST(CheckDeathTest, PrintsConditionPlaceAndValues) {
  const int left = 3;
  EXPECT_DEATH(CHECK(left == 4, "left is {}", left),
               "CHECK failed: left == 4 .*words_test.cc:[0-9]+. left is 3");
  EXPECT_DEATH(CHECK(left == 4), "CHECK failed: left == 4");
  CHECK(left == 3, "never printed");
}

using Apple = StrongId<struct AppleTag>;

TEST(StrongId, IsANumberOfItsOwnKind) {
  EXPECT_FALSE(Apple());
  EXPECT_TRUE(Apple(1));
  EXPECT_EQ(Apple(1).next(), Apple(2));
  EXPECT_EQ(Apple(1).plus(5).value(), 6U);
  EXPECT_LT(Apple(1), Apple(2));
  static_assert(!std::is_convertible_v<uint64_t, Apple>);
  static_assert(!std::is_constructible_v<Apple, StrongId<struct PearTag>>);
  const std::unordered_set<Apple> apples = {Apple(1), Apple(2), Apple(1)};
  EXPECT_EQ(apples.size(), 2U);
}

TEST(SharedBytes, JoinsItsPartsAndSharesThem) {
  EXPECT_EQ(SharedBytes().view(), "");
  EXPECT_EQ(SharedBytes("").size(), 0U);
  SharedBytes first({"id", "", std::string_view("\0b", 2)});
  EXPECT_EQ(first.view(), std::string_view("id\0b", 4));
  const SharedBytes second = first;
  EXPECT_EQ(second.view().data(), first.view().data());
  first = SharedBytes();
  EXPECT_EQ(second.view(), std::string_view("id\0b", 4));
}

TEST(Overload, CallsTheLambdaOfTheKind) {
  const std::variant<int, std::string> value = std::string("text");
  const auto name = std::visit(
      Overload{[](int) { return "int"; }, [](const std::string&) { return "string"; }}, value);
  EXPECT_STREQ(name, "string");
}

// Stored on disk (fingerprints of remembered ids, checksums of the store): never different.
TEST(Hash, GoldenValues) {
  EXPECT_EQ(hash64(""), 6265576663255358695U);
  EXPECT_EQ(hash64("a"), 17821447138873600082U);
  EXPECT_EQ(hash64("12345678"), 5040344295505805212U);
  EXPECT_EQ(hash64("the quick brown fox", 7), 5432097853540309558U);
  EXPECT_EQ(mix64(1, 2), 13646020011958921740U);
}

TEST(Hash, EveryBitOfTheInputMatters) {
  for (size_t size : {1, 7, 8, 9, 16, 31}) {
    std::string bytes(size, '\0');
    const uint64_t hash = hash64(bytes);
    int turned = 0;
    for (size_t bit = 0; bit < size * 8; ++bit) {
      bytes[bit / 8] = static_cast<char>(1 << (bit % 8));
      EXPECT_NE(hash64(bytes), hash);
      turned += std::popcount(hash64(bytes) ^ hash);
      bytes[bit / 8] = 0;
    }
    const double share = turned / (64.0 * 8.0 * static_cast<double>(size));
    EXPECT_GT(share, 0.4) << size;
    EXPECT_LT(share, 0.6) << size;
  }
  EXPECT_NE(hash64("ab"), hash64("ba"));
  EXPECT_NE(hash64(std::string(1, '\0')), hash64(std::string(2, '\0')));
  EXPECT_NE(hash64("a", 1), hash64("a", 2));
}

}  // namespace
}  // namespace muster
