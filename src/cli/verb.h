// Verb: one word behind `muster`, with what it takes and what it does. One file per verb.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/flags.h"
#include "cli/terminal.h"

namespace muster::cli {

class Verb {
 public:
  virtual ~Verb() = default;

  virtual std::string name() const = 0;
  virtual std::string summary() const = 0;  // one line for the list of verbs
  // For parsing and for help. What the flags read into lives in the verb.
  virtual void declare(Flags* flags) = 0;
  // After parsing: what is wrong with the flags taken together; "" if nothing is.
  virtual std::string check() { return {}; }
  // Does it; the exit code of the process (exit_code.h).
  virtual int run(Terminal& terminal) = 0;
};

using VerbList = std::vector<std::unique_ptr<Verb>>;

// What parsing came to: nothing (the verb may run), a complaint, or a wish for its help.
struct Parsed {
  std::string complaint;
  bool help = false;
};

// Reads `words` (all behind the verb) into what the verb declared.
Parsed parse(Verb& verb, const std::vector<std::string>& words);

// The help of one verb, and of all. 80 columns.
std::string help_text(Verb& verb);
std::string overview_text(const VerbList& verbs);

}  // namespace muster::cli
