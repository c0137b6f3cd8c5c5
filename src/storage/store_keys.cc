#include "storage/store_keys.h"

#include <fmt/core.h>

#include <cstring>

#include "base/check.h"
#include "storage/crc32c.h"

namespace muster::storage {
namespace {

constexpr size_t kChecksumBytes = 4;

// Over the key too: a value under another's key is as damaged as one with a flipped bit.
uint32_t checksum(std::string_view key, std::string_view content) {
  return crc32c(content, crc32c(key));
}

// Names have at most kNameBytes bytes, so one byte of length does, also in old stores.
void append_name(std::string_view name, std::string* out) {
  static_assert(limits::kNameBytes <= UINT8_MAX);
  CHECK(name.size() <= limits::kNameBytes, "a name of {} bytes", name.size());
  out->push_back(static_cast<char>(name.size()));
  out->append(name);
}

std::string describe_place(std::string_view bytes) {
  ByteReader in(bytes);
  const Place place = read_place(&in);
  if (!in.done()) return "ready job at an unreadable place";
  return fmt::format("ready job of queue {}, type {}, priority {}, order {}", place.queue,
                     place.job_type, place.priority, place.order.value());
}

}  // namespace

std::string_view prefix_of(KeyKind kind) {
  switch (kind) {
    case KeyKind::kFormat:
      return "F";
    case KeyKind::kCheckpoint:
      return "C";
    case KeyKind::kMarks:
      return "M";
    case KeyKind::kQueue:
      return "Q";
    case KeyKind::kRemembered:
      return "R";
    case KeyKind::kBody:
      return "B";
    case KeyKind::kReady:
      return "W";
    case KeyKind::kOther:
      return "J";
  }
  CHECK(false, "no such kind");
  return {};
}

void numbered_key(KeyKind kind, uint64_t number, std::string* key) {
  *key = static_cast<char>(kind);
  ByteWriter(key).be64(number);
}

void queue_key(std::string_view name, std::string* key) {
  *key = static_cast<char>(KeyKind::kQueue);
  key->append(name);
}

void ready_key(const LaneName& lane, uint32_t priority, OrderSeq order, std::string* key) {
  *key = static_cast<char>(KeyKind::kReady);
  append_place(lane, priority, order, key);
}

void append_place(const LaneName& lane, uint32_t priority, OrderSeq order, std::string* out) {
  append_name(lane.queue, out);
  append_name(lane.job_type, out);
  ByteWriter numbers(out);
  numbers.u8(lane.timed ? 1 : 0);
  numbers.be32(priority);
  numbers.be64(order.value());
}

Place read_place(ByteReader* in) {
  const std::string_view whole = in->rest();
  Place place;
  place.queue = in->take(in->u8());
  place.job_type = in->take(in->u8());
  const uint8_t timed = in->u8();
  const size_t left = in->rest().size();
  place.lane = whole.substr(0, whole.size() - left);
  place.timed = timed == 1;
  place.priority = in->be32();
  place.order = OrderSeq(in->be64());
  const bool too_long = place.queue.size() > limits::kNameBytes ||
                        place.job_type.size() > limits::kNameBytes;  // none was written so
  if (too_long || timed > 1 || place.order.value() > kMaxNumber) in->take(UINT64_MAX);
  return place;
}

std::string describe_key(std::string_view key) {
  if (key.empty()) return "an empty key";
  const std::string_view rest = key.substr(1);
  ByteReader number(rest);
  switch (static_cast<KeyKind>(key[0])) {
    case KeyKind::kFormat:
      return "format version";
    case KeyKind::kCheckpoint:
      return fmt::format("checkpoint {}", number.be64());
    case KeyKind::kMarks:
      return "marks";
    case KeyKind::kQueue:
      return fmt::format("queue {}", rest);
    case KeyKind::kRemembered:
      return fmt::format("chunk {} of remembered ids", number.be64());
    case KeyKind::kBody:
      return fmt::format("body of job {}", number.be64());
    case KeyKind::kReady:
      return describe_place(rest);
    case KeyKind::kOther:
      return fmt::format("job {}", number.be64());
  }
  return fmt::format("a key of unknown kind {}", static_cast<int>(key[0]));
}

void begin_value(std::string* value) { value->assign(kChecksumBytes, '\0'); }

void finish_value(std::string_view key, std::string* value) {
  CHECK(value->size() >= kChecksumBytes, "begin_value() comes first");
  const uint32_t sum = checksum(key, std::string_view(*value).substr(kChecksumBytes));
  std::memcpy(value->data(), &sum, sizeof sum);
}

StorageResult<std::string_view> open_value(std::string_view key, std::string_view value) {
  ByteReader in(value);
  const uint32_t sum = in.u32();
  if (!in.ok() || sum != checksum(key, in.rest())) {
    return StorageError{StorageErrorKind::kCorrupt,
                        fmt::format("store: {}: checksum does not match", describe_key(key))};
  }
  return in.rest();
}

}  // namespace muster::storage
