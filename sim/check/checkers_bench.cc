// What the checkers cost: a stream of jobs, each announced, submitted, acknowledged, leased, read,
// completed and removed, settled in commits of 64 events. Not part of CI; prints one line.
//
//   sim_check_bench [jobs, 1000000]
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "sim/check/checkers.h"

namespace {

using namespace muster;
using namespace muster::sim;

struct Load {
  Checkers checkers;
  Moment at;
  uint64_t sequence = 0;
  uint64_t told = 0;

  void emit(const Event& event) {
    checkers.event(Sequence(++sequence), event, at);
    if (sequence % 64 == 0) checkers.durable(Sequence(sequence));
  }

  void pass() {
    at.now.steady = at.now.steady + Duration::milliseconds(1);
    at.now.wall = at.now.wall + Duration::milliseconds(1);
    at.listened = at.listened + Duration::milliseconds(1);
  }
};

// A wave of jobs is alive at a time.
void wave(Load& load, uint64_t first, uint64_t size) {
  std::vector<std::string> ids;
  for (uint64_t n = first; n < first + size; ++n) ids.push_back("job-" + std::to_string(n));
  const std::string body = R"("payload":)" + std::string(100, 'x');
  const uint64_t content = content_of("default", "send", body);
  load.checkers.session_renewed("w1", "i1", limits::kSessionTtl, load.at);
  for (uint64_t i = 0; i < size; ++i) {
    JobSubmitted event;
    event.job = JobSeq(first + i);
    event.order = OrderSeq(first + i);
    event.spec.id = ids[i];
    event.spec.job_type = "send";
    event.spec.body = body;
    event.named = true;
    event.at = load.at.now.wall;
    load.checkers.submits(event.spec, first + i, false, load.at);
    load.emit(event);
  }
  load.checkers.durable(Sequence(load.sequence));
  for (uint64_t i = 0; i < size; ++i) load.checkers.accepted(ids[i], content, false, load.at);
  for (uint64_t i = 0; i < size; ++i) {
    load.emit(JobLeased{JobSeq(first + i), LeaseToken(first + i), "w1", "i1", limits::kSessionTtl,
                        false, load.at.now.wall});
  }
  load.checkers.durable(Sequence(load.sequence));
  for (uint64_t i = 0; i < size; ++i) {
    const LeaseToken token(first + i);
    load.checkers.assigned({"w1", "i1", ids[i], token, 1, content}, load.at);
    load.checkers.reports(Report::kComplete, ids[i], token, 0, load.at);
    load.emit(JobCompleted{JobSeq(first + i), token, {}, load.at.now.wall});
  }
  load.checkers.durable(Sequence(load.sequence));
  for (uint64_t i = 0; i < size; ++i) {
    const Verdict ok = {true, false, ErrorCode::kInternal, {}};
    load.checkers.reported(Report::kComplete, ids[i], LeaseToken(first + i), ok, load.at);
    load.checkers.asks("delete_job", ids[i], load.at);
    const JobSeq job(first + i);
    load.emit(JobsRemoved{std::span(&job, 1), load.at.now.wall});
  }
  load.checkers.durable(Sequence(load.sequence));
  load.told += size * 11;
  load.pass();
}

}  // namespace

int main(int argc, char** argv) {
  const uint64_t jobs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1'000'000;
  Load load;
  load.emit(TokensReserved{LeaseToken(jobs + 2)});
  load.checkers.durable(Sequence(1));
  load.checkers.started(Sequence(1), load.at);
  const std::clock_t begin = std::clock();  // of this process: the machine may be busy
  constexpr uint64_t kWave = 1000;
  for (uint64_t first = 1; first <= jobs; first += kWave) wave(load, first, kWave);
  const double took = 1e9 * static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  for (const std::string& violation : load.checkers.violations()) std::puts(violation.c_str());
  const double events = static_cast<double>(load.sequence);
  std::printf(
      "%.0f ns/event (with all that clients say), %.0f ns/call, %llu events, %zu violations\n",
      took / events, took / static_cast<double>(load.told),
      static_cast<unsigned long long>(load.sequence), load.checkers.violations().size());
  return load.checkers.violations().empty() ? 0 : 1;
}
