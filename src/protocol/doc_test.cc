// docs/protocol.md keeps its word: every request in it is accepted or refused as shown, every verb
// has its section and example, every field and error code its line.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "protocol/answer.h"
#include "protocol/decode_check.h"
#include "protocol/encoder.h"
#include "protocol/verb_fields.h"
#include "protocol/verbs.h"

namespace muster::protocol {
namespace {

struct Example {
  std::string request;
  std::string answer;
};

std::string document() {
  std::ifstream file(MUSTER_SOURCE_DIR "/docs/protocol.md");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

// The examples in order. A block is one line between ```request (or ```answer) and ```.
std::vector<Example> examples() {
  std::istringstream text(document());
  std::vector<Example> found;
  std::string line;
  while (std::getline(text, line)) {
    const bool request = line == "```request";
    if (!request && line != "```answer") continue;
    std::string content;
    std::string fence;
    EXPECT_TRUE(std::getline(text, content) && std::getline(text, fence));
    EXPECT_EQ(fence, "```") << "a block is one line: " << content;
    if (request) {
      found.push_back({content, ""});
    } else if (found.empty() || !found.back().answer.empty()) {
      ADD_FAILURE() << "an answer without its request: " << content;
    } else {
      found.back().answer = content;
    }
  }
  return found;
}

TEST(Document, EveryRequestIsAnsweredAsShown) {
  const std::vector<Example> all = examples();
  EXPECT_GE(all.size(), verbs().size());
  for (const Example& example : all) {
    const auto answer = Answer::parse(example.answer);
    ASSERT_TRUE(answer.ok()) << "the answer to " << example.request;
    const Decode decode(example.request);
    if (decode.accepted()) continue;
    // Refused for its form: the answer is certain, to the byte.
    std::string refusal;
    encode_error(decode->rid, decode.error(), decode->job_id, &refusal);
    EXPECT_EQ(refusal, example.answer + "\n") << example.request;
  }
}

TEST(Document, EveryVerbHasASectionAndAnExample) {
  const std::string text = document();
  std::set<std::string_view> shown;
  const std::vector<Example> all = examples();
  for (const Example& example : all) {
    const Decode decode(example.request);
    if (decode.accepted()) shown.insert(decode->verb);
  }
  for (const Verb& verb : verbs()) {
    EXPECT_TRUE(shown.contains(verb.name)) << verb.name;
    EXPECT_NE(text.find("\n### `" + std::string(verb.name) + "`\n"), std::string::npos)
        << verb.name;
  }
}

TEST(Document, EveryFieldIsNamed) {
  const std::string text = document();
  std::vector<const FieldTable*> tables = {&kJobFields,      &kCompletionFields, &kStartedFields,
                                           &kProgressFields, &kRetryFields,      &kErrorFields,
                                           &kNextFields};
  for (const Verb& verb : verbs()) tables.push_back(verb.fields);
  for (const FieldTable* table : tables) {
    for (size_t i = 0; i < table->size(); ++i) {
      const std::string name(table->name(i));
      const bool named = text.find("`" + name + "`") != std::string::npos ||
                         text.find("`{\"" + name + "\"") != std::string::npos;
      EXPECT_TRUE(named) << name;
    }
  }
}

TEST(Document, TheErrorTableIsTheProgramsOwn) {
  const std::string text = document();
  for (const ErrorInfo& error : kErrorTable) {
    std::string row = "\n| `" + std::string(error.name) + "` | " + (error.retryable ? "yes" : "no");
    row += " | " + std::string(error.meaning) + " |\n";
    EXPECT_NE(text.find(row), std::string::npos) << row;
  }
}

}  // namespace
}  // namespace muster::protocol
