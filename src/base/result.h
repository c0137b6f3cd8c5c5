// Expected<T, E>: a value or an error, for functions that may fail on what a peer or a disk sent.
// Every return type is [[nodiscard]]. Broken invariants of our own are CHECKs, never errors.
#pragma once

#include <utility>
#include <variant>

#include "base/check.h"

namespace muster {

// Stands for "no value": Expected<Unit, E> is a function that only succeeds or fails.
struct Unit {
  bool operator==(const Unit&) const = default;
};

template <class T, class E>
class [[nodiscard]] Expected {
 public:
  Expected(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  Expected(E error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    CHECK(ok(), "value() of an error");
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CHECK(ok(), "value() of an error");
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CHECK(ok(), "value() of an error");
    return std::move(*std::get_if<0>(&state_));
  }
  const E& error() const {
    CHECK(!ok(), "error() of a value");
    return *std::get_if<1>(&state_);
  }

  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }

 private:
  std::variant<T, E> state_;
};

}  // namespace muster
