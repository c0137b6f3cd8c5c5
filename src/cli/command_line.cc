#include "cli/command_line.h"

#include <algorithm>
#include <utility>

#include "cli/exit_code.h"
#include "cli/suggest.h"
#include "cli/verbs.h"

namespace muster::cli {

namespace {

Verb* find(const VerbList& verbs, const std::string& name) {
  for (const auto& verb : verbs) {
    if (verb->name() == name) return verb.get();
  }
  return nullptr;
}

int unknown(const std::string& word, const VerbList& verbs, Terminal& terminal) {
  if (word.starts_with('-')) {
    terminal.complain("`" + word + "` stands where the verb belongs; flags come behind it: " +
                      "muster VERB [FLAGS], see `muster help`");
    return kUsage;
  }
  std::vector<std::string> names = {"help"};
  for (const auto& verb : verbs) names.push_back(verb->name());
  const std::string near = nearest(word, names);
  terminal.complain("there is no verb `" + word + "`; " +
                    (near.empty() ? "`muster help` lists them" : "did you mean `" + near + "`?"));
  return kUsage;
}

int help(const std::vector<std::string>& words, const VerbList& verbs, Terminal& terminal) {
  if (words.empty()) {
    terminal.out(overview_text(verbs));
    return kOk;
  }
  Verb* const verb = find(verbs, words[0]);
  if (verb == nullptr) return unknown(words[0], verbs, terminal);
  terminal.out(help_text(*verb));
  return kOk;
}

}  // namespace

int command_line(const std::vector<std::string>& words, Daemons daemons, Terminal& terminal) {
  const VerbList verbs = all_verbs(std::move(daemons));
  if (words.empty()) {
    terminal.err(overview_text(verbs));
    return kUsage;
  }
  std::string name = words[0];
  if (name == "--version" || name == "-V") name = "version";
  if (name == "--help" || name == "-h") name = "help";
  const std::vector<std::string> rest(words.begin() + 1, words.end());
  if (name == "help") return help(rest, verbs, terminal);
  Verb* const verb = find(verbs, name);
  if (verb == nullptr) return unknown(name, verbs, terminal);
  const Parsed parsed = parse(*verb, rest);
  if (parsed.help) return help({name}, verbs, terminal);
  if (!parsed.complaint.empty()) {
    terminal.complain(parsed.complaint + "; see `muster help " + name + "`");
    return kUsage;
  }
  return verb->run(terminal);
}

}  // namespace muster::cli
