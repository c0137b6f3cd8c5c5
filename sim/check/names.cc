#include "sim/check/names.h"

#include <fmt/core.h>

#include "base/hash.h"

namespace muster::sim {

uint64_t id_key(std::string_view job_id) { return hash64(job_id, 1); }

uint32_t Names::queue(std::string_view name) {
  uint32_t& number = queue_index_.at(hash64(name));
  if (number == FlatIndex::kNone) {
    number = static_cast<uint32_t>(queues_.size());
    queues_.emplace_back(name);
  }
  return number;
}

uint32_t Names::lane(std::string_view queue_name, std::string_view job_type, bool timed) {
  const uint64_t key = hash64(job_type, hash64(queue_name, timed ? 1 : 0));
  uint32_t& number = lane_index_.at(key);
  if (number == FlatIndex::kNone) {
    number = static_cast<uint32_t>(lanes_.size());
    lanes_.push_back({queue(queue_name), timed, std::string(job_type)});
  }
  return number;
}

uint32_t Names::worker(std::string_view worker_id) {
  uint32_t& number = worker_index_.at(hash64(worker_id));
  if (number == FlatIndex::kNone) number = workers_++;
  return number;
}

uint32_t Names::holder(std::string_view worker_id, std::string_view instance) {
  uint32_t& number = holder_index_.at(hash64(instance, hash64(worker_id)));
  if (number == FlatIndex::kNone) {
    number = static_cast<uint32_t>(holders_.size());
    holders_.push_back({worker(worker_id), std::string(worker_id), std::string(instance)});
  }
  return number;
}

std::string Names::describe_holder(uint32_t number) const {
  const Holder& holder = holders_[number];
  if (holder.instance.empty()) return fmt::format("unregistered worker {}", holder.id);
  return fmt::format("worker {} instance {}", holder.id, holder.instance);
}

std::string Names::describe_lane(uint32_t number) const {
  const Lane& lane = lanes_[number];
  return fmt::format("lane {}/{}{}", queues_[lane.queue], lane.type, lane.timed ? "/timed" : "");
}

}  // namespace muster::sim
