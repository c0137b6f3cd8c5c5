// framing: any split of the bytes gives the frames that a slow reference framer finds
//
// Input: a byte that chooses the line limit, one that chooses the split, one that chooses where the
// peer falls silent (abandon), then the bytes of a connection.
#include <cstring>

#include "base/check.h"
#include "fuzz/bytes_in.h"
#include "fuzz/reference_framer.h"
#include "fuzz/target.h"
#include "protocol/framer.h"

namespace muster::fuzz {
namespace {

using protocol::Frame;
using protocol::Framer;

constexpr size_t kLimits[] = {limits::kRequestLine, 8, 16, 40, 100, 1000};

// The framer under test beside the reference, fed with the same pieces.
class Pair {
 public:
  explicit Pair(size_t limit) : framer_(limit), reference_(limit) {}

  void feed(std::string_view piece) {
    const std::span<char> room = framer_.room(piece.size());
    CHECK(room.size() >= piece.size(), "room for {}, asked for {}", room.size(), piece.size());
    if (!piece.empty()) std::memcpy(room.data(), piece.data(), piece.size());
    framer_.written(piece.size());
    for (const ReferenceFrame& expected : reference_.add(piece)) {
      expect(framer_.next(), expected);
    }
    CHECK(!framer_.next(), "a frame that the reference does not have");
    CHECK(framer_.object_open() == reference_.object_open(), "open: {}", framer_.object_open());
    CHECK(framer_.buffered() > 0 || framer_.memory() == 0, "idle, and holds memory");
  }
  void abandon() {
    const std::optional<Frame> frame = framer_.abandon();
    const std::optional<ReferenceFrame> expected = reference_.abandon();
    CHECK(frame.has_value() == expected.has_value(), "abandoned: {}", frame.has_value());
    if (expected) expect(frame, *expected);
  }
  size_t frames() const { return frames_; }

 private:
  void expect(const std::optional<Frame>& frame, const ReferenceFrame& expected) {
    CHECK(frame.has_value(), "the reference has a frame, of kind {}",
          static_cast<int>(expected.kind));
    CHECK(frame->kind == expected.kind, "kind {}, expected {}", static_cast<int>(frame->kind),
          static_cast<int>(expected.kind));
    ++frames_;
    if (frame->kind != Frame::Kind::kObject) {
      CHECK(frame->error.code == expected.code, "code {}, expected {}",
            info(frame->error.code).name, info(expected.code).name);
      CHECK(!frame->error.message.empty(), "an error without a message");
      return;
    }
    CHECK(frame->object == expected.object, "object {}, expected {}", frame->object,
          expected.object);
    // The promise that wide readers rely on; AddressSanitizer watches.
    char behind[64];
    std::memcpy(behind, frame->object.data() + frame->object.size(), sizeof behind);
  }

  Framer framer_;
  ReferenceFramer reference_;
  size_t frames_ = 0;
};

// Feeds everything, in pieces of the sizes that `next_size` gives.
template <class NextSize>
size_t run(std::string_view bytes, size_t limit, size_t abandon_at, NextSize next_size) {
  Pair pair(limit);
  size_t at = 0;
  while (at < bytes.size()) {
    size_t size = std::min(next_size(), bytes.size() - at);
    const bool abandon = at < abandon_at && at + size >= abandon_at;
    if (abandon) size = abandon_at - at;
    pair.feed(bytes.substr(at, size));
    at += size;
    if (abandon) pair.abandon();
  }
  pair.abandon();
  return pair.frames();
}

}  // namespace

void run_input(std::string_view input) {
  BytesIn in(input);
  const size_t limit = kLimits[in.below(std::size(kLimits))];
  uint32_t split = in.byte();
  const size_t abandon_at = in.byte();  // 0: only at the end
  const std::string_view bytes = in.rest();
  const size_t whole = run(bytes, limit, abandon_at, [&] { return bytes.size(); });
  const size_t single = run(bytes, limit, abandon_at, [] { return size_t{1}; });
  const size_t mixed = run(bytes, limit, abandon_at, [&] {
    split = split * 1664525 + 1013904223;
    return size_t{1} + (split >> 24) % (1 + split % 23);
  });
  CHECK(whole == single && whole == mixed, "frames: {} {} {}", whole, single, mixed);
}

std::vector<std::string_view> planted_bugs() {
  return {"framer_escape_at_read_end", "framer_bracket_forgotten", "limit_unseen_in_one_read",
          "rest_of_bad_line_read"};
}

}  // namespace muster::fuzz
