// For tests: one line decoded, and what it must have become.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "protocol/decoder.h"

namespace muster::protocol {

// Owns the bytes and the decoder, so that the command's views live as long as it does. The bytes
// are exactly as long as the line: the sanitizers see any look behind them.
class Decode {
 public:
  explicit Decode(std::string_view line)
      : line_(line.begin(), line.end()),
        request_(&decoder_.decode(std::string_view(line_.data(), line_.size()))) {}

  const Request* operator->() const { return request_; }
  const Error& error() const {
    static const Error kNone{ErrorCode::kInternal, "(it was accepted)"};
    const Error* error = std::get_if<Error>(&request_->what);
    return error != nullptr ? *error : kNone;
  }
  bool accepted() const { return !std::holds_alternative<Error>(request_->what); }
  // Of this kind, or the test fails and a default one is returned.
  template <class T>
  const T& command() const {
    static const T kDefault{};
    const Command* command = std::get_if<Command>(&request_->what);
    const T* wanted = command != nullptr ? std::get_if<T>(command) : nullptr;
    if (wanted != nullptr) return *wanted;
    ADD_FAILURE() << "not the command expected: " << std::string_view(line_.data(), line_.size())
                  << " " << error().message;
    return kDefault;
  }

 private:
  Decoder decoder_;
  std::vector<char> line_;
  const Request* request_;
};

inline void expect_refused(std::string_view line, ErrorCode code, std::string_view message) {
  const Decode decode(line);
  EXPECT_EQ(info(decode.error().code).name, info(code).name) << line;
  EXPECT_EQ(decode.error().message, message) << line;
}

}  // namespace muster::protocol
