#include "sim/check/report_rules.h"

#include <algorithm>

#include "model/limits.h"

namespace muster::sim {
namespace {

// One cell of the outcome table.
enum class Cell : uint8_t { kOk = 1, kDuplicate = 2, kLost = 4 };

// Rows: Attempted without kNever, for the newest token. Columns: Report. A job cancelled while its
// attempt ran or after it was taken back is the row kCancelled.
constexpr Cell kTable[6][4] = {
    // complete, fail, release, extend
    {Cell::kOk, Cell::kOk, Cell::kOk, Cell::kOk},                    // running
    {Cell::kOk, Cell::kOk, Cell::kDuplicate, Cell::kLost},           // taken back
    {Cell::kLost, Cell::kDuplicate, Cell::kLost, Cell::kLost},       // it failed
    {Cell::kLost, Cell::kLost, Cell::kDuplicate, Cell::kLost},       // it released
    {Cell::kDuplicate, Cell::kLost, Cell::kLost, Cell::kLost},       // it completed
    {Cell::kLost, Cell::kDuplicate, Cell::kDuplicate, Cell::kLost},  // job cancelled
};

uint8_t cell(Attempted attempted, Report report) {
  const auto row = static_cast<size_t>(attempted) - 1;
  return static_cast<uint8_t>(kTable[row][static_cast<size_t>(report)]);
}

const char* word(Report report) {
  constexpr const char* kWords[] = {"job_complete", "job_failed", "job_release", "job_extend"};
  return kWords[static_cast<size_t>(report)];
}

// Is the job's newest lease the one that this report is about?
bool is_newest(Ledger& ledger, const Job& job, LeaseToken token, std::string_view worker_id) {
  if (token) return job.token == token;
  if (!job.tokenless) return false;
  return worker_id.empty() || ledger.names.holder(job.holder).id == worker_id;
}

void note_details(Job& job, const Details* details) {
  const int64_t after = details != nullptr && details->after ? details->after->ms() : -1;
  const bool differs =
      details == nullptr ||
      (job.told_how && (job.retryable != details->retryable || job.said_after_ms != after ||
                        job.said_timed_out != details->timed_out));
  job.untold = job.untold || differs;
  job.told_how = !job.untold;
  if (job.untold) return;
  job.retryable = details->retryable;
  job.said_timed_out = details->timed_out;
  job.said_after_ms = after;
}

// The cells that applied at some time since the report was sent.
uint8_t possible_cells(const Job& job, Report report) {
  uint8_t cells = cell(job.attempted, report);
  if (!has(job.too_late, report)) cells |= cell(Attempted::kRunning, report);
  if (has(job.guessed, report)) cells |= static_cast<uint8_t>(Cell::kLost);
  if (job.was_taken_back) cells |= cell(Attempted::kTakenBack, report);
  // The same failure again: the first may have been a time-out or evidence.
  if (report == Report::kFail && (job.fail_recorded || job.timed_out)) {
    cells |= static_cast<uint8_t>(Cell::kDuplicate);
  }
  return cells;
}

// Whether the record shows what an answer "ok" (not a duplicate) says.
bool took_effect(const Job& job, Report report) {
  const bool cancelled = job.attempted == Attempted::kCancelled;
  switch (report) {
    case Report::kComplete:
      return job.attempted == Attempted::kCompleted;
    case Report::kFail:
      return job.fail_recorded || job.timed_out || cancelled;
    case Report::kRelease:
      return job.attempted == Attempted::kReleased || cancelled;
    case Report::kExtend:
      return true;
  }
  return true;
}

void note_extension(Job& job, const Details* details) {
  const bool told = details != nullptr && details->after.has_value();
  const Duration least = told ? *details->after : limits::kShortestLease;
  const Duration most = told ? *details->after : limits::kLongest;
  job.least_extension = std::min(job.least_extension, least);
  job.most_extension = std::max(job.most_extension, most);
}

struct Said {  // for messages
  Report report;
  std::string_view job_id;
  LeaseToken token;
  const Verdict& verdict;
};

void complain(Ledger& ledger, std::string_view rule, const Said& said, std::string_view why) {
  const Verdict& verdict = said.verdict;
  const std::string_view answer =
      verdict.ok ? verdict.duplicate ? "ok duplicate" : "ok" : info(verdict.code).name;
  ledger.violations.add(rule, "{} of job {} under token {} was answered {}: {}", word(said.report),
                        said.job_id, said.token.value(), answer, why);
}

void judge_newest(Ledger& ledger, Job& job, const Said& said) {
  const Verdict& verdict = said.verdict;
  if (!verdict.ok && verdict.code == ErrorCode::kNotFound) {
    return complain(ledger, "not-found", said, "the job exists");
  }
  if (!verdict.ok && verdict.code != ErrorCode::kLeaseLost) return;
  const Cell seen = !verdict.ok ? Cell::kLost : verdict.duplicate ? Cell::kDuplicate : Cell::kOk;
  const uint8_t possible = possible_cells(job, said.report);
  if ((possible & static_cast<uint8_t>(seen)) == 0) {
    return complain(ledger, seen == Cell::kLost ? "refused-valid" : "verdict", said,
                    "this was at no time its cell of the outcome table");
  }
  if (seen != Cell::kOk || said.report == Report::kExtend) return;
  if (!took_effect(job, said.report)) {
    complain(ledger, "acknowledged", said, "the record on disk does not show it");
  }
  if (has(job.answered, said.report)) {
    complain(ledger, "duplicate", said, "it was answered so before");
  }
  set(job.answered, said.report);
}

// The token is not the newest of an existing job.
void judge_other(Ledger& ledger, const Job* job, const Said& said) {
  const Reports::Sent* sent = ledger.reports.find(said.token);
  const bool was_newest = sent != nullptr && has(sent->while_newest, said.report);
  if (!was_newest && !said.verdict.ok) ++ledger.figures.stale_words;
  if (!said.verdict.ok || was_newest) return;
  if (job != nullptr && (sent != nullptr || said.token > job->token)) {
    return complain(ledger, "stale-token", said, "the token did not hold the job any more, or yet");
  }
  const IdEntry* entry = ledger.submissions.find(said.job_id);
  if (entry == nullptr || entry->creations == 0) {
    return complain(ledger, "verdict", said, "there never was such a job");
  }
  const bool completed = has(static_cast<uint8_t>(entry->visited), JobState::kCompleted);
  if (said.report == Report::kComplete && !completed) {
    complain(ledger, "acknowledged", said, "the record on disk does not show it");
  }
}

// The class project's form: who asked is not told here, so only what an "ok" promises is judged.
void judge_tokenless(Ledger& ledger, const Said& said) {
  if (!said.verdict.ok || said.report != Report::kComplete) return;
  const IdEntry* entry = ledger.submissions.find(said.job_id);
  if (entry != nullptr && has(static_cast<uint8_t>(entry->visited), JobState::kCompleted)) return;
  complain(ledger, "acknowledged", said, "the record on disk does not show it");
}

}  // namespace

void report_sent(Ledger& ledger, Report report, std::string_view job_id, LeaseToken token,
                 const Details* details) {
  Job* job = ledger.job(job_id);
  const std::string_view worker = details == nullptr ? std::string_view() : details->worker_id;
  if (job == nullptr || !is_newest(ledger, *job, token, worker)) {
    if (!token) return;
    Reports::Sent& sent = ledger.reports.other(token);
    set(sent.while_stale, report);
    sent.guessed = sent.guessed || job == nullptr || token > job->token;
    return;
  }
  if (!has(job->announced, report) && job->attempted != Attempted::kRunning) {
    set(job->too_late, report);
  }
  set(job->announced, report);
  if (report == Report::kFail || report == Report::kRelease) note_details(*job, details);
  if (report == Report::kExtend) note_extension(*job, details);
}

void follow_ups_sent(Ledger& ledger, std::string_view job_id, LeaseToken token, uint64_t group) {
  Job* job = ledger.job(job_id);
  const bool newest = job != nullptr && is_newest(ledger, *job, token, {});
  const uint32_t before = newest ? job->follow_ups : FlatIndex::kNone;
  if (newest && group == 0) job->bare_completion = true;
  if (group == 0) return;
  const uint32_t number = ledger.submissions.carried(group, token, before);
  if (newest) job->follow_ups = number;
}

void judge_verdict(Ledger& ledger, Report report, std::string_view job_id, LeaseToken token,
                   const Verdict& verdict) {
  const Said said = {report, job_id, token, verdict};
  if (!token) return judge_tokenless(ledger, said);
  Job* job = ledger.job(job_id);
  if (job != nullptr && is_newest(ledger, *job, token, {}) && has(job->announced, report)) {
    return judge_newest(ledger, *job, said);
  }
  judge_other(ledger, job, said);
}

}  // namespace muster::sim
