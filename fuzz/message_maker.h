// MessageMaker: requests made by the tables of request_rules, mostly good ones, with values at and
// beside their limits. What mutators start from.
#pragma once

#include <cstdint>
#include <string>

#include "fuzz/request_rules.h"

namespace muster::fuzz {

// The same on every machine for one seed.
class Chance {
 public:
  explicit Chance(uint64_t seed) : state_(seed * 2 + 1) {}
  uint64_t below(uint64_t bound);
  bool one_in(uint64_t n) { return below(n) == 0; }

 private:
  uint64_t state_;
};

class MessageMaker {
 public:
  explicit MessageMaker(uint64_t seed) : chance_(seed) {}

  // A whole message.
  std::string message();
  // A piece of one: a key, a verb, a value, a bracket.
  std::string piece();
  Chance& chance() { return chance_; }

 private:
  std::string object(const ObjectRule& rule, std::string_view verb);
  std::string value(const FieldRule& field);
  std::string array(const FieldRule& field);
  std::string number(int64_t least, int64_t most);
  std::string time();
  std::string any();

  Chance chance_;
  int depth_ = 0;
};

}  // namespace muster::fuzz
