// muster stats: the whole server in numbers.
#include "cli/exit_code.h"
#include "cli/remote.h"
#include "cli/verbs.h"
#include "protocol/json_view.h"

namespace muster::cli {

namespace {

// Every number and word of `object`, those of objects inside it under NAME.NAME: what a newer
// server adds is shown without a newer command line.
void add_members(Table& table, const protocol::JsonView& object, const std::string& prefix) {
  for (const protocol::JsonMember& member : object.members()) {
    const std::string name = prefix + member.key();
    if (member.value.is(protocol::JsonKind::kObject)) {
      add_members(table, member.value, name + ".");
    } else if (name != "type" && name != "status") {
      table.add({name, member.value.string().value_or(std::string(member.value.raw()))});
    }
  }
}

class StatsVerb : public Verb {
 public:
  std::string name() const override { return "stats"; }
  std::string summary() const override { return "show the server in numbers"; }

  void declare(Flags* flags) override {
    flags->usage = "[FLAGS]";
    flags->about =
        "`jobs` counts what is there now, `totals` what happened since the data "
        "directory was made.";
    remote_.declare(flags);
    flags->examples = {"muster stats", "muster stats -o json | jq .jobs.ready"};
  }

  int run(Terminal& terminal) override {
    client::Client client = remote_.client(terminal);
    const auto stats = client.stats();
    if (!stats) return remote_.complain(terminal, stats.failure());
    if (remote_.format() == Format::kJson) {
      terminal.out_line(stats->json);
      return kOk;
    }
    Table table({{.title = "NAME"}, {.title = "VALUE", .align = Table::Align::kRight}});
    if (const auto value = protocol::check_json(stats->json)) {
      add_members(table, protocol::JsonView(*value), "");
    }
    terminal.table(table, remote_.format());
    return kOk;
  }

 private:
  Remote remote_;
};

}  // namespace

std::unique_ptr<Verb> make_stats() { return std::make_unique<StatsVerb>(); }

}  // namespace muster::cli
