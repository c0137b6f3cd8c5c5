#include "fuzz/reference_framer.h"

#include "model/limits.h"

namespace muster::fuzz {
namespace {

using Kind = protocol::Frame::Kind;

bool is_white_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

}  // namespace

std::vector<ReferenceFrame> ReferenceFramer::add(std::string_view bytes) {
  held_ += bytes;
  std::vector<ReferenceFrame> frames;
  while (step(&frames)) {
  }
  return frames;
}

std::optional<ReferenceFrame> ReferenceFramer::abandon() {
  if (closed_ || skipping_ || held_.empty()) return std::nullopt;
  skipping_ = true;
  skipped_ = held_.size();
  held_.clear();
  return ReferenceFrame{Kind::kError, "", ErrorCode::kBadJson};
}

// Whether something was decided, so that there may be more.
bool ReferenceFramer::step(std::vector<ReferenceFrame>* out) {
  if (closed_) held_.clear();
  if (skipping_) return skip(out);
  while (!held_.empty() && is_white_space(held_[0])) held_.erase(0, 1);
  if (held_.empty()) return false;
  const Verdict verdict = judge();
  if (verdict.kind == Verdict::Kind::kMore) return false;
  if (verdict.kind == Verdict::Kind::kWhole) {
    out->push_back({Kind::kObject, held_.substr(0, verdict.at), ErrorCode::kBadJson});
  } else {
    out->push_back({Kind::kError, "", verdict.code});
    skipping_ = !verdict.new_message;
    skipped_ = verdict.at;
  }
  held_.erase(0, verdict.at);
  return true;
}

// The rest of a line that was answered with an error.
bool ReferenceFramer::skip(std::vector<ReferenceFrame>* out) {
  const size_t newline = held_.find('\n');
  const bool ends = newline != std::string::npos;
  skipped_ += ends ? newline : held_.size();
  if (skipped_ > limit_ * limits::kHangUpFactor) {
    out->push_back({Kind::kClose, "", ErrorCode::kTooLarge});
    closed_ = true;
    skipping_ = false;
    held_.clear();
    return false;
  }
  held_.erase(0, ends ? newline + 1 : held_.size());
  skipping_ = !ends;
  return ends;
}

ReferenceFramer::Verdict ReferenceFramer::judge() const {
  return held_[0] == '{' ? judge_object() : judge_stray();
}

// Between messages stands something else.
ReferenceFramer::Verdict ReferenceFramer::judge_stray() const {
  const std::string_view text = held_;
  if (std::string_view("[\"-0123456789").find(text[0]) != std::string_view::npos) {
    return {Verdict::Kind::kWrong, 0, ErrorCode::kBadRequest};
  }
  for (const std::string_view literal : {"true", "false", "null"}) {
    if (text.starts_with(literal)) return {Verdict::Kind::kWrong, 0, ErrorCode::kBadRequest};
    if (literal.starts_with(text)) return {};
  }
  return {Verdict::Kind::kWrong, 0, ErrorCode::kBadJson};
}

ReferenceFramer::Verdict ReferenceFramer::judge_object() const {
  const std::string_view text = held_;
  constexpr std::string_view kMessageStart = "{\"type\"";
  std::string open;  // the brackets that are
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (i == limit_) return {Verdict::Kind::kWrong, i, ErrorCode::kTooLarge};
    const char c = text[i];
    if (in_string) {
      if (is_control(c)) return {Verdict::Kind::kWrong, i};
      if (c == '"') in_string = false;
      if (c != '\\' || i + 1 == limit_) continue;
      if (++i == text.size()) return {};
      if (is_control(text[i])) return {Verdict::Kind::kWrong, i};
      continue;
    }
    if (c == '"') in_string = true;
    if (c == '{' && i > 0 && text[i - 1] == '\n') {
      const std::string_view rest = text.substr(i);
      if (rest.starts_with(kMessageStart)) {
        return {Verdict::Kind::kWrong, i, ErrorCode::kBadJson, true};
      }
      if (kMessageStart.starts_with(rest)) return {};
    }
    if (c == '{' || c == '[') {
      if (open.size() == limits::kDepth) return {Verdict::Kind::kWrong, i, ErrorCode::kTooLarge};
      open += c;
    }
    if (c == '}' || c == ']') {
      if (open.back() != (c == '}' ? '{' : '[')) return {Verdict::Kind::kWrong, i};
      open.pop_back();
      if (open.empty()) return {Verdict::Kind::kWhole, i + 1};
    }
  }
  return {};
}

}  // namespace muster::fuzz
