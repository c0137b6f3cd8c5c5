#include "sim/check/report_rules.h"

#include <array>

#include "sim/check/stream_test.h"

namespace muster::sim {
namespace {

// Situations of the outcome table, and what each report may be answered in it.
enum class Situation : uint8_t { kRunning, kTakenBack, kFailed, kReleased, kCompleted, kCancelled };
constexpr std::array kSituations = {Situation::kRunning,   Situation::kTakenBack,
                                    Situation::kFailed,    Situation::kReleased,
                                    Situation::kCompleted, Situation::kCancelled};
constexpr std::array kReports = {Report::kComplete, Report::kFail, Report::kRelease,
                                 Report::kExtend};
constexpr char kAnswers[6][4] = {
    // o: ok, d: ok duplicate, l: lease_lost; complete, fail, release, extend
    {'o', 'o', 'o', 'o'},  // running
    {'o', 'o', 'd', 'l'},  // taken back
    {'l', 'd', 'l', 'l'},  // failed
    {'l', 'l', 'd', 'l'},  // released
    {'d', 'l', 'l', 'l'},  // completed
    {'l', 'd', 'd', 'l'},  // cancelled
};

struct Holding {  // one job, one lease
  Stream stream;
  JobSeq job = stream.submit("a");
  LeaseToken token = stream.lease(job, "w");

  void reach(Situation situation) {
    AttemptEnded event;
    switch (situation) {
      case Situation::kRunning:
        return;
      case Situation::kTakenBack:
        stream.pass(Stream::kTtl);
        return stream.emit(stream.end(job, token, Outcome::kLost));
      case Situation::kFailed:
        stream.says(Report::kFail, "a", token);
        stream.emit(stream.failure(job, token, seconds(1)));
        return stream.hears(Report::kFail, "a", token, Stream::kOk);
      case Situation::kReleased:
        stream.says(Report::kRelease, "a", token);
        stream.emit(stream.end(job, token, Outcome::kReleased));
        return stream.hears(Report::kRelease, "a", token, Stream::kOk);
      case Situation::kCompleted:
        return stream.complete(job, "a", token);
      case Situation::kCancelled:
        stream.checkers.asks("cancel_job", "a", stream.at);
        stream.emit(CancelRequested{job});
        stream.pass(Stream::kTtl);
        event = stream.end(job, token, Outcome::kLost);
        event.after = After::kCancelled;
        return stream.emit(event);
    }
  }
};

struct Table : testing::Test, Holding {};

// Every cell: the right answer is taken, and a refusal of what counts, or the acceptance of what
// does not, is found. (What an "ok" does is in the stream only where the situation shows it.)
TEST(OutcomeTable, EveryCell) {
  for (size_t row = 0; row < kSituations.size(); ++row) {
    for (size_t column = 0; column < kReports.size(); ++column) {
      const char right = kAnswers[row][column];
      for (const char answer : {'o', 'd', 'l'}) {
        if (right == 'o' && answer == 'o') continue;  // needs its event: tested below
        Holding table;
        table.reach(kSituations[row]);
        table.stream.says(kReports[column], "a", table.token);
        const Verdict& verdict = answer == 'o'   ? Stream::kOk
                                 : answer == 'd' ? Stream::kDuplicate
                                                 : Stream::kLost;
        table.stream.hears(kReports[column], "a", table.token, verdict);
        SCOPED_TRACE(testing::Message() << "row " << row << " column " << column << " " << answer);
        // A report sent while the attempt ran may have been decided then, so an older report of
        // the same kind leaves room for what was right at that time.
        const bool sent_before =
            (row == 2 && column == 1) || (row == 3 && column == 2) || (row == 4 && column == 0);
        if (answer == right) {
          table.stream.expect_none();
        } else if (answer == 'o' && sent_before) {
          table.stream.expect("duplicate");
        } else {
          table.stream.expect(answer == 'l' ? "refused-valid" : "verdict");
        }
      }
    }
  }
}

TEST_F(Table, CompletedWithoutARecord) {
  stream.says(Report::kComplete, "a", token);
  stream.hears(Report::kComplete, "a", token, Stream::kOk);
  stream.expect("acknowledged");
}

TEST_F(Table, CompletedBeforeItIsDurable) {
  stream.says(Report::kComplete, "a", token);
  stream.apply(JobCompleted{job, token, {}, stream.at.now.wall});
  stream.hears(Report::kComplete, "a", token, Stream::kOk);
  stream.expect("acknowledged");
}

TEST_F(Table, FailedWithoutARecord) {
  stream.says(Report::kFail, "a", token);
  stream.hears(Report::kFail, "a", token, Stream::kOk);
  stream.expect("acknowledged");
}

TEST_F(Table, ReleasedWithoutARecord) {
  stream.says(Report::kRelease, "a", token);
  stream.hears(Report::kRelease, "a", token, Stream::kOk);
  stream.expect("acknowledged");
}

TEST_F(Table, DecidedWhileItRanAndReadLater) {
  stream.says(Report::kExtend, "a", token);
  stream.pass(Stream::kTtl);
  stream.emit(stream.end(job, token, Outcome::kLost));
  stream.hears(Report::kExtend, "a", token, Stream::kOk);
  stream.expect_none();
}

TEST_F(Table, NotFoundThoughItExists) {
  stream.says(Report::kComplete, "a", token);
  stream.hears(Report::kComplete, "a", token, Stream::kNotFound);
  stream.expect("not-found");
}

struct Stale : testing::Test, Holding {
  Stale() {
    reach(Situation::kReleased);
    newer = stream.lease(job, "w2");
  }
  LeaseToken newer;
};

TEST_F(Stale, IsRefused) {
  stream.says(Report::kComplete, "a", token);
  stream.hears(Report::kComplete, "a", token, Stream::kLost);
  stream.expect_none();
  EXPECT_EQ(stream.checkers.figures().stale_words, 1U);
}

TEST_F(Stale, Accepted) {
  stream.says(Report::kComplete, "a", token);
  stream.hears(Report::kComplete, "a", token, Stream::kOk);
  stream.expect("stale-token");
}

TEST_F(Stale, AcceptedAsADuplicate) {
  stream.says(Report::kFail, "a", token);
  stream.hears(Report::kFail, "a", token, Stream::kDuplicate);
  stream.expect("stale-token");
}

TEST_F(Stale, AnswersOfItsTimeComeLate) {
  stream.says(Report::kRelease, "a", newer);
  stream.emit(stream.end(job, newer, Outcome::kReleased));
  stream.lease(job, "w");
  stream.hears(Report::kRelease, "a", newer, Stream::kOk);
  stream.expect_none();
}

TEST_F(Stale, NeverGivenOut) {
  const LeaseToken guess(newer.value() + 9);
  stream.says(Report::kComplete, "a", guess);
  stream.hears(Report::kComplete, "a", guess, Stream::kOk);
  stream.expect("stale-token");
}

TEST_F(Stale, GuessedBeforeItWasGivenOut) {
  const LeaseToken guess(newer.value() + 1);
  stream.says(Report::kComplete, "a", guess);
  stream.says(Report::kRelease, "a", newer);
  stream.emit(stream.end(job, newer, Outcome::kReleased));
  ASSERT_EQ(stream.lease(job, "w"), guess);
  stream.hears(Report::kComplete, "a", guess, Stream::kLost);  // it came too soon
  stream.completes(job, guess);                                // or did it?
  stream.expect_none();
}

TEST(Reports, OfAJobThatNeverWas) {
  Stream stream;
  stream.says(Report::kComplete, "nobody", LeaseToken(3));
  stream.hears(Report::kComplete, "nobody", LeaseToken(3), Stream::kOk);
  stream.expect("verdict");
}

TEST(Reports, WithoutAToken) {
  Stream stream;
  const JobSeq job = stream.submit_timed("a");
  const LeaseToken token = stream.lease_timed(job, "solo", true);
  stream.says(Report::kComplete, "a", {}, {"solo", {}, true, false});
  stream.completes(job, token);
  stream.hears(Report::kComplete, "a", {}, Stream::kOk);
  stream.expect_none();
}

TEST(Reports, WithoutATokenFromAnotherWorker) {
  Stream stream;
  const JobSeq job = stream.submit_timed("a");
  const LeaseToken token = stream.lease_timed(job, "solo", true);
  stream.says(Report::kComplete, "a", {}, {"other", {}, true, false});
  stream.completes(job, token);
  stream.expect("asked");
}

TEST(Reports, WithoutATokenAndWithoutARecord) {
  Stream stream;
  const JobSeq job = stream.submit_timed("a");
  stream.lease_timed(job, "solo", true);
  stream.says(Report::kComplete, "a", {}, {"solo", {}, true, false});
  stream.hears(Report::kComplete, "a", {}, Stream::kOk);
  stream.expect("acknowledged");
}

}  // namespace
}  // namespace muster::sim
