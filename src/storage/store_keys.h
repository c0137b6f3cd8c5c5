// The keys of the store, and the checksum that every value begins with. Layout: docs/storage.md.
//
//   F                          the format's version: written by the first checkpoint only
//   C <number, be64>           the last checkpoint; each removes its predecessor's
//   M                          marks
//   Q <name>                   one queue: settings, counters, totals
//   R <number, be64>           one chunk of remembered ids
//   B <job, be64>              id and body of a job: written once
//   W <place>                  header of a ready job; the place is its lane, priority and order
//   J <job, be64>              header of any other job; the value begins with its place
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "model/checkpoint.h"
#include "storage/error.h"

namespace muster::storage {

enum class KeyKind : char {
  kFormat = 'F',
  kCheckpoint = 'C',
  kMarks = 'M',
  kQueue = 'Q',
  kRemembered = 'R',
  kBody = 'B',
  kReady = 'W',
  kOther = 'J',
};

// The key of a kind that has one, and the prefix of all keys of a kind.
std::string_view prefix_of(KeyKind kind);

// Each replaces `key`, so that a checkpoint builds all of them in one string.
void numbered_key(KeyKind kind, uint64_t number, std::string* key);
void queue_key(std::string_view name, std::string* key);
void ready_key(const LaneName& lane, uint32_t priority, OrderSeq order, std::string* key);

// Where a job stands among its like. Jobs of one lane lie together, in the order they are leased.
void append_place(const LaneName& lane, uint32_t priority, OrderSeq order, std::string* out);

struct Place {
  std::string_view lane;  // its bytes, for comparing; queue, job_type and timed are what they say
  std::string_view queue;
  std::string_view job_type;
  bool timed = false;
  uint32_t priority = 0;
  OrderSeq order;
};
// Takes a place off `in`; turns it bad when there is none.
Place read_place(ByteReader* in);

// "job 17", "queue mail"…: for people. The key may be damaged.
std::string describe_key(std::string_view key);

// Checked values: CRC-32C of key and content, then the content. A value that is
// not what was written for its key is kCorrupt.
void begin_value(std::string* value);  // replaces it; the content is appended behind
void finish_value(std::string_view key, std::string* value);
StorageResult<std::string_view> open_value(std::string_view key, std::string_view value);

}  // namespace muster::storage
