// JsonWriter: appends JSON to a string that the caller owns; commas and quotes are its business,
// balance and order are the caller's. Never makes invalid JSON: bytes that are no UTF-8 come out as
// U+FFFD.
//
//   JsonWriter json(&line);
//   json.begin_object().member("type", "job_status").member("job_id", id).end_object().end_line();
#pragma once

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace muster::protocol {

// Appends `text` as a JSON string, quotes included.
void append_json_string(std::string_view text, std::string* out);

class JsonWriter {
 public:
  explicit JsonWriter(std::string* out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  // A member's name. Its value comes next. Names are ours: nothing in them needs escaping.
  JsonWriter& key(std::string_view name) {
    comma();
    out_->push_back('"');
    out_->append(name);
    out_->append("\":");
    comma_ = false;
    return *this;
  }
  JsonWriter& string(std::string_view text) {
    comma();
    append_json_string(text, out_);
    return *this;
  }
  template <std::integral Integer>
    requires(!std::same_as<Integer, bool>)
  JsonWriter& number(Integer value) {
    comma();
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    out_->append(digits, static_cast<size_t>(end - digits));
    return *this;
  }
  JsonWriter& boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter& null() { return raw("null"); }
  // One JSON value, or the inside of an object (`"a":1,"b":2`), as it is.
  JsonWriter& raw(std::string_view json) {
    comma();
    out_->append(json);
    return *this;
  }
  // The inside of an object; may be empty.
  JsonWriter& members(std::string_view inside) { return inside.empty() ? *this : raw(inside); }
  // Thousandths as a decimal number: 1500 is 1.5.
  JsonWriter& thousandths(uint64_t value);

  JsonWriter& member(std::string_view name, std::string_view text) {
    return key(name).string(text);
  }
  JsonWriter& member(std::string_view name, const char* text) { return key(name).string(text); }
  template <std::integral Integer>
  JsonWriter& member(std::string_view name, Integer value) {
    key(name);
    if constexpr (std::same_as<Integer, bool>) {
      return boolean(value);
    } else {
      return number(value);
    }
  }
  JsonWriter& member_raw(std::string_view name, std::string_view json) {
    return key(name).raw(json);
  }
  JsonWriter& member_null(std::string_view name) { return key(name).null(); }

  // Ends the line; the next value begins a new one.
  void end_line() {
    out_->push_back('\n');
    comma_ = false;
  }

 private:
  void comma() {
    if (comma_) out_->push_back(',');
    comma_ = true;
  }
  JsonWriter& open(char bracket) {
    comma();
    out_->push_back(bracket);
    comma_ = false;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_->push_back(bracket);
    comma_ = true;
    return *this;
  }

  std::string* out_;
  bool comma_ = false;  // something stands before the next value or name
};

}  // namespace muster::protocol
