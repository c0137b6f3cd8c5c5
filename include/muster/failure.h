// Failure: why a call of the client library did not give its value; Expected<T>: the value or that.
// Plain values: copy, move and keep them as you like, on any thread. Nothing here throws.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace muster::client {

// Points of the steady clock: deadlines of every blocking call. Lengths of time are milliseconds.
using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
using Milliseconds = std::chrono::milliseconds;

enum class FailureKind : uint8_t {
  kRefused,      // the server answered with an error; `code` is one of docs/protocol.md's
  kUnreachable,  // no connection could be made, or it broke and did not come back in time
  kTimedOut,     // the server is connected but did not answer in time
  kInterrupted,  // the Waker was woken
  kBadAnswer,    // what came back is not Muster's protocol
  kBadInput,     // the caller's own arguments; nothing was sent
};

struct Failure {
  FailureKind kind = FailureKind::kBadInput;
  std::string code = {};     // kRefused: as on the wire ("not_found"); otherwise the kind's name
  std::string message = {};  // for people: what went wrong and, where it is known, the remedy
  std::string job_id = {};   // the job that it is about; empty: none
  bool retryable = false;    // the same call may succeed later
  std::optional<Milliseconds> retry_after = {};  // the server's advice
};

// "unreachable", "timed_out"…
const char* name(FailureKind kind);

// Stands for "no value" where a call only succeeds or fails.
struct Nothing {};

template <class T>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  Expected(Failure failure) : state_(std::in_place_index<1>, std::move(failure)) {}  // NOLINT

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // The value; calling one of these without having asked ok() is a defect and ends the process.
  T& operator*() & { return *checked(std::get_if<0>(&state_)); }
  const T& operator*() const& { return *checked(std::get_if<0>(&state_)); }
  T&& operator*() && { return std::move(*checked(std::get_if<0>(&state_))); }
  T* operator->() { return checked(std::get_if<0>(&state_)); }
  const T* operator->() const { return checked(std::get_if<0>(&state_)); }

  const Failure& failure() const { return *checked(std::get_if<1>(&state_)); }

 private:
  template <class P>
  static P* checked(P* pointer) {
    if (pointer == nullptr) std::abort();
    return pointer;
  }
  std::variant<T, Failure> state_;
};

}  // namespace muster::client
