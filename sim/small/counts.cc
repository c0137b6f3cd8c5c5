#include "sim/small/counts.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

namespace muster::sim::small {

Counts::Counts(const std::string& file) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    const size_t space = line.rfind(' ');
    if (line.empty() || line.front() == '#') continue;
    char* end = nullptr;
    const uint64_t states =
        space == std::string::npos ? 0 : std::strtoull(line.c_str() + space, &end, 10);
    if (states == 0 || *end != '\0') {
      std::cerr << file << ": expected a world, its size and a count, got: " << line << "\n";
      std::exit(2);
    }
    kept_[line.substr(0, space)] = states;
  }
  if (stream.eof() && !kept_.empty()) return;
  std::cerr << file << ": no counts can be read\n";
  std::exit(2);
}

Counts::Verdict Counts::compare(const std::string& title, uint64_t states) const {
  const auto found = kept_.find(title);
  if (found == kept_.end()) return Verdict::kUnknown;
  if (states == found->second) return Verdict::kSame;
  return states < found->second ? Verdict::kFewer : Verdict::kMore;
}

std::string Counts::text(const std::string& title, uint64_t states) const {
  const std::string kept =
      kept_.contains(title) ? std::to_string(kept_.at(title)) : std::string("none");
  switch (compare(title, states)) {
    case Verdict::kSame:
      return {};
    case Verdict::kUnknown:
      return kept_.empty() ? "" : title + ": no count is kept; add it with --write\n";
    case Verdict::kFewer:
      return title + ": " + std::to_string(states) + " states, and there were " + kept + "\n";
    case Verdict::kMore:
      break;
  }
  return title + ": " + std::to_string(states) + " states, and there were " + kept +
         "; update the file with --write\n";
}

bool Counts::write(const std::string& file) const {
  std::ofstream stream(file);
  stream << "# How many states each small world has: small_worlds --states FILE --write\n";
  for (const auto& [title, states] : kept_) stream << title << " " << states << "\n";
  return static_cast<bool>(stream.flush());
}

}  // namespace muster::sim::small
