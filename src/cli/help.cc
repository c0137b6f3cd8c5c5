// Help texts, laid out from what the verbs declare. 80 columns wherever they are read.
#include <fmt/format.h>

#include <algorithm>

#include "cli/verb.h"

namespace muster::cli {

namespace {

constexpr size_t kWidth = 80;
constexpr size_t kLeft = 26;  // where descriptions begin

// `text` broken at spaces so that each line, behind `indent` columns, ends by column 80.
std::string wrapped(const std::string& text, size_t indent) {
  std::string out;
  size_t column = indent;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (column > indent && column + 1 + display_width(word) > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += display_width(word);
    at = end + 1;
  }
  return out;
}

std::string entry(std::string left, const std::string& help) {
  left = "  " + left;
  if (left.size() + 2 > kLeft) {
    left += "\n" + std::string(kLeft, ' ');
  } else {
    left.resize(kLeft, ' ');
  }
  return left + wrapped(help, kLeft) + "\n";
}

std::string flag_entry(const Flag& flag) {
  std::string names = flag.name;
  const size_t comma = names.find(',');
  if (comma != std::string::npos) names.insert(comma + 1, " ");
  return entry(flag.value.empty() ? names : names + " " + flag.value, flag.help);
}

}  // namespace

std::string help_text(Verb& verb) {
  Flags flags;
  verb.declare(&flags);
  std::string out = fmt::format("muster {}: {}\n\nUsage: muster {} {}\n", verb.name(),
                                verb.summary(), verb.name(), flags.usage);
  if (!flags.about.empty()) out += "\n" + wrapped(flags.about, 0) + "\n";
  if (!flags.flags.empty()) {
    out += "\nFlags:\n";
    for (const Flag& flag : flags.flags) out += flag_entry(flag);
  }
  if (!flags.examples.empty()) {
    out += "\nExamples:\n";
    for (const std::string& example : flags.examples) out += "  " + example + "\n";
  }
  return out;
}

std::string overview_text(const VerbList& verbs) {
  std::string out =
      "muster: a distributed job queue that keeps what it accepts\n\n"
      "Usage: muster VERB [FLAGS]\n\nVerbs:\n";
  for (const auto& verb : verbs) out += entry(verb->name(), verb->summary());
  out +=
      "\nExamples:\n"
      "  muster dev                          a server and two workers, to try it out\n"
      "  muster run -- echo hello            run a command on a worker, see its output\n"
      "  muster submit -- make report        queue a command, print its id\n"
      "  muster status --wait ID             wait until it has ended\n"
      "\n`muster help VERB` tells more about one verb. The server is found by --server\n"
      "or MUSTER_SERVER, by default at 127.0.0.1:8080.\n"
      "\nExit codes: 0 ok, 1 failed, 2 usage, 3 not found, 4 not allowed, 5 conflict,\n"
      "6 server unreachable or overloaded, 124 a wait timed out.\n";
  return out;
}

}  // namespace muster::cli
