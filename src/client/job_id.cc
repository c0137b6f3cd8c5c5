#include <sys/random.h>

#include <array>
#include <cerrno>

#include "base/check.h"
#include "muster/job.h"

namespace muster::client {

std::string random_job_id() {
  // 32 characters without those that people mix up (i l o u), so 5 bits each: 130 bits in 26, of
  // which 128 are random.
  static constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
  std::array<unsigned char, 16> bytes = {};
  size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = ::getrandom(bytes.data() + got, bytes.size() - got, 0);
    CHECK(n > 0 || errno == EINTR, "getrandom: errno {}", errno);
    if (n > 0) got += static_cast<size_t>(n);
  }
  std::string id;
  uint32_t bits = 0;
  int held = 0;
  for (const unsigned char byte : bytes) {
    bits = bits << 8 | byte;
    held += 8;
    for (; held >= 5; held -= 5) id.push_back(kAlphabet[(bits >> (held - 5)) & 31]);
  }
  id.push_back(kAlphabet[(bits << (5 - held)) & 31]);
  return id;
}

}  // namespace muster::client
