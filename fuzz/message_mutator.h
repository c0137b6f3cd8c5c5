// What targets that read messages give libFuzzer as their own mutator: whole requests and pieces of
// them among its usual changes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "fuzz/message_maker.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t most);

namespace muster::fuzz {

// Puts `text` in place of `replaced` bytes at `at`, as far as `most` bytes allow.
inline size_t splice(uint8_t* data, size_t size, size_t most, size_t at, std::string_view text) {
  const std::string behind(reinterpret_cast<const char*>(data) + at, size - at);
  const size_t first = std::min(text.size(), most - at);
  std::memcpy(data + at, text.data(), first);
  const size_t second = std::min(behind.size(), most - at - first);
  std::memcpy(data + at + first, behind.data(), second);
  return at + first + second;
}

// For LLVMFuzzerCustomMutator, of inputs that are one message.
inline size_t mutate_message(uint8_t* data, size_t size, size_t most, unsigned seed) {
  MessageMaker maker(seed);
  switch (maker.chance().below(6)) {
    case 0:
      return splice(data, 0, most, 0, maker.message());
    case 1:
      return splice(data, size, most, maker.chance().below(size + 1), maker.piece());
    default:
      return LLVMFuzzerMutate(data, size, most);
  }
}

}  // namespace muster::fuzz
