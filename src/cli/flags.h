// Flags: what a verb takes from the command line, as data. A verb declares them once; parsing, help
// and suggestions are made from that.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "muster/failure.h"

namespace muster::cli {

// Takes a value as it was typed; gives what was expected instead ("" if nothing is wrong).
using Read = std::function<std::string(const std::string&)>;

struct Flag {
  std::string name;   // "--queue", or "-o,--output" with a short form
  std::string value;  // what stands for its value in the help, "NAME"; empty: a switch
  std::string help;
  Read read;             // of a switch: called with ""
  bool repeats = false;  // may be given several times
};

// What stands between the flags: ids, queues.
struct Words {
  std::string value;  // "ID"
  size_t least = 0;
  size_t most = 0;
  std::vector<std::string>* into = nullptr;  // null: the verb takes none
};

struct Flags {
  std::vector<Flag> flags;
  Words words;
  std::vector<std::string>* command = nullptr;  // what follows `--`; null: nothing may
  std::string usage;                            // after the verb: "[FLAGS] -- COMMAND [ARG…]"
  std::string about;                            // a few lines below it
  std::vector<std::string> examples;            // whole command lines

  void add(std::string name, std::string value, std::string help, Read read) {
    flags.push_back({std::move(name), std::move(value), std::move(help), std::move(read)});
  }
  void add_repeated(std::string name, std::string value, std::string help, Read read) {
    flags.push_back({std::move(name), std::move(value), std::move(help), std::move(read), true});
  }
  void add_switch(std::string name, std::string help, bool* into) {
    add(std::move(name), "", std::move(help), [into](const std::string&) {
      *into = true;
      return std::string();
    });
  }
};

// Readers for the usual kinds. `into` outlives the parsing.
Read text_into(std::string* into);
Read text_into(std::optional<std::string>* into);
Read list_into(std::vector<std::string>* into);
Read number_into(std::optional<uint32_t>* into, uint32_t least, uint32_t most);
Read number_into(uint32_t* into, uint32_t least, uint32_t most);
Read duration_into(std::optional<client::Milliseconds>* into);
Read time_into(std::optional<int64_t>* into);

}  // namespace muster::cli
