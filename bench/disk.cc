#include "bench/disk.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <vector>

namespace muster::bench {

SyncCost measure_fdatasync(const std::string& directory) {
  constexpr size_t kWrite = 100 * 1024;
  constexpr int kTimes = 300;
  std::string path = directory + "/muster-bench-sync-XXXXXX";
  const int fd = ::mkstemp(path.data());
  if (fd < 0) throw std::runtime_error("cannot write in " + directory);
  ::unlink(path.c_str());
  const std::string data(kWrite, 'x');
  const std::string zeros(kWrite, '\0');
  for (int i = 0; i < kTimes; ++i) {
    if (::pwrite(fd, zeros.data(), kWrite, static_cast<off_t>(i * kWrite)) < 0) break;
  }
  ::fsync(fd);
  std::vector<double> times;
  for (int i = 0; i < kTimes; ++i) {
    if (::pwrite(fd, data.data(), kWrite, static_cast<off_t>(i * kWrite)) < 0) break;
    const auto begin = std::chrono::steady_clock::now();
    ::fdatasync(fd);
    times.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  ::close(fd);
  if (times.size() != kTimes) throw std::runtime_error("cannot write in " + directory);
  std::sort(times.begin(), times.end());
  return {times[kTimes / 2], times[kTimes * 99 / 100]};
}

}  // namespace muster::bench
