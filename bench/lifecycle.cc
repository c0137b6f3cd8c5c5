#include "bench/lifecycle.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <stdexcept>

#include "bench/delivery.h"
#include "bench/line_poller.h"

namespace muster::bench {
namespace {

double own_cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// The value behind `key` in `line`, from `at` on, up to the next quote, comma or brace; moves `at`
// there.
std::string_view value_of(std::string_view line, std::string_view key, size_t* at) {
  const size_t found = line.find(key, *at);
  if (found == std::string_view::npos) return {};
  const size_t begin = found + key.size();
  const size_t end = line.find_first_of("\",}", begin);
  *at = end;
  return line.substr(begin, end - begin);
}

[[noreturn]] void unexpected(std::string_view line) {
  throw std::runtime_error("unexpected answer: " + std::string(line.substr(0, 300)));
}

class Lifecycle {
 public:
  Lifecycle(const ServerProcess& server, const Shape& shape)
      : shape_(shape), delivery_(shape.jobs), payload_(shape.payload_bytes, 'p') {
    for (uint32_t i = 0; i < shape.workers; ++i) add_worker(server.port(), i);
    for (uint32_t i = 0; i < shape.producers; ++i) {
      producers_.push_back(
          &poller_.add(server.port(),
                       [this](LineConnection& c, std::string_view line) { on_accepted(c, line); }));
    }
  }

  void run() {
    poller_.run_until([this] { return registered_ == shape_.workers; });
    for (LineConnection* worker : workers_) {
      for (uint32_t i = 0; i < shape_.in_flight; ++i) request(*worker, i);
    }
    for (LineConnection* producer : producers_) {
      for (uint32_t i = 0; i < shape_.in_flight; ++i) submit(*producer);
    }
    poller_.run_until([this] { return delivery_.all(); });
  }

  std::string stats(uint16_t port) {
    std::string answer;
    poller_.add(port, [&](LineConnection&, std::string_view line) { answer = line; }).out() =
        "{\"type\":\"stats\"}\n";
    poller_.run_until([&] { return !answer.empty(); });
    return answer;
  }

 private:
  void add_worker(uint16_t port, uint32_t number) {
    LineConnection& worker = poller_.add(
        port, [this](LineConnection& c, std::string_view line) { on_worker_line(c, line); });
    const std::string name = std::to_string(number);
    worker.out() = "{\"type\":\"register_worker\",\"worker_id\":\"bench-" + name +
                   "\",\"instance\":\"i" + name + "\",\"queues\":[\"default\"],\"job_types\":[]," +
                   "\"concurrency\":" + std::to_string(shape_.batch * shape_.in_flight) +
                   ",\"ttl_ms\":3600000}\n";
    worker_ids_[&worker] = name;
    workers_.push_back(&worker);
  }

  void submit(LineConnection& producer) {
    if (next_job_ == shape_.jobs) return;
    if (next_job_ - delivery_.completed() >= shape_.backlog) {
      idle_.push_back(&producer);
      return;
    }
    std::string& out = producer.out();
    const uint64_t end = std::min(shape_.jobs, next_job_ + shape_.batch);
    out.append(shape_.batch == 1 ? "{\"type\":\"submit_job\","
                                 : "{\"type\":\"submit_jobs\",\"jobs\":[");
    for (; next_job_ < end; ++next_job_) {
      if (shape_.batch > 1) out.append("{");
      out.append("\"job_id\":\"");
      Delivery::append_id(next_job_, &out);
      out.append("\",\"job_type\":\"bench\",\"payload\":\"").append(payload_).append("\"}");
      if (shape_.batch > 1 && next_job_ + 1 < end) out.append(",");
    }
    out.append(shape_.batch == 1 ? "\n" : "]}\n");
  }

  void on_accepted(LineConnection& producer, std::string_view line) {
    if (!line.starts_with("{\"status\":\"accepted\"")) unexpected(line);
    if (shape_.batch > 1 && line.find("\"errors\":[]") == std::string_view::npos) unexpected(line);
    submit(producer);
  }

  // `chain` numbers the independent request → complete chains of one connection.
  void request(LineConnection& worker, uint32_t chain) {
    std::string& out = worker.out();
    out.append("{\"type\":\"request_job\",\"rid\":").append(std::to_string(chain));
    out.append(",\"worker_id\":\"bench-")
        .append(worker_ids_[&worker])
        .append("\",\"wait_ms\":5000");
    if (shape_.batch > 1) out.append(",\"max\":").append(std::to_string(shape_.batch));
    out.append("}\n");
  }

  void on_worker_line(LineConnection& worker, std::string_view line) {
    if (line.find("\"heartbeat_ms\"") != std::string_view::npos) {
      ++registered_;
      return;
    }
    size_t at = 0;
    const std::string_view rid = value_of(line, "\"rid\":", &at);
    const uint32_t chain = rid.empty() ? 0 : static_cast<uint32_t>(rid.front() - '0');
    if (line.starts_with("{\"type\":\"assign_job")) {
      complete_all(worker, line, chain);
    } else if (line.starts_with("{\"status\":\"ok\"")) {
      on_done(worker, line, chain);
    } else if (line.starts_with("{\"type\":\"no_job\"")) {
      if (!delivery_.all()) request(worker, chain);
    } else {
      unexpected(line);
    }
  }

  void complete_all(LineConnection& worker, std::string_view line, uint32_t chain) {
    std::string& out = worker.out();
    const std::string rid = ",\"rid\":" + std::to_string(chain);
    if (shape_.batch > 1) {
      out.append("{\"type\":\"jobs_complete\"").append(rid).append(",\"jobs\":[");
    }
    size_t at = 0;
    for (bool first = true;; first = false) {
      const std::string_view id = value_of(line, "\"job_id\":\"", &at);
      if (id.empty()) break;
      const std::string_view lease = value_of(line, "\"lease\":", &at);
      delivery_.assigned(id);
      if (shape_.batch > 1) {
        out.append(first ? "{" : ",{");
      } else {
        out.append("{\"type\":\"job_complete\"").append(rid).append(",");
      }
      out.append("\"job_id\":\"").append(id).append("\",\"lease\":").append(lease);
      if (shape_.batch == 1 && shape_.ack_and_next) out.append(",\"next\":{\"wait_ms\":50}");
      out.append("}");
      if (shape_.batch == 1) out.append("\n");
      if (shape_.batch == 1) break;
    }
    if (shape_.batch > 1) out.append("]}\n");
  }

  void on_done(LineConnection& worker, std::string_view line, uint32_t chain) {
    if (line.find("\"error\"") != std::string_view::npos) unexpected(line);
    if (line.find("\"duplicate\"") != std::string_view::npos) unexpected(line);
    if (shape_.batch == 1) {
      delivery_.completed(1);
    } else {
      uint64_t done = 0;
      for (size_t at = 0; !value_of(line, "\"job_id\":\"", &at).empty();) ++done;
      delivery_.completed(done);
    }
    const size_t next = shape_.ack_and_next ? line.find("\"next\":{") : std::string_view::npos;
    if (next != std::string_view::npos) {
      complete_all(worker, line.substr(next), chain);
    } else if (!delivery_.all()) {
      request(worker, chain);
    }
    while (!idle_.empty() && next_job_ - delivery_.completed() < shape_.backlog) {
      LineConnection* producer = idle_.back();
      idle_.pop_back();
      submit(*producer);
    }
  }

  const Shape& shape_;
  Delivery delivery_;
  const std::string payload_;
  LinePoller poller_;
  std::vector<LineConnection*> producers_;
  std::vector<LineConnection*> workers_;
  std::vector<LineConnection*> idle_;  // producers that wait for the backlog to shrink
  std::map<LineConnection*, std::string> worker_ids_;
  uint32_t registered_ = 0;
  uint64_t next_job_ = 0;
};

}  // namespace

Measured run_lifecycle(const ServerProcess& server, const Shape& shape) {
  Lifecycle lifecycle(server, shape);
  const double server_cpu = server.cpu_seconds();
  const double client_cpu = own_cpu_seconds();
  const auto begin = std::chrono::steady_clock::now();
  lifecycle.run();
  Measured measured;
  measured.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  measured.server_cpu_seconds = server.cpu_seconds() - server_cpu;
  measured.client_cpu_seconds = own_cpu_seconds() - client_cpu;
  measured.peak_rss_bytes = server.peak_rss_bytes();
  const std::string stats = lifecycle.stats(server.port());
  size_t at = 0;
  if (const auto value = value_of(stats, "\"checkpoints\":", &at); !value.empty()) {
    measured.checkpoints = std::stoull(std::string(value));
  }
  at = 0;
  if (const auto value = value_of(stats, "\"longest_capture_ms\":", &at); !value.empty()) {
    measured.longest_capture_ms = std::stod(std::string(value));
  }
  return measured;
}

}  // namespace muster::bench
