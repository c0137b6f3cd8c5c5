#include "cli/base64.h"

#include <gtest/gtest.h>

namespace muster::cli {
namespace {

TEST(Base64, DecodesTheStandardsExamples) {
  EXPECT_EQ(decode_base64(""), "");
  EXPECT_EQ(decode_base64("Zg=="), "f");
  EXPECT_EQ(decode_base64("Zm8="), "fo");
  EXPECT_EQ(decode_base64("Zm9v"), "foo");
  EXPECT_EQ(decode_base64("Zm9vYmFy"), "foobar");
  EXPECT_EQ(decode_base64("/+8A"), std::string("\xff\xef\0", 3));
}

TEST(Base64, RefusesTheRest) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg===", "Z===", "=Zg=", "Zm9\n", "Zm_v", "===="}) {
    EXPECT_EQ(decode_base64(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace muster::cli
