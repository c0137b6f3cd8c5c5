// Fields: one object of a request, read in one pass: its known members kept as spans, unknown ones
// checked and dropped. Then typed access, which notes the first thing that is wrong and returns
// harmless values from then on; the caller asks ok() at the end. Views point into the request or
// the arena.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "model/error.h"
#include "model/limits.h"
#include "protocol/field_table.h"
#include "protocol/json_cursor.h"

namespace muster::protocol {

class Fields {
 public:
  // The cursor stands before the object. The arena takes unescaped text and must have the capacity
  // for it.
  Fields(const FieldTable& table, JsonCursor* cursor, std::string* arena)
      : table_(&table), cursor_(cursor), arena_(arena) {}

  // How names are prefixed in messages: "retry." or "submit[3]."; static text.
  void set_path(std::string_view path, int index = -1) {
    path_ = path;
    path_index_ = index;
  }
  // An object directly in the request line: `data` (an object) wraps the fields.
  void set_top() { top_ = true; }

  // Reads on to the end of the object, or to the value of a member in `stop_at`, which the caller
  // then takes from cursor(). Returns that member, kEnd or kFailed (see error()).
  static constexpr int kEnd = -1;
  static constexpr int kFailed = -2;
  int read(uint32_t stop_at = 0);
  bool read_all() { return read() == kEnd; }
  JsonCursor& cursor() { return *cursor_; }
  // The stopped-at member's value, taken as it is after all.
  bool take_value(Field field) { return cursor_->value(&values_[field.index]); }

  bool has(Field field) const { return (seen_ & field.bit()) != 0; }
  uint32_t seen() const { return seen_; }
  bool only(uint32_t fields) const { return (seen_ & ~fields) == 0; }
  const JsonValue& value(Field field) const { return values_[field.index]; }
  const FieldTable& table() const { return *table_; }
  bool wrapped() const { return wrapped_; }
  // For the fields inside `data`: what stands outside still counts.
  void keep(Field field, const JsonValue& outer) {
    seen_ |= field.bit();
    values_[field.index] = outer;
  }

  // Errors. The first counts; malformed JSON outranks it.
  bool ok() const { return !error_; }
  bool malformed() const { return malformed_; }
  bool twice() const { return twice_; }
  Error take_error() { return *std::move(error_); }
  void fail(Field field, std::string_view expected);  // "<name> must be <expected>, not …"
  void refuse(ErrorCode code, Field field, std::string_view why);  // "<name> <why>"
  void refuse(ErrorCode code, std::string message);
  void spoil();                                     // the cursor met malformed JSON
  void adopt(Fields* nested);                       // an object inside this one has ended
  bool need(Field field, std::string_view remedy);  // present, or an error

  // Typed access. What is absent gives `fallback`.
  std::string_view text(Field field, size_t least, size_t most, std::string_view fallback = {});
  std::string_view id(Field field);  // 1-200 bytes, no control characters
  std::string_view name(Field field, std::string_view fallback = {});  // of a queue or job type
  std::string cut_text(Field field, size_t most);  // free text, cut to `most` bytes
  int64_t integer(Field field, int64_t least, int64_t most, int64_t fallback = 0);
  uint32_t thousandths(Field field, uint32_t least, uint32_t most, uint32_t fallback);
  Duration ms(Field field, Duration least, Duration most, Duration fallback = {});
  std::optional<Duration> optional_ms(Field field, Duration least, Duration most);
  std::optional<WallTime> wall_time(Field field);
  bool boolean(Field field, bool fallback);
  std::string_view raw_object(Field field, size_t most);
  std::string_view result(Field field);  // any JSON up to kResultBytes

  // JSON that will be part of an answer, which is one line: line breaks between its tokens (inside
  // of strings there are none) become spaces, in the arena.
  std::string_view one_line(std::string_view json);
  void names(Field field, std::vector<std::string_view>* out);
  void ids(Field field, std::vector<std::string_view>* out);

  // The meaning of a string, unescaped into the arena if need be; `whole` false: a lone surrogate.
  std::string_view meaning(const JsonValue& string, bool* whole);

 private:
  int find(const JsonValue& key) const;
  void note(Error error) {
    if (!error_) error_ = std::move(error);
  }
  std::string full_name(Field field) const;
  bool is_text(Field field, const JsonValue& value, std::string_view* out);
  bool check_id(Field field, const JsonValue& value, std::string_view* out);
  bool check_name(Field field, const JsonValue& value, std::string_view* out);

  const FieldTable* table_;
  JsonCursor* cursor_;
  std::string* arena_;
  std::string_view path_;
  int path_index_ = -1;
  uint32_t seen_ = 0;
  bool entered_ = false;
  bool first_ = true;
  bool top_ = false;
  bool wrapped_ = false;
  bool malformed_ = false;
  bool twice_ = false;
  std::array<JsonValue, FieldTable::kMost> values_;  // only those in seen_ mean something
  std::optional<Error> error_;
};

// Whether text may name a job or worker; `why` says what is wrong.
bool is_id(std::string_view text);
bool is_name(std::string_view text);

}  // namespace muster::protocol
