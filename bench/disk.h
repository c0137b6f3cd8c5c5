// F: what one fdatasync costs on this disk, measured the way the journal uses it: 100 kB written
// over a preallocated, zero-filled file, then synced.
#pragma once

#include <string>

namespace muster::bench {

struct SyncCost {
  double p50_us = 0;
  double p99_us = 0;
};
SyncCost measure_fdatasync(const std::string& directory);

}  // namespace muster::bench
