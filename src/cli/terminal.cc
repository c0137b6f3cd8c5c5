#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace muster::cli {

namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

size_t terminal_width(int fd) {
  winsize size = {};
  if (::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const long columns = std::strtol(std::string(environment("COLUMNS")).c_str(), nullptr, 10);
  return columns > 0 && columns < 10'000 ? static_cast<size_t>(columns) : 80;
}

}  // namespace

Terminal::Terminal(Write out, Write err, Traits traits)
    : out_(std::move(out)), err_(std::move(err)), traits_(traits) {}

Terminal Terminal::of_process() {
  Traits traits;
  traits.out_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  traits.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  const std::string_view term = environment("TERM");
  traits.color =
      traits.out_is_terminal && environment("NO_COLOR").empty() && !term.empty() && term != "dumb";
  traits.width = terminal_width(STDOUT_FILENO);
  return Terminal([](std::string_view text) { return write_all(STDOUT_FILENO, text); },
                  [](std::string_view text) { return write_all(STDERR_FILENO, text); }, traits);
}

void Terminal::out(std::string_view text) {
  if (!closed_ && !out_(text)) closed_ = true;
}

void Terminal::out_line(std::string_view text) { out(std::string(text) + "\n"); }

void Terminal::err(std::string_view text) {
  progress("");
  err_(text);
}

void Terminal::complain(std::string_view text) { err("muster: " + printable(text) + "\n"); }

void Terminal::hint(std::string_view text) {
  if (traits_.err_is_terminal) complain(text);
}

void Terminal::progress(std::string_view text) {
  if (!traits_.err_is_terminal || (text.empty() && !progress_shown_)) return;
  err_("\r\x1b[K" + std::string(text));
  progress_shown_ = !text.empty();
}

void Terminal::table(const Table& table, Format format) {
  const bool fitted = format == Format::kTable || traits_.out_is_terminal;
  if (!fitted) return out(table.tab_separated());
  if (!table.empty()) out(table.fitted(traits_.width, traits_.color));
}

}  // namespace muster::cli
