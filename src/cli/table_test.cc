#include "cli/table.h"

#include <gtest/gtest.h>

#include <sstream>

namespace muster::cli {
namespace {

Table jobs() {
  return Table({{.title = "ID", .yields = 1},
                {.title = "QUEUE", .yields = 1},
                {.title = "TRIES", .align = Table::Align::kRight}});
}

size_t widest_line(const std::string& text) {
  std::istringstream lines(text);
  size_t widest = 0;
  for (std::string line; std::getline(lines, line);) {
    widest = std::max(widest, display_width(line));
  }
  return widest;
}

TEST(Table, AlignsColumns) {
  Table table = jobs();
  table.add({"a", "default", "1"});
  table.add({"job-2", "x", "12"});
  EXPECT_EQ(table.fitted(80, false),
            "ID     QUEUE    TRIES\n"
            "a      default      1\n"
            "job-2  x           12\n");
}

TEST(Table, FitsTheTerminalByCuttingTheWidestColumns) {
  Table table = jobs();
  table.add({std::string(60, 'i'), std::string(40, 'q'), "1"});
  table.add({"short", "default", "2"});
  for (const size_t width : {100u, 80u, 60u, 40u}) {
    EXPECT_LE(widest_line(table.fitted(width, false)), width);
  }
  EXPECT_EQ(table.fitted(40, false),
            "ID               QUEUE             TRIES\n"
            "iiiiiiiiiiiiii…  qqqqqqqqqqqqqqq…      1\n"
            "short            default               2\n");
}

TEST(Table, CutsWhatYieldsFirstBeforeAnythingElse) {
  Table table({{.title = "ID", .yields = 1}, {.title = "NOTE", .yields = 2}});
  table.add({std::string(20, 'i'), std::string(20, 'n')});
  EXPECT_EQ(table.fitted(30, false),
            "ID                    NOTE\n" + std::string(20, 'i') + "  nnnnnnn…\n");
  EXPECT_EQ(table.fitted(24, false), "ID                NOTE\niiiiiiiiiiiiiii…  nnnnn…\n");
}

TEST(Table, NeverCutsWhatDoesNotYield) {
  Table table({{.title = "ID"}, {.title = "STATE"}});
  table.add({std::string(30, 'x'), "completed"});
  EXPECT_NE(table.fitted(10, false).find(std::string(30, 'x') + "  completed"), std::string::npos);
}

TEST(Table, CountsCellsNotBytes) {
  EXPECT_EQ(display_width("größe"), 5u);
  EXPECT_EQ(display_width("任務"), 4u);
  Table table({{.title = "N", .yields = 1}, {.title = "B"}});
  table.add({"任務任務任務", "x"});
  table.add({"abc", "y"});
  EXPECT_EQ(table.fitted(10, false),
            "N        B\n"
            "任務任…  x\n"
            "abc      y\n");
}

TEST(Table, TabSeparatedKeepsEverythingAndHasNoHeader) {
  Table table = jobs();
  table.add({std::string(300, 'i'), "q", ""});
  table.add({"a\tb", "c\nd", "1"});
  EXPECT_EQ(table.tab_separated(), std::string(300, 'i') + "\tq\t\na\\x09b\tc\\x0ad\t1\n");
}

TEST(Table, OnlyTheHeaderIsBold) {
  Table table({{.title = "A"}});
  table.add({"x"});
  EXPECT_EQ(table.fitted(80, true), "\x1b[1mA\x1b[0m\nx\n");
}

TEST(Printable, NothingSteersTheTerminal) {
  EXPECT_EQ(printable("plain größe 任務 🙂"), "plain größe 任務 🙂");
  EXPECT_EQ(printable("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
  EXPECT_EQ(printable("\xff\xc0\x80"), "\\xff\\xc0\\x80");
  EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80");  // a lone surrogate
  EXPECT_EQ(printable("\xc2\x9b"), "\\xc2\\x9b");           // C1 control
  EXPECT_EQ(printable("a\xe2\x80\xae"
                      "b"),
            "a\\xe2\\x80\\xae"
            "b");                                  // right-to-left override
  EXPECT_EQ(printable("\xe4\xbb"), "\\xe4\\xbb");  // cut off
}

}  // namespace
}  // namespace muster::cli
