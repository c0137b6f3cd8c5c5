// Terminal: where a command's words go. Data to stdout, everything else to stderr. Owned by main,
// used by one thread. A reader that went away (`| head`) is no error: what follows is dropped
// quietly, and closed() says so to those who could stop early.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "cli/table.h"

namespace muster::cli {

enum class Format {
  kAuto,  // a table on a terminal, tab-separated in a pipe
  kTable,
  kJson,  // one object per line
};

class Terminal {
 public:
  // Writes all bytes; false: nobody reads any more.
  using Write = std::function<bool(std::string_view)>;
  struct Traits {
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool color = false;
    size_t width = 80;
  };

  Terminal(Write out, Write err, Traits traits);
  // stdout and stderr of this process; NO_COLOR, TERM and COLUMNS are looked at.
  static Terminal of_process();

  void out(std::string_view text);  // as it is
  void out_line(std::string_view text);
  // `muster: TEXT`, one line, made printable.
  void complain(std::string_view text);
  // The same without being an error, and only where somebody looks.
  void hint(std::string_view text);
  void err(std::string_view text);  // as it is
  // In place, where stderr is a terminal; "" takes it away.
  void progress(std::string_view text);

  void table(const Table& table, Format format);

  const Traits& traits() const { return traits_; }
  bool closed() const { return closed_; }

 private:
  Write out_;
  Write err_;
  Traits traits_;
  bool closed_ = false;
  bool progress_shown_ = false;
};

}  // namespace muster::cli
