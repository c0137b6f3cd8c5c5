// Acceptance, duplicates, conflicts, batches, follow-ups.
#include "engine/engine_fixture.h"
#include "engine/state.h"

namespace muster::engine {
namespace {

using Submit = EngineFixture;

SubmitItem item(std::string_view id, uint64_t fingerprint = 1) {
  SubmitItem made;
  made.job.id = id;
  made.job.job_type = "sleep";
  made.job.duration = Duration::seconds(1);
  made.job.fingerprint = fingerprint;
  return made;
}

TEST_F(Submit, TheServerNamesWhatTheClientDoesNot) {
  EXPECT_EQ(submit(""), "accepted j-1");
  EXPECT_EQ(submit(""), "accepted j-2");
  EXPECT_EQ(submit("j-2"), "bad_request");
  EXPECT_EQ(submit("j-77"), "bad_request");
  EXPECT_EQ(submit("j-07"), "accepted j-07");  // not of the server's form
}

TEST_F(Submit, TheSameIdAndContentIsADuplicate) {
  submit("a");
  EXPECT_EQ(submit("a"), "accepted a duplicate");
  EXPECT_EQ(submit("a", [](JobSpec& job) { job.fingerprint = 99; }), "conflict");
  request("w");
  complete("a", 1);
  EXPECT_EQ(submit("a"), "accepted a duplicate");
  EXPECT_EQ(request("w"), "no_job");
}

TEST_F(Submit, IdsAreRememberedAfterTheirJobWasRemoved) {
  submit("a");
  act(JobAction::kDelete, "a");
  EXPECT_EQ(state("a"), "not_found");
  EXPECT_EQ(submit("a"), "accepted a duplicate");
  EXPECT_EQ(submit("a", [](JobSpec& job) { job.fingerprint = 99; }), "conflict");
  restart();
  EXPECT_EQ(submit("a"), "accepted a duplicate");
}

TEST_F(Submit, ABatchAnswersForEachItem) {
  const Error bad{ErrorCode::kBadRequest, "duration: expected a number", {}};
  SubmitItem items[] = {item("a"), item(""), item("a"), item("a", 2), {{}, &bad}};
  EXPECT_EQ(run(SubmitJobs{items, true, false}),
            "accepted a j-2 a - - duplicate:2 3:conflict 4:bad_request");
}

TEST_F(Submit, AnAtomicBatchIsAllOrNone) {
  SubmitItem items[] = {item("a"), item("b"), item("a", 2)};
  EXPECT_EQ(run(SubmitJobs{items, true, true}), "conflict");
  EXPECT_EQ(state("b"), "not_found");
  EXPECT_EQ(run(SubmitJobs{{items, 2}, true, true}), "accepted a b");
  EXPECT_EQ(run(SubmitJobs{{items, 2}, true, true}), "accepted a b duplicate:0 duplicate:1");
}

TEST_F(Submit, FollowUpsAreSubmittedOnceAndCheckedFirst) {
  submit("a");
  request("w");
  const CompleteItem completed{{"a", LeaseToken(1), {}}, {}};
  SubmitItem next[] = {item("n1"), item("")};
  SubmitItem conflicting[] = {item("n2"), item("a", 12345)};
  CompleteJobs command;
  command.items = {&completed, 1};
  command.follow_ups = conflicting;
  EXPECT_EQ(run(command), "conflict");
  EXPECT_EQ(state("a"), "running attempts=1 failures=0 losses=0");
  EXPECT_EQ(state("n2"), "not_found");
  command.follow_ups = next;
  EXPECT_EQ(run(command), "ok + n1 + j-3");
  EXPECT_EQ(run(command), "ok duplicate");
  EXPECT_EQ(run(GetStats{}), "stats ready=2 submitted=3");
}

TEST_F(Submit, ManyCompletionsInOne) {
  submit("a");
  submit("b");
  request("w");
  request("w");
  const CompleteItem items[] = {{{"a", LeaseToken(1), {}}, {}},
                                {{"b", LeaseToken(1), {}}, {}},
                                {{"c", LeaseToken(3), {}}, {}},
                                {{"a", LeaseToken(1), {}}, {}}};
  CompleteJobs command;
  command.items = items;
  command.batch = true;
  EXPECT_EQ(run(command), "a ok, b lease_lost, c not_found, a ok duplicate");
}

TEST(ServerNamed, OnlyItsExactForm) {
  EXPECT_EQ(server_named("j-12").value(), 12U);
  for (const char* other :
       {"", "j", "j-", "j-0", "j-012", "j-1x", "J-1", "j--1", "j-99999999999999999"}) {
    EXPECT_FALSE(server_named(other)) << other;
  }
}

}  // namespace
}  // namespace muster::engine
