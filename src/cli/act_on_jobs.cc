#include "cli/act_on_jobs.h"

#include "cli/exit_code.h"
#include "protocol/json_writer.h"

namespace muster::cli {

namespace {

std::string json_of(const client::Acted& acted) {
  std::string line;
  protocol::JsonWriter json(&line);
  json.begin_object().member("job_id", acted.job_id);
  if (!acted.state.empty()) json.member("state", acted.state);
  json.member("duplicate", acted.duplicate).end_object();
  return line;
}

}  // namespace

void ActVerb::declare(Flags* flags) {
  flags->usage = "[FLAGS] ID…";
  flags->about = about();
  flags->words = {.value = "ID", .least = 1, .most = SIZE_MAX, .into = &ids_};
  remote_.declare(flags);
  flags->examples = examples();
}

int ActVerb::run(Terminal& terminal) {
  client::Client client = remote_.client(terminal);
  const Outcomes outcomes = act(client, ids_);
  if (!outcomes) return remote_.complain(terminal, outcomes.failure());
  int code = kOk;
  Table table({{.title = "ID", .yields = 1}, {.title = "DONE"}});
  for (size_t i = 0; i < outcomes->size(); ++i) {
    const client::ActionOutcome& outcome = (*outcomes)[i];
    if (!outcome) {
      const int failed = remote_.complain(terminal, outcome.failure(), ids_[i] + ": ");
      if (code == kOk) code = failed;
    } else if (remote_.format() == Format::kJson) {
      terminal.out_line(json_of(*outcome));
    } else {
      table.add({outcome->job_id, said(*outcome)});
    }
  }
  terminal.table(table, remote_.format());
  return code;
}

}  // namespace muster::cli
