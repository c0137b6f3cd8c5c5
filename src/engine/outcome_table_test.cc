// Reads the outcome table of docs/job_lifecycle.md, builds every situation and tries every verb.
#include <fstream>
#include <map>

#include "engine/engine_fixture.h"

namespace muster::engine {
namespace {

using Row = std::vector<std::string>;

std::vector<Row> outcome_rows() {
  std::ifstream file(MUSTER_SOURCE_DIR "/docs/job_lifecycle.md");
  std::vector<Row> rows;
  bool in_table = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| situation of the token")) in_table = true;
    if (!in_table) continue;
    if (!line.starts_with("|")) break;
    Row row;
    size_t begin = 1;
    for (size_t end = line.find('|', begin); end != std::string::npos;
         end = line.find('|', begin)) {
      row.push_back(line.substr(begin + 1, end - begin - 2));
      begin = end + 1;
    }
    rows.push_back(row);
  }
  if (rows.size() > 2) rows.erase(rows.begin(), rows.begin() + 2);  // heading and rule
  return rows;
}

class OutcomeTable : public EngineFixture {
 protected:
  // Brings job "a" into the situation of this name; the token to report with.
  uint64_t build(const std::string& situation) {
    const auto builder = builders().find(situation);
    if (builder == builders().end()) {
      ADD_FAILURE() << "no builder for the documented situation: " << situation;
      return 0;
    }
    return (this->*builder->second)();
  }

  std::string report(size_t verb, uint64_t token) {
    switch (verb) {
      case 0:
        return complete("a", token);
      case 1:
        return fail("a", token);
      case 2:
        return release("a", token);
      default:
        return extend("a", token, Duration::seconds(60));
    }
  }

  using Builder = uint64_t (OutcomeTable::*)();
  static const std::map<std::string, Builder>& builders() {
    static const std::map<std::string, Builder> all = {
        {"newest, job running", &OutcomeTable::running},
        {"newest, running, cancel requested", &OutcomeTable::cancelling},
        {"newest, lease expired, job ready", &OutcomeTable::expired},
        {"newest, worker lost, job ready", &OutcomeTable::lost},
        {"newest, timed out, job scheduled", &OutcomeTable::timed_out},
        {"newest, worker lost, job dead", &OutcomeTable::lost_dead},
        {"newest, deadline passed, job dead", &OutcomeTable::deadline},
        {"newest, undelivered after all, job ready", &OutcomeTable::undelivered},
        {"newest, it failed, job scheduled", &OutcomeTable::failed},
        {"newest, it failed, job dead", &OutcomeTable::failed_dead},
        {"newest, it released, job ready", &OutcomeTable::released},
        {"newest, it completed the job", &OutcomeTable::completed},
        {"newest, job cancelled", &OutcomeTable::cancelled},
        {"newest, worker lost, job requeued", &OutcomeTable::requeued},
        {"older, job running again", &OutcomeTable::older_running},
        {"older, completed by a later one", &OutcomeTable::older_completed},
        {"never given out, job ready", &OutcomeTable::never_given_out},
        {"job forgotten", &OutcomeTable::forgotten},
    };
    return all;
  }

 private:
  uint64_t running() {
    submit("a");
    request("w");
    return token_of("a");
  }
  uint64_t cancelling() {
    const uint64_t token = running();
    act(JobAction::kCancel, "a");
    return token;
  }
  uint64_t expired() {
    const uint64_t token = running();
    pass(Duration::seconds(31));
    return token;
  }
  uint64_t lost() {
    submit("a");
    enlist("w", "one");
    request("w");
    enlist("w", "two");  // another process takes the name
    return token_of("a");
  }
  uint64_t timed_out() {
    submit("a", [](JobSpec& job) { job.options.timeout = Duration::seconds(1); });
    enlist("w", "one");
    request("w");
    for (int second = 0; second < 17; ++second) {
      beat("w", "one");
      pass(Duration::milliseconds(980));
    }
    return token_of("a");
  }
  uint64_t lost_dead() {
    submit("a", [](JobSpec& job) { job.options.max_lost = 1; });
    request("w");
    pass(Duration::seconds(31));
    return token_of("a");
  }
  uint64_t deadline() {
    submit("a", [this](JobSpec& job) { job.options.deadline = now_.wall + Duration::seconds(5); });
    request("w");
    pass(Duration::seconds(6));
    return token_of("a");
  }
  uint64_t undelivered() {
    const uint64_t token = running();
    run(ReturnUndelivered{job("a")->seq, LeaseToken(token)});
    return token;
  }
  uint64_t failed() {
    const uint64_t token = running();
    fail("a", token);
    return token;
  }
  uint64_t failed_dead() {
    const uint64_t token = running();
    fail("a", token, false);
    return token;
  }
  uint64_t released() {
    const uint64_t token = running();
    release("a", token);
    return token;
  }
  uint64_t completed() {
    const uint64_t token = running();
    complete("a", token);
    return token;
  }
  uint64_t cancelled() {
    const uint64_t token = cancelling();
    fail("a", token);
    return token;
  }
  uint64_t requeued() {
    const uint64_t token = lost_dead();
    act(JobAction::kRetry, "a");
    return token;
  }
  uint64_t older_running() {
    const uint64_t token = expired();
    request("w2");
    return token;
  }
  uint64_t older_completed() {
    const uint64_t token = older_running();
    complete("a", token_of("a"));
    return token;
  }
  uint64_t never_given_out() {
    submit("a");
    return 7;
  }
  uint64_t forgotten() {
    const uint64_t token = completed();
    act(JobAction::kDelete, "a");
    return token;
  }
};

class OutcomeTableCell : public OutcomeTable, public ::testing::WithParamInterface<size_t> {};

TEST_P(OutcomeTableCell, IsAsDocumented) {
  const std::vector<Row> rows = outcome_rows();
  ASSERT_EQ(rows.size(), builders().size());
  const Row& row = rows[GetParam() / 4];
  const size_t verb = GetParam() % 4;
  ASSERT_EQ(row.size(), 5U) << row.front();
  const uint64_t token = build(row.front());

  std::string found = report(verb, token);
  // "ok scheduled duplicate" as the engine says it; the table says "ok duplicate → scheduled".
  const bool duplicate = found.find(" duplicate") != std::string::npos;
  found = found.substr(0, found.find(' ')) + (duplicate ? " duplicate" : "");
  if (const JobRecord* record = job("a")) found += " → " + std::string(name(record->state));
  EXPECT_EQ(found, row[1 + verb]) << row.front();
}

INSTANTIATE_TEST_SUITE_P(AllCells, OutcomeTableCell, ::testing::Range<size_t>(0, 18 * 4));

}  // namespace
}  // namespace muster::engine
