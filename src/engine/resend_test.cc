// Submissions that were not understood, and those that come again under an id of the server's.
#include "base/hash.h"
#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

class Resend : public EngineFixture {
 protected:
  static SubmitItem item(std::string_view id, const Error* error = nullptr) {
    SubmitItem item;
    item.job.id = id;
    item.job.job_type = "mail";
    item.job.fingerprint = hash64(id);
    item.error = error;
    return item;
  }
  const Error bad_{ErrorCode::kTooLarge, "payload: too long", {}};
};

TEST_F(Resend, WhatTheServerNamedIsKnownWhileItLives) {
  const auto content = [](JobSpec& job) { job.fingerprint = 5; };
  EXPECT_EQ(submit("", content), "accepted j-1");
  EXPECT_EQ(submit("j-1", content), "accepted j-1 duplicate");
  EXPECT_EQ(submit("j-1", [](JobSpec& job) { job.fingerprint = 6; }), "bad_request");
  EXPECT_EQ(submit("j-2", content), "bad_request");
  act(JobAction::kDelete, "j-1");
  EXPECT_EQ(submit("j-1", content), "bad_request");
  EXPECT_EQ(run(GetStats{}), "stats ready=0 submitted=1");
}

TEST_F(Resend, OneThatWasNotUnderstoodIsRefused) {
  const SubmitItem one = item("a", &bad_);
  EXPECT_EQ(run(SubmitJobs{{&one, 1}, false, false}), "too_large");
  EXPECT_EQ(state("a"), "not_found");
}

TEST_F(Resend, OneThatWasNotUnderstoodRefusesAnAtomicBatchAsAWhole) {
  const SubmitItem items[] = {item("a"), item("b", &bad_), item("c")};
  EXPECT_EQ(run(SubmitJobs{items, true, true}), "too_large");
  EXPECT_EQ(run(GetStats{}), "stats ready=0 submitted=0");
  EXPECT_EQ(run(SubmitJobs{items, true, false}), "accepted a - c 1:too_large");
  EXPECT_EQ(run(GetStats{}), "stats ready=2 submitted=2");
}

// Nobody had the job, somebody else has it, and who had it last: without a token the name decides.
TEST_F(Resend, AReportWithoutATokenIsTakenFromTheHolderOnly) {
  submit("a");
  EXPECT_EQ(complete_plain("a", "w"), "lease_lost");
  EXPECT_EQ(request_plain("w"), "plain a#1");
  EXPECT_EQ(complete_plain("a", "other"), "lease_lost");
  pass(Duration::seconds(41));
  EXPECT_EQ(state("a"), "ready attempts=1 failures=0 losses=1");
  EXPECT_EQ(complete_plain("a", "other"), "lease_lost");
  EXPECT_EQ(complete_plain("a", "w"), "ok") << "late, and nobody has it since";
  EXPECT_EQ(state("a"), "completed attempts=1 failures=0 losses=0");
}

TEST_F(Resend, WhatAFailedAttemptPrintedIsKept) {
  submit("a");
  request("w");
  FailJob command;
  command.ref = {"a", LeaseToken(token_of("a")), {}};
  command.result = R"({"stderr":"x"})";
  run(command);
  EXPECT_EQ(job("a")->history->result, R"({"stderr":"x"})");
}

}  // namespace
}  // namespace muster::engine
