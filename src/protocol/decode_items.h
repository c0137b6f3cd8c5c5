// Batches: the items of an array, read where they stand, so that no byte of them is read twice.
#pragma once

#include <fmt/format.h>

#include "model/limits.h"
#include "protocol/fields.h"

namespace muster::protocol {

// At the value of `field` (see Fields::read): calls each(index) with the cursor at every item,
// which must take it and return false if it met malformed JSON. Items beyond the batch limit are
// only checked. Fewer than `least` are refused. False: the JSON is malformed (`fields` says so);
// other errors are noted in `fields`.
template <class Each>
bool read_items(Fields& fields, Field field, size_t least, Each each) {
  JsonCursor& cursor = fields.cursor();
  if (cursor.peek() != '[') {
    if (!fields.take_value(field)) return fields.spoil(), false;
    fields.fail(field, "an array");
    return true;
  }
  cursor.enter();
  bool first = true;
  size_t count = 0;
  for (;; ++count) {
    const JsonCursor::Step step = cursor.next_item(&first);
    if (step == JsonCursor::Step::kEnd) break;
    JsonValue beyond;
    const bool good = step == JsonCursor::Step::kItem &&
                      (count < limits::kBatch ? each(count) : cursor.value(&beyond));
    if (!good) return fields.spoil(), false;
  }
  if (count < least) fields.refuse(ErrorCode::kBadRequest, field, "must hold at least one item");
  if (count > limits::kBatch) {
    fields.refuse(
        ErrorCode::kTooLarge, field,
        fmt::format("may hold at most {} items, not {}: split it", limits::kBatch, count));
  }
  return true;
}

}  // namespace muster::protocol
