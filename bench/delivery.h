// Delivery: checks that every job that was accepted was handed out and completed exactly once. Jobs
// are numbered from 0 and named "b-<eight digits>".
#pragma once

#include <charconv>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace muster::bench {

class Delivery {
 public:
  explicit Delivery(uint64_t jobs) : assigned_(jobs, false) {}

  static void append_id(uint64_t job, std::string* out) {
    char digits[8];
    for (int i = 7; i >= 0; --i, job /= 10) digits[i] = static_cast<char>('0' + job % 10);
    out->append("b-").append(digits, sizeof digits);
  }

  // Throws when a job comes twice, or was never asked for.
  void assigned(std::string_view id) {
    uint64_t job = assigned_.size();
    std::from_chars(id.data() + 2, id.data() + id.size(), job);
    if (job >= assigned_.size() || assigned_[job]) {
      throw std::runtime_error("job " + std::string(id) +
                               " was handed out twice, or never submitted");
    }
    assigned_[job] = true;
  }
  void completed(uint64_t jobs) { completed_ += jobs; }

  uint64_t completed() const { return completed_; }
  bool all() const { return completed_ == assigned_.size(); }

 private:
  std::vector<bool> assigned_;
  uint64_t completed_ = 0;
};

}  // namespace muster::bench
