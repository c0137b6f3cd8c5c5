// The only file that knows CLI11: turns a verb's declared flags into a parser and runs it.
// Complaints are our own: one line that names the flag and the remedy.
#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>

#include "cli/suggest.h"
#include "cli/verb.h"

namespace muster::cli {

namespace {

// The long name of a flag: "--output" of "-o,--output".
std::string long_name(const Flag& flag) { return flag.name.substr(flag.name.find("--")); }

// Why `word` may not stand where it does.
std::string unexpected(const std::string& word, const Flags& flags) {
  if (!word.starts_with('-') || word == "-") {
    if (flags.command != nullptr) {
      return "unexpected `" + word + "`; put `--` before the command: -- " + word + " …";
    }
    return "unexpected `" + word + "`";
  }
  std::vector<std::string> names = {"--help"};
  for (const Flag& flag : flags.flags) names.push_back(long_name(flag));
  const std::string flag = word.substr(0, word.find('='));
  const std::string near = nearest(flag, names);
  return "there is no flag `" + flag + "`" + (near.empty() ? "" : "; did you mean `" + near + "`?");
}

void add_flag(CLI::App* app, const Flag& flag, std::string* complaint) {
  // The first complaint stays; CLI11 goes on to the end of the line.
  const auto take = [&flag, complaint](const std::string& value) {
    const std::string expected = flag.read(value);
    if (!expected.empty() && complaint->empty()) {
      *complaint = long_name(flag) + ": `" + value + "` is not " + expected;
    }
  };
  if (flag.value.empty()) {
    // CLI11 counts: --wait is 1, --wait=false -1, --wait=5 5.
    app->add_flag_function(flag.name, [take, &flag, complaint](std::int64_t count) {
      take("");
      if (count != 1 && complaint->empty())
        *complaint = long_name(flag) + " is given once, without a value";
    });
    return;
  }
  // A plain callback, so that CLI11 makes nothing of values that look like its lists: [1,2] or {}.
  const CLI::callback_t take_all = [take, &flag, complaint](const CLI::results_t& values) {
    if (values.size() > 1 && !flag.repeats && complaint->empty()) {
      *complaint =
          long_name(flag) + " is given " + std::to_string(values.size()) + " times; give it once";
    }
    for (const std::string& value : values) take(value);
    return true;
  };
  app->add_option(flag.name, take_all)->expected(1)->take_all()->allow_extra_args(false);
}

using NoWords = std::vector<std::string>;

// `behind` are those after `--`, which may begin with a dash.
std::string check_words(const std::vector<std::string>& extras,
                        const std::vector<std::string>& behind, const Flags& flags) {
  std::vector<std::string> words;
  for (const std::string& word : extras) {
    const bool is_flag = word.starts_with('-') && word != "-";
    if (is_flag || flags.words.into == nullptr) return unexpected(word, flags);
    words.push_back(word);
  }
  words.insert(words.end(), behind.begin(), behind.end());
  if (words.size() > flags.words.most) return unexpected(words[flags.words.most], flags);
  if (words.size() < flags.words.least) return flags.words.value + " is missing";
  if (flags.words.into != nullptr) *flags.words.into = std::move(words);
  return {};
}

}  // namespace

Parsed parse(Verb& verb, const std::vector<std::string>& all) {
  Flags flags;
  verb.declare(&flags);
  const auto dashes = std::find(all.begin(), all.end(), "--");
  std::vector<std::string> words(all.begin(), dashes);
  Parsed parsed;
  CLI::App app;
  app.set_help_flag("-h,--help", "");
  app.allow_extras();
  for (const Flag& flag : flags.flags) add_flag(&app, flag, &parsed.complaint);
  try {
    std::reverse(words.begin(), words.end());  // as CLI11 wants them
    app.parse(words);
  } catch (const CLI::CallForHelp&) {
    return {.complaint = "", .help = true};
  } catch (const CLI::ArgumentMismatch&) {
    // With these flags it can only mean one thing; CLI11's own text names neither flag nor remedy
    // well.
    parsed.complaint = "a flag at the end has no value";
    for (const Flag& flag : flags.flags) {
      const std::string& last = all.empty() ? flag.name : *(dashes - 1);
      const bool named = ("," + flag.name + ",").find("," + last + ",") != std::string::npos;
      if (named) parsed.complaint = last + ": " + flag.value + " is missing behind it";
    }
  } catch (const CLI::ParseError& error) {
    parsed.complaint = error.what();
  }
  std::vector<std::string> rest = app.remaining();
  const std::vector<std::string> behind(dashes == all.end() ? dashes : dashes + 1, all.end());
  if (flags.command != nullptr) *flags.command = behind;
  if (parsed.complaint.empty()) {
    parsed.complaint = check_words(rest, flags.command == nullptr ? behind : NoWords(), flags);
  }
  if (parsed.complaint.empty()) parsed.complaint = verb.check();
  return parsed;
}

}  // namespace muster::cli
