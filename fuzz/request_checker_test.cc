#include "fuzz/request_checker.h"

#include <gtest/gtest.h>

#include <set>

#include "fuzz/message_maker.h"
#include "fuzz/slow_decimal.h"
#include "fuzz/slow_time.h"
#include "protocol/verbs.h"

namespace muster::fuzz {
namespace {

using Kind = RequestVerdict::Kind;

Kind judge(std::string_view text) { return judge_request(parse_slowly(text)).kind; }

TEST(RequestChecker, KnowsTheTable) {
  EXPECT_EQ(judge(R"({"type":"submit_job","job_id":"a","duration":5})"), Kind::kAccepted);
  EXPECT_EQ(judge(R"({"type":"submit_job","job_id":"j-1","duration":5})"), Kind::kRefused);
  EXPECT_EQ(judge(R"({"type":"submit_job","duration":5,"duration":5})"), Kind::kRefused);
  EXPECT_EQ(judge(R"({"type":"submit_job","job_type":"exec"})"), Kind::kRefused);
  EXPECT_EQ(judge(R"({"type":"stats","rid":9007199254740992})"), Kind::kRefused);
  EXPECT_EQ(judge(R"({"type":"stats","data":{"type":"stats"}})"), Kind::kRefused);
  EXPECT_EQ(judge(R"({"type":"queue_pause","queue":5,"data":{"queue":"a"}})"), Kind::kRefused);
  EXPECT_EQ(judge(R"({"type":"queue_pause","data":{"queue":"a"}})"), Kind::kAccepted);
  EXPECT_EQ(judge(R"({"type":"nonsense"})"), Kind::kUnknownType);
  EXPECT_EQ(judge(R"({"type":"stats")"), Kind::kBadJson);
  EXPECT_EQ(judge(R"([])"), Kind::kBadJson);
}

// The rules were written from the document; what they name must be what the decoder knows.
TEST(RequestRules, NameWhatTheDecoderKnows) {
  std::set<std::string_view> ruled;
  for (const VerbRule& verb : verb_rules()) ruled.insert(verb.name);
  std::set<std::string_view> known;
  for (const protocol::Verb& verb : protocol::verbs()) {
    known.insert(verb.name);
    const VerbRule* rule = find_verb_rule(verb.name);
    ASSERT_NE(rule, nullptr) << verb.name;
    std::set<std::string_view> fields = {"type", "rid", "data"};
    for (const FieldRule& field : rule->object.fields) fields.insert(field.name);
    std::set<std::string_view> table;
    for (size_t i = 0; i < verb.fields->size(); ++i) table.insert(verb.fields->name(i));
    EXPECT_EQ(fields, table) << verb.name;
  }
  EXPECT_EQ(ruled, known);
}

// Mutators must not start from nonsense only.
TEST(MessageMaker, MakesGoodRequestsOfEveryVerb) {
  std::set<std::string_view> accepted;
  size_t json = 0;
  for (uint64_t seed = 0; seed < 5000; ++seed) {
    const std::string text = MessageMaker(seed).message();
    const auto parsed = parse_slowly(text);
    json += parsed ? 1 : 0;
    const RequestVerdict verdict = judge_request(parsed);
    if (verdict.kind == Kind::kAccepted) accepted.insert(verdict.verb);
  }
  EXPECT_EQ(json, 5000U);
  EXPECT_EQ(accepted.size(), verb_rules().size());
}

TEST(SlowDecimal, IsExact) {
  EXPECT_EQ(SlowDecimal("9223372036854775807").whole(), INT64_MAX);
  EXPECT_EQ(SlowDecimal("-9223372036854775808").whole(), INT64_MIN);
  EXPECT_EQ(SlowDecimal("9223372036854775808").whole(), std::nullopt);
  EXPECT_EQ(SlowDecimal("12.50e1").whole(), 125);
  EXPECT_EQ(SlowDecimal("12.5").whole(), std::nullopt);
  EXPECT_EQ(SlowDecimal("12.5").whole(3), 12'500);
  EXPECT_EQ(SlowDecimal("0e999999999999").whole(), 0);
  EXPECT_EQ(SlowDecimal("-1.9").cut(), -1);
  EXPECT_TRUE(SlowDecimal("1.000").within(0, 1000, 3));
  EXPECT_FALSE(SlowDecimal("1.0001").within(0, 1000, 3));
  EXPECT_FALSE(SlowDecimal("-0.0001").within(0, 1000, 3));
  EXPECT_TRUE(SlowDecimal("-0.0").within(0, 1000, 3));
}

TEST(SlowTime, KnowsTheCalendar) {
  EXPECT_EQ(read_time_slowly("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(read_time_slowly("2026-11-24T03:30:00.1239+01:00"), 1'795'487'400'123);
  EXPECT_EQ(read_time_slowly("2100-02-29T00:00:00Z"), std::nullopt);
  EXPECT_EQ(read_time_slowly("1969-12-31T23:59:59Z"), std::nullopt);
  EXPECT_EQ(read_time_slowly("2026-11-24T03:30:00"), std::nullopt);
  EXPECT_EQ(read_time_slowly("2026-11-24T03:30:00.Z"), std::nullopt);
}

}  // namespace
}  // namespace muster::fuzz
