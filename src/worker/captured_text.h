// What was captured of a stream as text for JSON: encoding, and cuts that split no character. Pure.
#pragma once

#include <string>
#include <string_view>

#include "worker/capture.h"

namespace muster::worker {

bool is_utf8(std::string_view bytes);
std::string base64(std::string_view bytes);

// A stream whose ends are whole characters (`utf8`) or arbitrary bytes to be written as base64.
struct StreamText {
  Captured captured;
  bool utf8 = true;

  // Characters that the cut between head and tail split are moved or dropped, so that they alone do
  // not turn a text into base64.
  static StreamText of(Captured captured);

  // Bytes that `part` takes inside a JSON string's quotes.
  size_t encoded_size(std::string_view part) const;
  // Keeps the longest start of the head, end of the tail, that takes at most `budget`.
  void cut_head(size_t budget);
  void cut_tail(size_t budget);
};

}  // namespace muster::worker
