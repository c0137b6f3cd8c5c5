// Chunk: lines on their way to one connection, and which assignments stand in them, so that those
// which never reach the socket can be given back.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/ids.h"

namespace muster::server {

struct Delivery {
  JobSeq job;
  LeaseToken token;
  size_t end = 0;  // offset behind the assignment's line in its chunk
};

struct Chunk {
  std::string bytes;
  std::vector<Delivery> deliveries;  // in order of `end`

  void append(const Chunk& tail) {
    for (Delivery delivery : tail.deliveries) {
      delivery.end += bytes.size();
      deliveries.push_back(delivery);
    }
    bytes += tail.bytes;
  }
};

}  // namespace muster::server
