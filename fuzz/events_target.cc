// events: what the event decoder takes, it can write and read again; what is cut short, it refuses
//
// Input: a byte that chooses the form, then either the bytes of a record (even), or for each event
// its type, its length and its fields (odd), which get a correct head.
#include "base/bytes.h"
#include "base/check.h"
#include "fuzz/bytes_in.h"
#include "fuzz/target.h"
#include "storage/event_codec.h"
#include "storage/event_equality.h"

namespace muster::fuzz {
namespace {

using storage::encode_event;
using storage::EventDecoder;

std::string framed(BytesIn in) {
  std::string record;
  while (!in.empty()) {
    ByteWriter writer(&record);
    writer.u8(in.byte());
    writer.u8(1);
    const size_t size = in.byte();
    writer.bytes(in.take(size));
  }
  return record;
}

// The one event that `bytes` are, or the process ends.
Event read_back(EventDecoder& decoder, std::string_view bytes) {
  std::string_view left = bytes;
  const auto event = decoder.next(&left);
  CHECK(event.ok(), "what was written cannot be read: {}", event.error().message);
  CHECK(left.empty(), "{} bytes behind the event", left.size());
  return *event;
}

void expect_refused_when_cut(std::string_view bytes) {
  constexpr size_t kMost = 200;
  for (size_t size = 0; size < std::min(bytes.size(), kMost); ++size) {
    const std::string cut(bytes.substr(0, size));
    std::string_view left = cut;
    CHECK(!EventDecoder().next(&left).ok(), "an event of {} bytes was taken from {} of them",
          bytes.size(), size);
  }
}

void check_event(const Event& event, size_t read_from) {
  std::string bytes;
  encode_event(event, &bytes);
  // The canonical form: nothing says the same with fewer bytes.
  CHECK(bytes.size() <= read_from, "{} bytes written, {} read", bytes.size(), read_from);
  EventDecoder decoder;
  const Event again = read_back(decoder, bytes);
  CHECK(storage::same(event, again), "event of kind {} changed by writing and reading",
        event.index());
  std::string twice;
  encode_event(again, &twice);
  CHECK(bytes == twice, "two forms of one event of kind {}", event.index());
  expect_refused_when_cut(bytes);
}

}  // namespace

void run_input(std::string_view input) {
  BytesIn in(input);
  const bool heads_made = in.coin();
  const std::string record = heads_made ? framed(in) : std::string(in.rest());
  EventDecoder decoder;
  std::string_view left = record;
  while (!left.empty()) {
    const size_t before = left.size();
    const auto event = decoder.next(&left);
    if (!event.ok()) {
      CHECK(event.error().kind == storage::StorageErrorKind::kCorrupt ||
                event.error().kind == storage::StorageErrorKind::kVersion,
            "kind {}", static_cast<int>(event.error().kind));
      CHECK(event.error().message.starts_with("event "), "{}", event.error().message);
      return;
    }
    CHECK(left.size() < before, "an event of no bytes");
    check_event(*event, before - left.size());
  }
}

std::vector<std::string_view> planted_bugs() {
  return {"event_distance_short", "event_count_believed", "place_not_journaled"};
}

}  // namespace muster::fuzz
