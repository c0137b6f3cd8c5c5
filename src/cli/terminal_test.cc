#include "cli/terminal.h"

#include <gtest/gtest.h>

namespace muster::cli {
namespace {

struct Captured {
  std::string out;
  std::string err;
  bool readable = true;

  Terminal terminal(Terminal::Traits traits) {
    return Terminal(
        [this](std::string_view text) {
          if (readable) out += text;
          return readable;
        },
        [this](std::string_view text) {
          err += text;
          return true;
        },
        traits);
  }
};

Table table() {
  Table made({{.title = "A"}, {.title = "B"}});
  made.add({"1", "2"});
  return made;
}

TEST(Terminal, TablesForPeopleTabsForPipes) {
  Captured pipe;
  pipe.terminal({}).table(table(), Format::kAuto);
  EXPECT_EQ(pipe.out, "1\t2\n");
  Captured forced;
  forced.terminal({}).table(table(), Format::kTable);
  EXPECT_EQ(forced.out, "A  B\n1  2\n");
  Captured screen;
  screen.terminal({.out_is_terminal = true, .color = true}).table(table(), Format::kAuto);
  EXPECT_EQ(screen.out, "\x1b[1mA  B\x1b[0m\n1  2\n");
}

TEST(Terminal, AReaderThatWentAwayIsNoError) {
  Captured captured;
  Terminal terminal = captured.terminal({});
  terminal.out_line("one");
  EXPECT_FALSE(terminal.closed());
  captured.readable = false;
  terminal.out_line("two");
  EXPECT_TRUE(terminal.closed());
  captured.readable = true;
  terminal.out_line("three");
  EXPECT_EQ(captured.out, "one\n");
  EXPECT_EQ(captured.err, "");
}

TEST(Terminal, ComplaintsAreOneLineWhateverTheyQuote) {
  Captured captured;
  captured.terminal({}).complain("bad\nname \x1b[2J");
  EXPECT_EQ(captured.err, "muster: bad\\x0aname \\x1b[2J\n");
}

TEST(Terminal, HintsAndProgressOnlyOnATerminal) {
  Captured pipe;
  Terminal quiet = pipe.terminal({});
  quiet.hint("hint");
  quiet.progress("1 of 2");
  EXPECT_EQ(pipe.err, "");
  Captured screen;
  Terminal terminal = screen.terminal({.err_is_terminal = true});
  terminal.progress("1 of 2");
  terminal.complain("oh");
  EXPECT_EQ(screen.err, "\r\x1b[K1 of 2\r\x1b[Kmuster: oh\n");
  terminal.progress("");
  EXPECT_EQ(screen.err, "\r\x1b[K1 of 2\r\x1b[Kmuster: oh\n");
}

}  // namespace
}  // namespace muster::cli
