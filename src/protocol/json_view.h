// JsonView: a checked JSON value to look into; a pair of pointers, nothing is copied but what is
// asked for. Whatever is not there or of another kind is "nothing", so that lookups can be chained:
// view["next"]["job_id"].string(). Views point into the text they came from and must not outlive
// it. A lookup walks its object: take a member once, not in a loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/json_text.h"

namespace muster::protocol {

class JsonItems;
class JsonMembers;

class JsonView {
 public:
  JsonView() = default;  // nothing
  explicit JsonView(const JsonValue& checked) : value_(checked) {}

  bool exists() const { return value_.begin != nullptr; }
  bool is(JsonKind kind) const { return exists() && value_.kind == kind; }
  bool is_null() const { return is(JsonKind::kNull); }
  std::string_view raw() const { return exists() ? value_.text() : std::string_view(); }

  std::optional<std::string> string() const;  // unescaped
  std::optional<int64_t> integer() const;     // nothing if it has a fraction or is beyond 64 bits
  std::optional<uint64_t> unsigned_integer() const;  // nothing if negative, too
  std::optional<bool> boolean() const;
  // What stands in for nothing.
  std::string string_or(std::string_view fallback) const;
  int64_t integer_or(int64_t fallback) const { return integer().value_or(fallback); }
  bool boolean_or(bool fallback) const { return boolean().value_or(fallback); }

  JsonView operator[](std::string_view key) const;  // the first member so named
  JsonItems items() const;                          // of an array; none of anything else
  JsonMembers members() const;                      // of an object
  size_t size() const;                              // how many items

 private:
  JsonValue value_;
};

// for (JsonView item : view.items())
class JsonItems {
 public:
  class Iterator {
   public:
    explicit Iterator(std::string_view array) : cursor_(array) { advance(); }
    const JsonView& operator*() const { return item_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return done_ != other.done_; }

   private:
    void advance();
    JsonCursor cursor_;
    JsonView item_;
    bool started_ = false;
    bool first_ = true;
    bool done_ = false;
  };
  explicit JsonItems(std::string_view array) : array_(array) {}
  Iterator begin() const { return Iterator(array_); }
  Iterator end() const { return Iterator("[]"); }

 private:
  std::string_view array_;
};

struct JsonMember {
  JsonValue name;
  JsonView value;
  bool named(std::string_view key) const;
  std::string key() const;  // unescaped
};

// for (const JsonMember& member : view.members())
class JsonMembers {
 public:
  class Iterator {
   public:
    explicit Iterator(std::string_view object) : cursor_(object) { advance(); }
    const JsonMember& operator*() const { return member_; }
    Iterator& operator++() {
      advance();
      return *this;
    }
    bool operator!=(const Iterator& other) const { return done_ != other.done_; }

   private:
    void advance();
    JsonCursor cursor_;
    JsonMember member_;
    bool started_ = false;
    bool first_ = true;
    bool done_ = false;
  };
  explicit JsonMembers(std::string_view object) : object_(object) {}
  Iterator begin() const { return Iterator(object_); }
  Iterator end() const { return Iterator("{}"); }

 private:
  std::string_view object_;
};

}  // namespace muster::protocol
