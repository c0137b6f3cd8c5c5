// What is shown: progress, filters, pages that end early, who waits for which job.
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using Texts = std::vector<std::string>;

class Report : public EngineFixture {};

// Keeps the last job shown with its progress, which the fixture's record has no place for.
class Shown : public Output {
 public:
  void event(Sequence, const Event&) override {}
  void answer(ReplyTo, const Reply& reply) override {
    const auto* view = std::get_if<JobView>(&reply);
    ASSERT_NE(view, nullptr);
    percent = view->percent;
    note = view->note;
  }
  void push(ConnectionId, const Push&) override {}
  std::optional<uint32_t> percent;
  std::string note;
};

TEST_F(Report, ProgressIsShownWhileTheJobRunsAndForItsLeaseOnly) {
  enlist("w", "one");
  submit("a");
  submit("b");
  request("w");
  const auto shown = [this](std::string_view id) {
    Shown output;
    engine().handle({ConnectionId(1), RequestId(1)}, GetJob{id}, now_, output);
    return std::to_string(output.percent.value_or(0)) + " " + output.note;
  };
  const Progress early[] = {{{"b", LeaseToken(1), {}}, 10, "not running"},
                            {{"nobody", LeaseToken(1), {}}, 10, "no such job"},
                            {{"a", LeaseToken(9), {}}, 10, "another lease"}};
  EXPECT_EQ(run(Heartbeat{"w", "one", {}, early}), "beat 3000");
  EXPECT_EQ(shown("a"), "0 ");
  EXPECT_EQ(shown("b"), "0 ");
  const Progress progress[] = {{{"a", LeaseToken(token_of("a")), {}}, 40, "epoch 4"}};
  run(Heartbeat{"w", "one", {}, progress});
  EXPECT_EQ(shown("a"), "40 epoch 4");
  release("a", token_of("a"));
  EXPECT_EQ(shown("a"), "0 ");
}

TEST_F(Report, AListMayAskForAState) {
  submit("a");
  submit("b");
  request("w");
  ListJobs list;
  list.state = JobState::kReady;
  EXPECT_EQ(run(list), "page b");
  list.queue = "elsewhere";
  EXPECT_EQ(run(list), "page");
}

// A filter that matches little must not hold the queue up: the page ends, and says where to go on.
TEST_F(Report, AListLooksAtSoManyJobsAtOnce) {
  for (int i = 0; i < 20'001; ++i) submit("");
  ListJobs list;
  list.state = JobState::kRunning;
  EXPECT_EQ(run(list), "page more");
  list.after = JobSeq(20'000);
  EXPECT_EQ(run(list), "page");
}

TEST_F(Report, AServersIdThatWasNeverGivenIsNotFound) {
  submit("");
  EXPECT_EQ(state("j-1"), "ready attempts=0 failures=0 losses=0");
  EXPECT_EQ(state("j-2"), "not_found");
  EXPECT_EQ(state("j-9007199254740991"), "not_found");
}

class ShortAnswers : public EngineFixture {
 protected:
  ShortAnswers() : EngineFixture(config()) {}
  static EngineConfig config() {
    EngineConfig config;
    config.answer_bytes = 5000;
    return config;
  }
};

TEST_F(ShortAnswers, APageEndsWhenTheAnswerIsLongEnoughAndHoldsOneJobAtLeast) {
  const std::string body = R"("payload":")" + std::string(3000, 'x') + "\"";
  for (const char* id : {"a", "b"}) submit(id, [&](JobSpec& job) { job.body = body; });
  const std::string large = R"("payload":")" + std::string(9000, 'x') + "\"";
  submit("c", [&](JobSpec& job) { job.body = large; });
  ListJobs list;
  EXPECT_EQ(run(list), "page a more");
  list.after = JobSeq(1);
  EXPECT_EQ(run(list), "page b more");
  list.after = JobSeq(2);
  EXPECT_EQ(run(list), "page c");
}

TEST_F(Report, WhoWaitsForAJobHearsOfThatOneOnly) {
  submit("a");
  submit("b");
  request("w");
  EXPECT_EQ(run(WaitJob{"b", Duration::seconds(50)}, 7), "");
  EXPECT_EQ(run(WaitJob{"a", Duration::seconds(50)}, 8), "");
  EXPECT_EQ(run(WaitJob{"a", Duration::seconds(50)}, 9), "");
  complete("a", token_of("a"));
  EXPECT_EQ(others(), (Texts{"8: a completed", "9: a completed"}));
  pass(Duration::seconds(51));
  EXPECT_EQ(others(), Texts{"7: b ready"});
}

}  // namespace
}  // namespace muster::engine
