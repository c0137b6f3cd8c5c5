// The rules in docs/simulation_rules.md are those of the sources: none is missing, none is made up.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace muster::sim {
namespace {

const std::filesystem::path kSources = MUSTER_SOURCE_DIR;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void collect(const std::string& text, const std::regex& pattern, std::set<std::string>& found) {
  for (std::sregex_iterator match(text.begin(), text.end(), pattern), end; match != end; ++match) {
    found.insert((*match)[1]);
  }
}

TEST(Rules, DocumentAndSourcesAgree) {
  std::set<std::string> used;
  // The first text of an add(), a complain() or a wrong(); two rules are chosen by a condition.
  const std::regex call(
      R"re((?:violations_?\.add|complain|checkers\.wrong)\(\s*(?:ledger, )?"([a-z-]+)")re");
  const std::regex choice(R"re(\? "(given-away|refused-valid)" : "(?:end|verdict)")re");
  for (const char* folder : {"sim/check", "sim/cast"}) {
    for (const auto& file : std::filesystem::directory_iterator(kSources / folder)) {
      const std::string name = file.path().filename();
      if (!name.ends_with(".cc") || name.ends_with("_test.cc")) continue;
      const std::string text = text_of(file.path());
      collect(text, call, used);
      collect(text, choice, used);
      if (std::regex_search(text, std::regex(R"re("given-away" : "end")re"))) used.insert("end");
      if (std::regex_search(text, std::regex(R"re("refused-valid" : "verdict")re"))) {
        used.insert("verdict");
      }
    }
  }
  std::set<std::string> documented;
  const std::string document = text_of(kSources / "docs/simulation_rules.md");
  collect(document, std::regex(R"re(\n\| `([a-z-]+)` \|)re"), documented);
  EXPECT_GT(used.size(), 35U);
  EXPECT_EQ(used, documented);
}

}  // namespace
}  // namespace muster::sim
