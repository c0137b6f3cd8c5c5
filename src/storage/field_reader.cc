#include "storage/field_reader.h"

#include <fmt/core.h>

#include "base/check.h"

namespace muster::storage {

void FieldReader::refuse(const char* field, const char* what) {
  if (what_ != nullptr) return;
  field_ = field;
  what_ = what;
  bytes_ = ByteReader({});  // everything later reads as nothing
}

void FieldReader::expect_bytes(const char* field) {
  if (!bytes_.ok()) refuse(field, "is cut short");
}

uint64_t FieldReader::varint(const char* field, uint64_t max) {
  const uint64_t value = bytes_.varint();
  expect_bytes(field);
  if (value > max) refuse(field, "is out of range");
  return ok() ? value : 0;
}

int64_t FieldReader::svarint(const char* field, int64_t min, int64_t max) {
  const int64_t value = bytes_.svarint();
  expect_bytes(field);
  if (value < min || value > max) refuse(field, "is out of range");
  return ok() ? value : 0;
}

uint64_t FieldReader::word(const char* field) {
  const uint64_t value = bytes_.u64();
  expect_bytes(field);
  return ok() ? value : 0;
}

uint64_t FieldReader::flags(const char* field, uint64_t known) {
  const uint64_t value = varint(field);
  if ((value & ~known) != 0) refuse(field, "has unknown bits");
  return ok() ? value : 0;
}

void FieldReader::ask(const char* field, uint64_t max, std::string_view* view, std::string* copy) {
  CHECK(text_count_ < kTexts, "more texts than a record has");
  texts_[text_count_++] = {field, varint(field, max), view, copy};
}

void FieldReader::take_texts() {
  for (size_t i = 0; i < text_count_; ++i) {
    const Text& text = texts_[i];
    const std::string_view bytes = bytes_.take(ok() ? text.size : 0);
    expect_bytes(text.field);
    if (text.view != nullptr) *text.view = bytes;
    if (text.copy != nullptr) *text.copy = bytes;
  }
  text_count_ = 0;
}

std::string FieldReader::problem() const {
  CHECK(!ok(), "nothing is wrong");
  return fmt::format("{} {}", field_, what_);
}

}  // namespace muster::storage
