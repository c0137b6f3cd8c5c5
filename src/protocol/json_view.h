// JsonView: a checked JSON value to look into; a pair of pointers, nothing is copied but what is
// asked for. Whatever is not there or of another kind is "nothing", so that lookups can be chained:
// view["next"]["job_id"].string(). Views point into the text they came from and must not outlive
// it. A lookup walks its object: take a member once, not in a loop.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/json_text.h"

namespace muster::protocol {

struct JsonMember;
template <class Element>
class JsonSequence;

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
  JsonSequence<JsonView> items() const;             // of an array; none of anything else
  JsonSequence<JsonMember> members() const;         // of an object
  size_t size() const;                              // how many items

 private:
  JsonValue value_;
};

struct JsonMember {
  JsonValue name;
  JsonView value;
  bool named(std::string_view key) const;
  std::string key() const;  // unescaped
};

// Takes the next item or member off an array or object that was entered; false: it has ended.
bool read_next(JsonCursor* cursor, bool* first, JsonView* item);
bool read_next(JsonCursor* cursor, bool* first, JsonMember* member);

// for (const JsonView& item : view.items()), for (const JsonMember& member : view.members())
template <class Element>
class JsonSequence {
 public:
  class Iterator {
   public:
    explicit Iterator(std::string_view text) : cursor_(text) {
      cursor_.peek();
      cursor_.enter();
      ++*this;
    }
    const Element& operator*() const { return element_; }
    Iterator& operator++() {
      done_ = !read_next(&cursor_, &first_, &element_);
      return *this;
    }
    bool operator!=(std::default_sentinel_t) const { return !done_; }

   private:
    JsonCursor cursor_;
    Element element_;
    bool first_ = true;
    bool done_ = false;
  };
  explicit JsonSequence(std::string_view text) : text_(text) {}
  Iterator begin() const { return Iterator(text_); }
  std::default_sentinel_t end() const { return {}; }

 private:
  std::string_view text_;
};

}  // namespace muster::protocol
