#include "storage/store_keys.h"

#include <gtest/gtest.h>

#include <string>

#include "model/limits.h"
#include "storage/small_checkpoint.h"

namespace muster::storage {
namespace {

TEST(StoreKeys, EveryKindHasALetterOfItsOwnAndAName) {
  EXPECT_EQ(describe_key(prefix_of(KeyKind::kFormat)), "format version");
  EXPECT_EQ(describe_key(prefix_of(KeyKind::kMarks)), "marks");
  EXPECT_EQ(describe_key(key_of(KeyKind::kCheckpoint, 4)), "checkpoint 4");
  EXPECT_EQ(describe_key(key_of(KeyKind::kRemembered, 5)), "chunk 5 of remembered ids");
  EXPECT_EQ(describe_key(key_of(KeyKind::kBody, 6)), "body of job 6");
  EXPECT_EQ(describe_key(key_of(KeyKind::kOther, 7)), "job 7");
  EXPECT_EQ(describe_key(key_of_ready(8)),
            "ready job of queue mail, type exec, priority 1000, order 8");
  std::string queue;
  queue_key("mail", &queue);
  EXPECT_EQ(describe_key(queue), "queue mail");
}

TEST(StoreKeys, WhatIsNoKeyIsDescribedToo) {
  EXPECT_EQ(describe_key(""), "an empty key");
  EXPECT_EQ(describe_key("Zx"), "a key of unknown kind 90");
  EXPECT_EQ(describe_key("Wx"), "ready job at an unreadable place");
}

// A place as append_place() writes it, with the two fields that have a range.
std::string place_bytes(uint8_t timed, uint64_t order) {
  std::string bytes = "\x01q\x01t";
  ByteWriter numbers(&bytes);
  numbers.u8(timed);
  numbers.be32(9);
  numbers.be64(order);
  return bytes;
}

TEST(StoreKeys, APlaceIsReadWithinItsRanges) {
  const std::string good = place_bytes(1, kMaxNumber);
  ByteReader in(good);
  const Place place = read_place(&in);
  ASSERT_TRUE(in.done());
  EXPECT_EQ(place.queue, "q");
  EXPECT_EQ(place.job_type, "t");
  EXPECT_TRUE(place.timed);
  EXPECT_EQ(place.priority, 9U);
  EXPECT_EQ(place.order, OrderSeq(kMaxNumber));
  for (const std::string& bad : {place_bytes(2, 1), place_bytes(0, kMaxNumber + 1)}) {
    ByteReader reader(bad);
    read_place(&reader);
    EXPECT_FALSE(reader.ok());
  }
}

// What no program wrote is refused, and not met again as a broken invariant when it is written.
TEST(StoreKeys, APlaceHasNamesThatCanBeWritten) {
  const auto place_with = [](size_t queue, size_t job_type) {
    std::string bytes(1, static_cast<char>(queue));
    bytes.append(queue, 'q');
    bytes.push_back(static_cast<char>(job_type));
    bytes.append(job_type, 't');
    return bytes + std::string(13, '\0');
  };
  const std::string longest = place_with(limits::kNameBytes, limits::kNameBytes);
  ByteReader in(longest);
  EXPECT_EQ(read_place(&in).queue.size(), limits::kNameBytes);
  EXPECT_TRUE(in.done());
  for (const std::string& bad : {place_with(limits::kNameBytes + 1, 1), place_with(1, 255)}) {
    ByteReader reader(bad);
    read_place(&reader);
    EXPECT_FALSE(reader.ok());
  }
}

}  // namespace
}  // namespace muster::storage
