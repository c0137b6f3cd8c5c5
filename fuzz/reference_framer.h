// ReferenceFramer: the framing of docs/protocol.md, as slowly and plainly as it can be said: keeps
// every byte that is not decided yet and judges it from its beginning after each addition. What
// protocol/framer must agree with, whatever pieces the bytes come in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/error.h"
#include "protocol/framer.h"

namespace muster::fuzz {

struct ReferenceFrame {
  protocol::Frame::Kind kind = protocol::Frame::Kind::kObject;
  std::string object;                    // of kObject
  ErrorCode code = ErrorCode::kBadJson;  // of the others
  bool operator==(const ReferenceFrame&) const = default;
};

class ReferenceFramer {
 public:
  explicit ReferenceFramer(size_t line_limit) : limit_(line_limit) {}

  // The frames that these further bytes complete.
  std::vector<ReferenceFrame> add(std::string_view bytes);

  // Nothing follows for now: what was begun is dropped, with an error.
  std::optional<ReferenceFrame> abandon();

  bool closed() const { return closed_; }
  bool object_open() const { return !skipping_ && !closed_ && held_.starts_with('{'); }

 private:
  struct Verdict {
    enum class Kind { kMore, kWhole, kWrong } kind = Kind::kMore;
    size_t at = 0;  // kWhole: its length; kWrong: where
    ErrorCode code = ErrorCode::kBadJson;
    bool new_message = false;  // kWrong because a message began: nothing is to be skipped
  };

  bool step(std::vector<ReferenceFrame>* out);
  bool skip(std::vector<ReferenceFrame>* out);
  Verdict judge() const;
  Verdict judge_stray() const;
  Verdict judge_object() const;

  size_t limit_;
  std::string held_;    // not decided yet
  size_t skipped_ = 0;  // of the line that is being skipped
  bool skipping_ = false;
  bool closed_ = false;
};

}  // namespace muster::fuzz
