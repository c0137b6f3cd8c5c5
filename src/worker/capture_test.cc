#include "worker/capture.h"

#include <gtest/gtest.h>

namespace muster::worker {
namespace {

// Bytes 0, 1, 2, … as letters, so that every position is recognisable.
std::string letters(size_t size) {
  std::string out;
  for (size_t i = 0; i < size; ++i) out.push_back(static_cast<char>('a' + i % 26));
  return out;
}

Captured capture(std::string_view bytes, size_t keep, size_t chunk) {
  Capture capture(keep);
  for (size_t at = 0; at < bytes.size(); at += chunk) capture.append(bytes.substr(at, chunk));
  return std::move(capture).finish();
}

TEST(Capture, KeepsBothEndsWhateverTheChunks) {
  for (size_t size : {0U, 1U, 9U, 10U, 11U, 19U, 20U, 21U, 30U, 55U, 1000U}) {
    const std::string bytes = letters(size);
    for (size_t chunk : {1U, 3U, 9U, 10U, 11U, 20U, 64U, 1000U}) {
      const Captured kept = capture(bytes, 10, chunk);
      const size_t head = std::min<size_t>(size, 10);
      const size_t tail = std::min<size_t>(size - head, 10);
      EXPECT_EQ(kept.head, bytes.substr(0, head)) << size << " in " << chunk;
      EXPECT_EQ(kept.tail, bytes.substr(size - tail)) << size << " in " << chunk;
      EXPECT_EQ(kept.dropped, size - head - tail);
      EXPECT_EQ(kept.bytes(), size);
    }
  }
}

TEST(Capture, KeepsNothingButTheCountWhenAskedTo) {
  const Captured kept = capture(letters(100), 0, 7);
  EXPECT_EQ(kept.head + kept.tail, "");
  EXPECT_EQ(kept.dropped, 100U);
}

}  // namespace
}  // namespace muster::worker
