// Counts: how many states each world had when it was last looked at, kept in a file of the
// repository, lines of "NAME JOBSxWORKERSxFAULTSxRESTARTS STATES". A world with fewer has become
// smaller and shows less than it did; one with more shows more, and the file should say so.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace muster::sim::small {

class Counts {
 public:
  enum class Verdict : uint8_t { kSame, kFewer, kMore, kUnknown };

  Counts() = default;                        // nothing is kept: all are unknown
  explicit Counts(const std::string& file);  // ends the process if it cannot be read

  Verdict compare(const std::string& title, uint64_t states) const;
  std::string text(const std::string& title, uint64_t states) const;  // a line; empty: the same

  void keep(const std::string& title, uint64_t states) { kept_[title] = states; }
  bool write(const std::string& file) const;

 private:
  std::map<std::string, uint64_t> kept_;
};

}  // namespace muster::sim::small
