// muster version: of this program.
#include "muster/version.h"

#include "cli/exit_code.h"
#include "cli/remote.h"
#include "cli/verbs.h"
#include "protocol/json_writer.h"

namespace muster::cli {

namespace {

class VersionVerb : public Verb {
 public:
  std::string name() const override { return "version"; }
  std::string summary() const override { return "print the version of this program"; }

  void declare(Flags* flags) override {
    flags->usage = "[-o json]";
    remote_.declare_output(flags);
    flags->examples = {"muster version"};
  }

  int run(Terminal& terminal) override {
    if (remote_.format() != Format::kJson) {
      terminal.out_line(std::string("muster ") + client::kVersion);
      return kOk;
    }
    std::string line;
    protocol::JsonWriter(&line).begin_object().member("version", client::kVersion).end_object();
    terminal.out_line(line);
    return kOk;
  }

 private:
  Remote remote_;
};

}  // namespace

std::unique_ptr<Verb> make_version() { return std::make_unique<VersionVerb>(); }

}  // namespace muster::cli
