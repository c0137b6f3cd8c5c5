// Framer: cuts a connection's bytes into messages, incrementally: a scan of strings and brackets
// whose state is kept between reads, so no byte is looked at twice. Knows no socket and no verb.
//
// A message is one JSON object: it may span lines, come without a newline, or share a line with
// others. What cannot be framed is one coded error and then everything up to the next '\n' is
// skipped. A line that begins with {"type" in column 0 while an object is open ends that one with
// bad_json.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

  // Room for at least `size` bytes; after writing n of them there, call written(n) before anything
  // else. Invalidates the views of earlier frames.
  std::span<char> room(size_t size);
  void written(size_t size);

  // The next message among the bytes written so far. Its view lives until the next room(), or until
  // next() returns nothing: then memory that is not needed is given back, and an idle connection
  // holds none.
  std::optional<Frame> next();

  bool object_open() const { return mode_ == Mode::kObject; }  // one has begun and not ended
  size_t buffered() const { return end_ - begin_; }            // bytes held
  size_t memory() const { return capacity_ == 0 ? 0 : capacity_ + kPadding; }

  // The open object took too long, or the peer sends no more: its error, and it is dropped.
  std::optional<Frame> abandon();

 private:
  static constexpr size_t kPadding = 64;  // wide readers may look so far behind an object

  enum class Mode : uint8_t {
    kBetween,  // no object is open
    kObject,   // one is, from begin_ on
    kSkip,     // after an error: up to the next '\n'
    kClosed,   // hung up: nothing is read any more
  };
  enum class Scan : uint8_t {
    kGoOn,
    kWait,   // for bytes that are not there yet
    kEnd,    // of the object
    kError,  // noted by reject()
  };

  std::optional<Frame> skip();
  std::optional<Frame> between();
  std::optional<Frame> stray();
  std::optional<Frame> object();
  Scan scan(size_t end);
  Scan scan_string(size_t end);
  Scan bracket(char c);
  Scan reject(ErrorCode code, std::string_view message);
  Frame take_error();
  void settle();
  void move_to(size_t capacity);

  std::unique_ptr<char[]> buffer_;  // capacity_ + kPadding bytes
  size_t capacity_ = 0;
  size_t begin_ = 0;  // of the open object, or of what has not been looked at
  size_t scan_ = 0;   // looked at up to here
  size_t end_ = 0;    // written up to here
  size_t limit_;
  size_t skipped_ = 0;     // bytes of the line that is being skipped
  uint64_t brackets_ = 0;  // open ones, the innermost lowest: 1 for '{'
  uint8_t depth_ = 0;
  bool in_string_ = false;
  bool restart_ = false;  // the error was a message beginning inside another: nothing to skip
  Mode mode_ = Mode::kBetween;
  ErrorCode code_ = ErrorCode::kBadJson;  // of the error found
  std::string_view message_;              // static text
};

}  // namespace muster::protocol
