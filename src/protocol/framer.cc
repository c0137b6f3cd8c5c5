#include "protocol/framer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "base/mutant.h"
#include "protocol/json_cursor.h"

namespace muster::protocol {
namespace {

constexpr std::string_view kMessageStart = R"({"type")";

// Bytes that mean something to the scan outside strings.
constexpr std::array<bool, 256> stops_outside_strings() {
  std::array<bool, 256> stops = {};
  for (const char c : {'"', '{', '}', '[', ']'}) stops[static_cast<unsigned char>(c)] = true;
  return stops;
}
constexpr std::array<bool, 256> kStops = stops_outside_strings();

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

enum class Match : uint8_t { kNo, kYes, kPerhaps };  // kPerhaps: more bytes will tell

Match match(std::string_view text, std::string_view wanted) {
  const size_t size = std::min(text.size(), wanted.size());
  if (text.substr(0, size) != wanted.substr(0, size)) return Match::kNo;
  return size == wanted.size() ? Match::kYes : Match::kPerhaps;
}

// Whether a JSON value that is no object begins here.
Match other_value(std::string_view text) {
  const char first = text.front();
  if (first == '[' || first == '"' || first == '-' || (first >= '0' && first <= '9')) {
    return Match::kYes;
  }
  switch (first) {
    case 't':
      return match(text, "true");
    case 'f':
      return match(text, "false");
    case 'n':
      return match(text, "null");
    default:
      return Match::kNo;
  }
}

}  // namespace

Framer::Framer(size_t line_limit) : limit_(line_limit) {}

std::span<char> Framer::room(size_t size) {
  const size_t pending = end_ - begin_;
  if (pending + size > capacity_) {  // doubled, so that a long message is not copied for each read
    move_to(std::max(pending + size, pending * 2));
  } else if (begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, pending);
    scan_ -= begin_;
    end_ -= begin_;
    begin_ = 0;
  }
  return {buffer_.get() + end_, capacity_ - end_};
}

void Framer::written(size_t size) {
  CHECK(size <= capacity_ - end_, "{} bytes written into room for {}", size, capacity_ - end_);
  end_ += size;
  if (MUSTER_MUTANT(string_forgotten_between_reads)) in_string_ = false;
}

// A new buffer of this capacity for what is pending.
void Framer::move_to(size_t capacity) {
  auto buffer = std::make_unique_for_overwrite<char[]>(capacity + kPadding);
  const size_t pending = end_ - begin_;
  if (pending > 0) std::memcpy(buffer.get(), buffer_.get() + begin_, pending);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
  scan_ -= begin_;
  end_ = pending;
  begin_ = 0;
}

// Nothing more can be framed: gives memory back. A partial message keeps what it needs, copied only
// when that frees three quarters, so that a long one arriving in pieces is not copied for each.
void Framer::settle() {
  const size_t pending = end_ - begin_;
  if (pending == 0) {
    buffer_.reset();
    capacity_ = begin_ = scan_ = end_ = 0;
  } else if (capacity_ >= 4 * (pending + 256)) {
    move_to(pending);
  }
}

std::optional<Frame> Framer::next() {
  while (begin_ < end_) {
    const Mode before = mode_;
    const size_t looked_at = scan_;
    std::optional<Frame> frame;
    switch (mode_) {
      case Mode::kSkip:
        frame = skip();
        break;
      case Mode::kBetween:
        frame = between();
        break;
      case Mode::kObject:
        frame = object();
        break;
      case Mode::kClosed:
        begin_ = scan_ = end_;
        break;
    }
    if (frame) return frame;
    if (mode_ == before && scan_ == looked_at) break;  // waits for more bytes
  }
  settle();
  return std::nullopt;
}

std::optional<Frame> Framer::skip() {
  const char* from = buffer_.get() + scan_;
  const void* newline = std::memchr(from, '\n', end_ - scan_);
  const size_t length = newline != nullptr
                            ? static_cast<size_t>(static_cast<const char*>(newline) - from)
                            : end_ - scan_;
  skipped_ += length;
  if (skipped_ > limit_ * limits::kHangUpFactor) {
    mode_ = Mode::kClosed;
    begin_ = scan_ = end_;
    return Frame{Frame::Kind::kClose,
                 {},
                 {ErrorCode::kTooLarge, fmt::format("a line of more than {} bytes: hanging up",
                                                    limit_ * limits::kHangUpFactor)}};
  }
  scan_ += length;
  if (newline != nullptr) {
    ++scan_;
    mode_ = Mode::kBetween;
  }
  begin_ = scan_;
  return std::nullopt;
}

std::optional<Frame> Framer::between() {
  while (scan_ < end_ && is_space(buffer_[scan_])) ++scan_;
  begin_ = scan_;
  if (scan_ == end_) return std::nullopt;
  if (buffer_[scan_] != '{') return stray();
  mode_ = Mode::kObject;
  depth_ = 0;
  in_string_ = false;
  return std::nullopt;
}

// Something that is no object stands where a message should begin.
std::optional<Frame> Framer::stray() {
  const std::string_view text(buffer_.get() + scan_, end_ - scan_);
  const Match value = other_value(text);
  // "tru" may become true or trust: the next byte tells.
  if (value == Match::kPerhaps) return std::nullopt;
  if (value == Match::kYes) {
    reject(ErrorCode::kBadRequest, "a message is a JSON object: {\"type\":…}");
  } else {
    reject(ErrorCode::kBadJson, "expected a JSON object, {\"type\":…}");
  }
  return take_error();
}

std::optional<Frame> Framer::object() {
  const size_t limit = begin_ + limit_;
  Scan result = scan(MUSTER_MUTANT(limit_unseen_in_one_read) ? end_ : std::min(end_, limit));
  // Scanned up to the limit and not beyond, so that the answer does not depend on how the bytes
  // came.
  if (result == Scan::kGoOn && end_ > limit) result = reject(ErrorCode::kTooLarge, {});
  if (result == Scan::kError) return take_error();
  if (result != Scan::kEnd) return std::nullopt;
  Frame frame;
  frame.object = {buffer_.get() + begin_, scan_ - begin_};
  begin_ = scan_;
  mode_ = Mode::kBetween;
  return frame;
}

// From scan_ on, inside an object, not beyond `end`. kGoOn: `end` was reached.
Framer::Scan Framer::scan(size_t end) {
  Scan result = Scan::kGoOn;
  while (scan_ < end && result == Scan::kGoOn) {
    if (in_string_) {
      result = scan_string(end);
      continue;
    }
    const char c = buffer_[scan_];
    if (c == '"') {
      in_string_ = true;
      ++scan_;
    } else if (kStops[static_cast<unsigned char>(c)]) {
      result = bracket(c);
    } else {
      ++scan_;
    }
  }
  return result;
}

Framer::Scan Framer::scan_string(size_t end) {
  const char* const buffer = buffer_.get();
  scan_ =
      static_cast<size_t>(json_internal::skip_plain<false>(buffer + scan_, buffer + end) - buffer);
  if (scan_ == end) return Scan::kGoOn;
  if (buffer[scan_] == '"') {
    ++scan_;
    in_string_ = false;
    return Scan::kGoOn;
  }
  if (buffer[scan_] == '\\') {
    if (scan_ + 1 == end_ && !MUSTER_PLANTED(framer_escape_at_read_end)) return Scan::kWait;
    if (scan_ + 1 == end) {  // what it escapes is beyond the limit
      scan_ = end;
      return Scan::kGoOn;
    }
    ++scan_;
    if (static_cast<unsigned char>(buffer[scan_]) >= 0x20) {
      ++scan_;
      return Scan::kGoOn;
    }
  }
  return reject(ErrorCode::kBadJson, "a control character in a string: write \\n, \\t or \\u00XX");
}

// At a bracket outside strings.
Framer::Scan Framer::bracket(char c) {
  const bool curly = c == '{' || c == '}';
  if (c == '{' || c == '[') {
    if (curly && scan_ > begin_ && buffer_[scan_ - 1] == '\n' &&
        !MUSTER_MUTANT(broken_object_swallows_the_next)) {
      const Match start = match({buffer_.get() + scan_, end_ - scan_}, kMessageStart);
      if (start == Match::kPerhaps) return Scan::kWait;  // the next read decides
      if (start == Match::kYes) {
        restart_ = true;
        return reject(ErrorCode::kBadJson, "a line with a new message began inside this object");
      }
    }
    if (depth_ == limits::kDepth) {
      return reject(ErrorCode::kTooLarge, "nested deeper than 64 levels");
    }
    brackets_ = brackets_ << 1 | (curly ? 1U : 0U);
    if (MUSTER_PLANTED(framer_bracket_forgotten)) brackets_ &= 0xFF;
    ++depth_;
    ++scan_;
    return Scan::kGoOn;
  }
  if (((brackets_ & 1) != 0) != curly) {
    return reject(ErrorCode::kBadJson, curly ? "'}' closes a '['" : "']' closes a '{'");
  }
  brackets_ >>= 1;
  --depth_;
  ++scan_;
  return depth_ == 0 ? Scan::kEnd : Scan::kGoOn;
}

Framer::Scan Framer::reject(ErrorCode code, std::string_view message) {
  code_ = code;
  message_ = message;
  return Scan::kError;
}

// The error that reject() noted. What was open is dropped, and the rest of its line with it.
Frame Framer::take_error() {
  Frame frame;
  frame.kind = Frame::Kind::kError;
  frame.error.code = code_;
  frame.error.message =
      message_.empty() ? fmt::format("a message has at most {} bytes; send less at once", limit_)
                       : std::string(message_);
  if (MUSTER_MUTANT(rest_of_bad_line_read) && scan_ > begin_) restart_ = true;
  mode_ = restart_ ? Mode::kBetween : Mode::kSkip;
  restart_ = false;
  skipped_ = scan_ - begin_;
  begin_ = scan_;
  return frame;
}

std::optional<Frame> Framer::abandon() {
  if (begin_ == end_ || (mode_ != Mode::kObject && mode_ != Mode::kBetween)) return std::nullopt;
  reject(ErrorCode::kBadJson, "the object is not complete: a bracket or quote is missing");
  scan_ = end_;
  Frame frame = take_error();
  settle();
  return frame;
}

}  // namespace muster::protocol
