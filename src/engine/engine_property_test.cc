// Properties of the engine over random sequences of commands, run in a World. The last tests switch
// seeded bugs on, one per property, and expect that property to fail.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/mutant.h"
#include "engine/engine_world.h"

namespace muster::engine {

void showValue(const Step& step, std::ostream& os) {
  os << "{" << int{step.kind} << "," << int{step.a} << "," << int{step.b} << "," << int{step.c}
     << "}";
}

namespace {

constexpr int kSequences = 2000;
constexpr int kLongest = 200;  // commands in one sequence

rc::Gen<std::vector<Step>> steps() {
  return rc::gen::container<std::vector<Step>>(
      rc::gen::build<Step>(rc::gen::set(&Step::kind, rc::gen::inRange<uint8_t>(0, 255)),
                           rc::gen::set(&Step::a, rc::gen::inRange<uint8_t>(0, 255)),
                           rc::gen::set(&Step::b, rc::gen::inRange<uint8_t>(0, 255)),
                           rc::gen::set(&Step::c, rc::gen::inRange<uint8_t>(0, 255))));
}

rc::detail::TestResult check_rules(bool shrink) {
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  params.maxSuccess = std::max(params.maxSuccess, kSequences);
  params.maxSize = kLongest;
  params.disableShrinking = !shrink;
  return rc::detail::checkTestable(
      [] {
        const std::vector<Step> sequence = *steps();
        const std::string broken = World().run(sequence);
        if (!broken.empty()) RC_FAIL(broken);
      },
      rc::detail::TestMetadata{}, params);
}

TEST(EngineProperties, HoldOverRandomSequences) {
  const auto result = check_rules(true);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>()) << text.str();
  std::cout << "seed " << rc::detail::configuration().testParams.seed << ": " << text.str() << "\n";
}

struct Seeded {
  const char* mutant;
  const char* rule;  // that must find it
  const char* or_rule = "never";
};

class SeededBug : public ::testing::TestWithParam<Seeded> {
 protected:
  ~SeededBug() override { active_mutant() = {}; }
};

TEST_P(SeededBug, IsFoundByItsProperty) {
  active_mutant() = GetParam().mutant;
  const auto result = check_rules(false);
  ASSERT_TRUE(result.is<rc::detail::FailureResult>()) << "not found: " << GetParam().mutant;
  const std::string found = result.get<rc::detail::FailureResult>().description;
  EXPECT_TRUE(found.find(GetParam().rule) != std::string::npos ||
              found.find(GetParam().or_rule) != std::string::npos)
      << found;
}

INSTANTIATE_TEST_SUITE_P(
    OnePerProperty, SeededBug,
    ::testing::Values(
        Seeded{"change_outside_apply", "replay"}, Seeded{"counter_drift", "counters"},
        Seeded{"return_to_the_end", "order"}, Seeded{"token_given_twice", "tokens grow"},
        Seeded{"lost_for_ever", "budgets"}, Seeded{"lost_job_vanishes", "conservation"},
        Seeded{"stale_token_accepted", "stale tokens"}, Seeded{"due_early", "nothing early"},
        Seeded{"one_served_per_wake", "no waiter starves"},
        Seeded{"consumer_not_woken", "no waiter starves"}, Seeded{"newest_waiter_first", "turns"},
        Seeded{"waits_for_ever", "waits end"}, Seeded{"credit_not_counted", "credit"},
        Seeded{"next_for_anybody", "selection", "no waiter starves"},
        Seeded{"untimed_for_all", "selection"}, Seeded{"unheld_kept", "held"},
        Seeded{"follow_ups_twice", "once"}, Seeded{"half_a_batch", "all or none"}),
    [](const auto& test) { return std::string(test.param.mutant); });

}  // namespace
}  // namespace muster::engine
