#include "sim/cast/hostile.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace muster::sim {
namespace {

constexpr size_t kMostLinks = 6;
constexpr std::string_view kNonsense[] = {
    "}{\n",
    "[1,2,3]\n",
    "{\"type\":\"submit_job\"",
    "{\"type\":\"submit_job\",\"duration\":01}\n",
    "{\"type\":\"submit_job\",\"job_id\":\"\\ud800\",\"duration\":1}\n",
    "{\"type\":\"submit_job\",\"duration\":1e99}\n",
    "{\"type\":\"submit_job\",\"duration\":1,\"priority\":-1}\n",
    "{\"type\":\"submit_job\",\"duration\":1,\"duration\":2}\n",
    "{\"type\":\"request_job\",\"worker_id\":7}\n",
    "{\"type\":\"jobs_complete\",\"jobs\":[{}]}\n",
    "{\"type\":\"nobody\"}\n{\"type\":\"stats\"}\n",
    "{\"type\":\"heartbeat\",\"worker_id\":\"worker0\",\"instance\":\"forged\"}\n",
    "\xff\xfe\x00garbage\n",
};

// Other protocols, on a connection's first bytes, with a job smuggled into them.
constexpr std::string_view kStrangers[] = {
    "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /jobs HTTP/1.1\r\nContent-Type: text/plain\r\n\r\n",
    "\x16\x03\x01\x02",
};
constexpr std::string_view kSmuggled =
    "{\"type\":\"submit_job\",\"job_id\":\"smuggled\",\"duration\":1}\n";

}  // namespace

void Hostile::annoy() {
  stage_.timeline.after(random_.between(5, 800) * kMillisecond, [this] {
    if (stage_.calm) return;
    annoy();
    if (links_.size() < kMostLinks && random_.chance(300)) {
      const LinkId link = stage_.network.connect(*this);
      links_.push_back(link);
      if (random_.chance(300)) stage_.network.set_reading(link, false);
      if (random_.chance(200)) {
        std::string bytes(kStrangers[random_.below(std::size(kStrangers))]);
        stage_.network.write(link, bytes + std::string(kSmuggled));
        return;
      }
    }
    if (links_.empty()) return;
    const LinkId link = links_[random_.below(links_.size())];
    stage_.network.write(link, random_.chance(300) ? lie() : nonsense());
    if (random_.chance(30)) stage_.network.half_close(link);
    if (random_.chance(30)) {
      stage_.network.close(link);
      std::erase(links_, link);
    }
  });
}

std::string Hostile::nonsense() {
  const uint64_t kind = random_.below(std::size(kNonsense) + 3);
  if (kind < std::size(kNonsense)) {
    std::string text(kNonsense[kind]);
    if (random_.chance(100)) text.resize(1 + random_.below(text.size()));
    return text;
  }
  if (kind == std::size(kNonsense)) return std::string(70, '[') + '\n';
  if (kind == std::size(kNonsense) + 1) return std::string(100 + random_.below(5'000), 'x') + '\n';
  std::string noise;
  for (uint64_t size = random_.below(200); noise.size() < size;) {
    noise += static_cast<char>(random_.below(256));
  }
  return noise + '\n';
}

// Reports about jobs that others have, under leases that may exist; what it hits by chance counts,
// as it would from anybody who knows the lease.
std::string Hostile::lie() {
  if (stage_.names.empty()) return "{}\n";
  const std::string& job_id = stage_.names[random_.below(stage_.names.size())];
  const LeaseToken token(1 + random_.below(5'000));
  const Moment at = stage_.moment();
  if (random_.chance(500)) {
    stage_.checkers.reports(Report::kComplete, job_id, token, 0, at);
    return fmt::format("{{\"type\":\"job_complete\",\"job_id\":\"{}\",\"lease\":{}}}\n", job_id,
                       token.value());
  }
  stage_.checkers.reports(Report::kFail, job_id, token, 0, at);
  return fmt::format("{{\"type\":\"job_failed\",\"job_id\":\"{}\",\"lease\":{}}}\n", job_id,
                     token.value());
}

void Hostile::broken(LinkId link) { std::erase(links_, link); }

void Hostile::calm_down() {
  for (const LinkId link : links_) stage_.network.close(link);
  links_.clear();
}

}  // namespace muster::sim
