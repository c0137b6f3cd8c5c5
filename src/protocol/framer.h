// Framer: cuts a connection's bytes into messages, incrementally: a scan of strings and brackets
// whose state is kept between reads, so no byte is looked at twice. Knows no socket and no verb.
//
// A message is one JSON object: it may span lines, come without a newline, or share a line with
// others. What cannot be framed is one coded error and then everything up to the next '\n' is
// skipped. A line that begins with {"type" in column 0 while an object is open ends that one with
// bad_json.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/error.h"
#include "model/limits.h"

namespace muster::protocol {

struct Frame {
  enum class Kind {
    kObject,  // `object` is one balanced object, followed by at least 64 readable bytes
    kError,   // `error` is to be answered; the connection lives on
    kClose,   // a line over kHangUpFactor × the limit: answer `error`, then close
  };
  Kind kind = Kind::kObject;
  std::string_view object;
  Error error;
};

class Framer {
 public:
  explicit Framer(size_t line_limit = limits::kRequestLine);

  // Room for at least `size` bytes; after writing n of them there, call written(n). Invalidates the
  // views of earlier frames.
  std::span<char> room(size_t size);
  void written(size_t size);

  // The next message among the bytes written so far. Its view lives until the next room().
  std::optional<Frame> next();

  bool object_open() const;  // an object has begun and not ended
  size_t buffered() const;   // bytes held
  // The open object took too long, or the peer sends no more: its error, and it is dropped.
  std::optional<Frame> abandon();

 private:
  // Replaced by the implementation; the public part is what the server relies on.
};

}  // namespace muster::protocol
