// Names: numbers for the texts that recur, and the texts again for messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/job.h"
#include "sim/check/flat_index.h"

namespace muster::sim {

// Key of a job's id in every table that goes by id.
uint64_t id_key(std::string_view job_id);

class Names {
 public:
  struct Lane {
    uint32_t queue = 0;
    bool timed = false;
    std::string type;
  };
  struct Holder {  // a worker's process; `instance` is empty for unregistered workers
    uint32_t worker = 0;
    std::string id;
    std::string instance;
  };

  uint32_t queue(std::string_view name);
  uint32_t lane(std::string_view queue_name, std::string_view job_type, bool timed);
  uint32_t holder(std::string_view worker_id, std::string_view instance);

  const std::string& queue(uint32_t number) const { return queues_[number]; }
  const Lane& lane(uint32_t number) const { return lanes_[number]; }
  const Holder& holder(uint32_t number) const { return holders_[number]; }
  std::string describe_holder(uint32_t number) const;
  std::string describe_lane(uint32_t number) const;

 private:
  uint32_t worker(std::string_view worker_id);

  FlatIndex queue_index_;
  FlatIndex lane_index_;
  FlatIndex worker_index_;
  FlatIndex holder_index_;
  std::vector<std::string> queues_;
  std::vector<Lane> lanes_;
  std::vector<Holder> holders_;
  uint32_t workers_ = 0;
};

}  // namespace muster::sim
